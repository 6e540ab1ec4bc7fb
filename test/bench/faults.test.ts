import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { root } from "../project/support/project.js";

test("the programme of the faults runs, and ungil settles, recovers and ends in two quick ones", () => {
  const script = path.join(root, "bench/faults/run.mjs");
  const options = ["--pool=ungil", "--fault=exit-now", "--fault=abort-queued", "--print"];
  const lines = execFileSync(process.execPath, [script, ...options], { encoding: "utf8", timeout: 60_000 });
  const seen = lines
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const exit = seen.find(({ fault }) => fault === "exit-now");
  const abort = seen.find(({ fault }) => fault === "abort-queued");
  assert.equal(exit.settle.error, "WorkerExitError");
  assert.equal(exit.settle.code, 3);
  assert.equal(abort.settle.error, "CancelledError");
  assert.equal(abort.settle.started, false);
  for (const one of [exit, abort]) {
    assert.equal(one.recover, "full");
    assert.equal(one.done, true);
    assert.equal(one.killed, false);
  }
});
