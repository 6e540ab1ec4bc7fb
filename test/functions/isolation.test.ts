import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { built, captureFunction, task } from "./api.js";
import { named } from "./fixtures/dep.js";
import { TestWorker } from "./harness.js";
import { assertProgram, fixtures, runNode } from "./run-program.js";

const worker = new TestWorker();
after(() => worker.close());
const { debuggerCycleCount } = (await built("functions/debugger.js")) as {
  debuggerCycleCount: () => number;
};
const fixture = (name: string): string => fileURLToPath(new URL(name, fixtures));

for (const kind of ["thread", "process"])
  test(`case 39: nested workers, from a ${kind}`, async () => {
    await assertProgram([fixture("nested.mjs")], { env: { UNGIL_TEST_WORKER: kind } });
  });

for (const name of ["bomb.mjs", "bomb-late.mjs"])
  test(`case 39: an executor started while a worker imports a module for a task is refused: ${name}`, async () => {
    await assert.rejects(worker.run(task(new URL(name, fixtures), "answer")), (error: Error) => {
      assert.equal(error.name, "BrokenExecutorError");
      assert.match(error.message, /was importing .*bomb.*\.mjs to run a task.*isMainThread/);
      return true;
    });
    assert.equal(await worker.run(() => named(1)), "named1h2", "the worker goes on");
  });

test("case 39: a running task may start an executor while the worker imports a module for another", async () => {
  const gate = new Int32Array(new SharedArrayBuffer(8));
  await worker.run(() => {
    Object.assign(globalThis, { gate });
  });
  // the module says when it is being evaluated, and goes on when the running task is done
  const imported = worker.run(task(new URL("gated.mjs", fixtures), "answer"));
  const allowed = worker.run(async () => {
    while (Atomics.load(gate, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
    (globalThis as unknown as { assertNotReviving(): void }).assertNotReviving();
    Atomics.store(gate, 1, 1);
    return true;
  });
  assert.equal(await allowed, true);
  assert.equal(await imported, 42);
});

test("case 29: the entry awaits at its top level while functions are sent", async () => {
  await assertProgram([fixture("syntax.mjs")]);
});

test("case 40: captures keep nothing alive", { skip: !globalThis.gc && "needs --expose-gc" }, async () => {
  const probes: WeakRef<object>[] = [];
  for (let i = 0; i < 3_000; i++) {
    const value = { data: new Array(20).fill(i), f: () => value };
    if (i % 100 === 0) probes.push(new WeakRef(value));
    captureFunction(() => value);
  }
  for (let i = 0; i < 10 && probes.some((probe) => probe.deref()); i++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc!();
  }
  assert.equal(probes.filter((probe) => probe.deref()).length, 0);
});

test("case 40: the Debugger domain was never on", () => {
  const object = { list: [1] };
  for (let i = 0; i < 100; i++) captureFunction(() => object.list.length + i);
  captureFunction(named);
  assert.equal(debuggerCycleCount(), 0);
});

test("case 33: capturing leaves V8's coverage data as they are", async () => {
  const branches = async (capturing: string): Promise<unknown> => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "ungil-coverage-"));
    try {
      const { code, stderr } = await runNode([fixture("coverage.mjs")], {
        env: { NODE_V8_COVERAGE: folder, UNGIL_TEST_CAPTURE: capturing },
      });
      assert.equal(code, 0, stderr);
      for (const name of readdirSync(folder)) {
        const { result } = JSON.parse(readFileSync(path.join(folder, name), "utf8")) as {
          result: {
            url: string;
            functions: { functionName: string; isBlockCoverage: boolean; ranges: unknown }[];
          }[];
        };
        const script = result.find(({ url }) => url.endsWith("coverage.mjs"));
        if (script) return script.functions.filter(({ functionName }) => functionName === "branching");
      }
      throw new Error("no coverage was written");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const without = await branches("");
  assert.deepEqual(await branches("1"), without);
  assert.match(JSON.stringify(without), /"isBlockCoverage":true/);
  assert.match(JSON.stringify(without), /"count":0/);
});
