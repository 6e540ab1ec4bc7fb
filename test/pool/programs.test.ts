// Random programs. A failure prints its seed and path: give them to `fc.assert` to see it again.
import { test } from "node:test";
import * as fc from "fast-check";
import { AsyncExecutor, type Executor, ThreadPoolExecutor } from "ungil";
import { type Program, programs, runProgram } from "./support/program.js";

/** A program that takes longer, in ms, hangs. */
const patience = 20_000;

async function runBounded(executor: Executor, program: Program, crashes: boolean): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const hanging = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the program hangs: ${JSON.stringify(executor.stats())}`)),
      patience,
    );
  });
  try {
    await Promise.race([runProgram(executor, program, crashes), hanging]);
  } finally {
    clearTimeout(timer);
  }
}

/** More of all of it: `UNGIL_TEST_FACTOR=10` for a long hunt. */
const factor = Number(process.env.UNGIL_TEST_FACTOR ?? 1);

const settings = { interruptAfterTimeLimit: 12_000 * factor, endOnFailure: true } as const;

test("threads: whatever a program does, every future settles once with its own result and the counters add up", {
  timeout: 90_000 * factor,
}, async () => {
  await fc.assert(
    fc.asyncProperty(programs(true), async (program) => {
      const { maxWorkers, tasksPerWorker, maxTasksPerWorker } = program;
      await runBounded(
        new ThreadPoolExecutor({ maxWorkers, tasksPerWorker, maxTasksPerWorker, grace: 200 }),
        program,
        true,
      );
    }),
    { ...settings, numRuns: 80 * factor },
  );
});

test("threads: without crashes there is no WorkerExitError but that of terminate", {
  timeout: 90_000 * factor,
}, async () => {
  await fc.assert(
    fc.asyncProperty(programs(false), async (program) => {
      const { maxWorkers, tasksPerWorker, maxTasksPerWorker } = program;
      await runBounded(
        new ThreadPoolExecutor({ maxWorkers, tasksPerWorker, maxTasksPerWorker, grace: 10_000 }),
        program,
        false,
      );
    }),
    { ...settings, numRuns: 50 * factor },
  );
});

test("event loop: whatever a program does, every future settles once with its own result and the counters add up", {
  timeout: 90_000 * factor,
}, async () => {
  await fc.assert(
    fc.asyncProperty(programs(false), async (program) => {
      const { maxWorkers } = program;
      await runBounded(new AsyncExecutor({ maxWorkers, grace: 200 }), program, false);
    }),
    { ...settings, numRuns: 500 * factor },
  );
});
