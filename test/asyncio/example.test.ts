// The example of five workers: one second of waiting in all, not five.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { run } from "ungil/asyncio";
import { manualClock } from "ungil/testing";
import { root } from "../project/support/project.js";

const { main } = (await import(pathToFileURL(path.join(root, "examples/asyncio/workers.mjs")).href)) as {
  main(print: (line: string) => void): PromiseLike<string[]>;
};

test("the five workers of the example start at once and are all done after one second", async () => {
  const clock = manualClock();
  const lines: string[] = [];
  const running = run(() => main((line) => lines.push(`${clock.now()} ${line}`)), { clock });
  await clock.advance(999);
  assert.deepEqual(
    lines,
    ["A", "B", "C", "D", "E"].map((name) => `0 worker ${name} starts`),
  );
  await clock.advance(1);
  assert.deepEqual(await running, ["A", "B", "C", "D", "E"]);
  assert.deepEqual(
    lines.slice(5),
    ["A", "B", "C", "D", "E"].map((name) => `1000 worker ${name} is done`),
  );
});
