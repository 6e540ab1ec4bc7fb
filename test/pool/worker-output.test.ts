// Whose it is what a worker prints, beyond what a pool shows.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import type { WorkerOutput } from "ungil";
import type * as Output from "../../dist/pool/worker-output.js";

const root = path.resolve(import.meta.dirname, "../../..");
const { OutputTeller, Tail } = (await import(path.join(root, "dist/pool/worker-output.js"))) as typeof Output;

test("a task is known until a thousand others have ended since its last attempt", () => {
  const told: WorkerOutput[] = [];
  const teller = new OutputTeller((output) => told.push(output), 1, new Tail());
  const end = (first: number, last: number): void => {
    for (let id = first; id <= last; id++) teller.ended({ id, name: `task ${id}` });
  };
  end(1, 999);
  end(1, 1);
  end(1_000, 1_998);
  teller.tell("stdout", "left behind", 1);
  end(1_999, 1_999);
  teller.tell("stdout", "too late", 1);
  assert.deepEqual(
    told.map(({ text, task }) => [text, task?.name]),
    [
      ["left behind", "task 1"],
      ["too late", undefined],
    ],
  );
});
