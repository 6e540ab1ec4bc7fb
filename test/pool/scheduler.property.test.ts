import { channel } from "node:diagnostics_channel";
import { test } from "node:test";
import * as fc from "fast-check";
import { program, type Step } from "./support/scheduler-program.js";
import { Trial } from "./support/scheduler-trial.js";

/** A longer search: `SCHEDULER_RUNS=10000 node --test build/test/pool/scheduler.property.test.js`. */
const runs = Number(process.env["SCHEDULER_RUNS"] ?? 400);
/** The same programs each time; a search gives another seed, or the one that a failure told. */
const seed = Number(process.env["SCHEDULER_SEED"] ?? 1);

test("scheduler: whatever users, workers and clocks do, tasks and workers do as the rules say", async () => {
  await fc.assert(
    fc.asyncProperty(program, fc.scheduler(), async ({ limits, user, workers, time }, order) => {
      const trial = new Trial(limits);
      const retries = channel("ungil:task:retry");
      retries.subscribe(trial.retried);
      try {
        let failure: { readonly error: unknown } | undefined;
        const perform = async (steps: readonly Step[]): Promise<void> => {
          if (failure) return;
          try {
            await trial.perform(steps);
          } catch (error) {
            // a sequence that fails only stops, and does not tell
            failure = { error };
          }
        };
        for (const groups of [user, workers, time]) {
          if (groups.length === 0) continue;
          const label = (steps: readonly Step[]): string => steps.map((step) => step.do).join(", ");
          order.scheduleSequence(
            groups.map((steps) => ({ label: label(steps), builder: () => perform(steps) })),
          );
        }
        await order.waitIdle();
        if (failure) throw failure.error;
        await trial.finish();
      } finally {
        retries.unsubscribe(trial.retried);
      }
    }),
    { numRuns: runs, seed },
  );
});
