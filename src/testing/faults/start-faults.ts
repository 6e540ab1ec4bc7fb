import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { BrokenExecutorError, CancelledError, TimeoutError } from "../../errors.js";
import * as plain from "../tasks.js";
import type { FaultSuite } from "./context.js";
import * as tasks from "./tasks.js";

/** A mark that only the isolate of the test has: modules do there what they don't do in a worker. */
const home = "ungil.testing.home";

/** Sources that can be imported by the test, and fail where a worker imports them. */
const atHome = `globalThis[Symbol.for(${JSON.stringify(home)})]`;
const throwing = `if (!${atHome}) throw new RangeError("import failed");\nexport function answer() { return answerOfModule; }\n`;
const hanging = `if (!${atHome}) await new Promise((resolve) => setTimeout(resolve, 1e6));\nexport function answer() { return answerOfModule; }\n`;
const correct = "export function answer() { return answerOfModule; }\n";
const incorrect = "export function answer( { return answerOfModule; }\n";

let modules = 0;

/** Imports a module from a file of its own, for as long as `body` takes. */
async function withModule(
  source: string,
  body: (answer: () => number, file: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "ungil-faults-"));
  const file = path.join(folder, "task-module.mjs");
  const marks = globalThis as Record<symbol, unknown>;
  try {
    // executors may take functions of equal text for one
    modules += 1;
    await writeFile(file, source.replace("answerOfModule", String(modules)));
    marks[Symbol.for(home)] = true;
    const module = (await import(pathToFileURL(file).href)) as { answer(): number };
    await body(module.answer, file);
  } finally {
    delete marks[Symbol.for(home)];
    await rm(folder, { recursive: true });
  }
}

/** ms an initializer may take here. */
const initializerTimeout = 300;

const initializers = [
  ["throws", tasks.failInitializer, /no licence/],
  ["rejects", tasks.rejectInitializer, /no licence/],
  ["calls process.exit", tasks.exitInitializer, undefined],
  ["never settles", tasks.hangInitializer, undefined],
  ["never gives way", tasks.spinInitializer, undefined],
] as const;

/** Workers and modules that don't get as far as a task. */
export function startFaults(suite: FaultSuite): void {
  suite.fault("a module that fails at import fails its own task only", ["isolated"], async (scene) => {
    await withModule(throwing, async (answer) => {
      const executor = scene.executor();
      const doomed = scene.watch(executor.submit(answer));
      const behind = scene.watch(executor.submit(plain.add, 1, 2));
      const error = await scene.failure(doomed, Error, performance.now());
      assert.match(`${String(error)} ${String(error.cause)}`, /import failed/);
      assert.equal(await behind, 3);
      await scene.fullStrength(executor);
    });
  });

  suite.fault("a module with a syntax error fails its own task only", ["isolated"], async (scene) => {
    await withModule(correct, async (answer, file) => {
      const executor = scene.executor();
      const value = answer();
      await writeFile(file, incorrect);
      const doomed = scene.watch(executor.submit(answer));
      const behind = scene.watch(executor.submit(plain.add, 1, 2));
      // an executor may as well have kept the source that was right
      const end = await scene.end(doomed, performance.now());
      if ("value" in end) assert.equal(end.value, value);
      else assert.ok(end.error instanceof Error);
      assert.equal(await behind, 3);
      await scene.fullStrength(executor);
    });
  });

  for (const way of ["timeout", "abort"] as const) {
    suite.fault(
      `a module that hangs at import is ended by ${way}`,
      ["isolated", "taskOptions"],
      async (scene) => {
        await withModule(hanging, async (answer) => {
          const executor = scene.executor({ grace: 50 });
          // the worker is there, so that the time is the module's
          await scene.fullStrength(executor);
          const since = performance.now();
          if (way === "timeout") {
            const doomed = scene.watch(executor.with({ timeout: 200 }).submit(answer));
            await scene.failure(doomed, TimeoutError, since, 250);
          } else {
            const doomed = scene.watch(executor.submit(answer));
            for (let turn = 0; turn < 20; turn += 1) {
              await new Promise<void>((resolve) => setImmediate(resolve));
            }
            doomed.abort("enough");
            const error = await scene.failure(doomed, CancelledError, since, 50);
            assert.equal(error.cause, "enough");
          }
          await scene.fullStrength(executor);
        });
      },
    );
  }

  for (const [name, initializer, message] of initializers) {
    suite.fault(
      `an initializer that ${name} breaks the executor, which says so to every task`,
      ["initializer"],
      async (scene) => {
        // the time of one that fails at once must not run out on a busy machine
        const hangs = name.startsWith("never");
        const executor = scene.executor({ initializer, ...(hangs ? { initializerTimeout } : {}) });
        const since = performance.now();
        const futures = [1, 2, 3].map((i) => scene.watch(executor.submit(plain.add, i, 1)));
        for (const future of futures) {
          const error = await scene.failure(future, BrokenExecutorError, since, initializerTimeout);
          if (message) assert.match(error.message, message);
        }
        assert.throws(() => executor.submit(plain.add, 1, 2), BrokenExecutorError);
        await scene.shutdown(executor);
      },
    );
  }
}
