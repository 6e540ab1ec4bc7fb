import { bulkItems } from "./bulk-items.js";
import { Contract, type ExecutorContract } from "./context.js";
import { executorItems } from "./executor-items.js";
import { futureItems } from "./future-items.js";
import { mapItems } from "./map-items.js";
import { optionItems } from "./option-items.js";
import { raceItems } from "./race-items.js";
import { readyItems } from "./ready-items.js";
import { waitingItems } from "./waiting-items.js";

/**
 * Registers the tests that every executor has to pass, named after the items of the contract. What an executor
 * can't do is said in `capabilities`; its tests then appear as skipped, with the reason.
 *
 * Tests wait for states, never for a time; each has a limit of a minute. Those on memory need
 * `node --expose-gc`. Races are repeated with random programs whose seed a failure tells.
 *
 * @throws InvalidArgumentError for an option or a capability that there is not, or a bad value: before any test is
 *   registered.
 * @example
 * // my-executor.test.ts, for `node --expose-gc --test`
 * executorContract({
 *   name: "MyExecutor",
 *   create: (options) => new MyExecutor(options),
 *   capabilities: { boundedQueue: false },
 * });
 */
export function executorContract(contract: ExecutorContract): void {
  const suite = new Contract(contract);
  suite.group(`${contract.name} keeps the executor contract`, () => {
    suite.group("A: futures", () => futureItems(suite));
    suite.group("B, C: waiting for several", () => waitingItems(suite));
    suite.group("D: submitting and ending", () => executorItems(suite));
    suite.group("D: map", () => mapItems(suite));
    suite.group("D: into, forEach and reduce", () => bulkItems(suite));
    suite.group("D: options and statistics", () => optionItems(suite));
    suite.group("D: waiting for room", () => readyItems(suite));
    suite.group("D: races", () => raceItems(suite));
  });
}
