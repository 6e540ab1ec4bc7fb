// Contract items M1, M2, M5, M6, N, O, P: random programs of tasks, groups, limits, locks, queues, barriers and
// cancellations do what Python's asyncio does with them. `beside-python/make.py` makes them, and the traces, with Python itself.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Happening, type Step, traceOf } from "./beside-python/run-program.js";

interface Recorded {
  readonly seed: number;
  readonly program: Step[];
  readonly trace: Happening[];
}

const file = new URL("../../../test/asyncio/beside-python/programs.json", import.meta.url);
const recorded = JSON.parse(readFileSync(file, "utf8")) as Recorded[];

test("M, N, O, P programs of tasks, groups, limits and cancellations do what they do in Python", async () => {
  assert.ok(recorded.length >= 200);
  for (const { seed, program, trace } of recorded)
    assert.deepEqual(await traceOf(program), trace, `program ${seed}`);
});
