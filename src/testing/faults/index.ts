import { type ExecutorFaults, FaultSuite } from "./context.js";
import { crashFaults } from "./crash-faults.js";
import { endingFaults } from "./ending-faults.js";
import { startFaults } from "./start-faults.js";
import { stopFaults } from "./stop-faults.js";
import { taskFaults } from "./task-faults.js";

/**
 * Registers one test for each fault that tasks, workers and programs may have. In each, every future has to
 * settle once, for the right reason and within a second (and `grace`); tasks on other workers and tasks that
 * wait must not notice; all workers have to be there again afterwards, and the executor has to end.
 *
 * What an executor can't do is said in `capabilities`; faults that need it then appear as skipped, with the
 * reason. Races are repeated twenty times, with a seed that a failure tells.
 *
 * @throws InvalidArgumentError for an option or a capability that there is not, or a bad value: before any test is
 *   registered.
 * @example
 * // my-executor.test.ts, for `node --test`
 * executorFaults({
 *   name: "MyExecutor",
 *   create: (options) => new MyExecutor(options),
 *   capabilities: { isolated: true, resourceLimits: false },
 * });
 */
export function executorFaults(faults: ExecutorFaults): void {
  const suite = new FaultSuite(faults);
  suite.group(`${faults.name} survives faults`, () => {
    suite.group("workers that die", () => crashFaults(suite));
    suite.group("tasks that fail in odd ways", () => taskFaults(suite));
    suite.group("tasks that are stopped", () => stopFaults(suite));
    suite.group("modules and initializers that fail", () => startFaults(suite));
    suite.group("executors that are ended", () => endingFaults(suite));
  });
}
