import { InvalidArgumentError } from "../../errors.js";
import { checkInteger, checkOptionNames } from "../../validate.js";
import { wordsFor } from "./layout.js";

/** Options of a primitive that has a queue. */
export interface QueueOptions {
  /**
   * How many can wait in the shared queue, of all threads together; 256 by default, for which it takes 8 KB. If more
   * come, they wait until there is room in the queue, and their order is not kept. Those who have an `RWLock` count too.
   */
  readonly maxWaiters?: number | undefined;
}

const usual = 256;

/** The most places there can be, of 32 bytes each. */
const most = 2 ** 24;

/**
 * A number of those who each have a place, for a primitive that has so many places for each.
 * @throws InvalidArgumentError
 */
export function checkPlaces(argument: string, value: number, least: number, places = 1): number {
  checkInteger(argument, value, least);
  if (value * places > most) throw new InvalidArgumentError(argument, value, `at most ${most / places}`);
  return value;
}

/** @returns how many words of memory a primitive takes. */
export function memoryFor(
  options: QueueOptions | undefined,
  atLeast = 0,
  others: readonly string[] = [],
): number {
  checkOptionNames("options", options, ["maxWaiters", ...others]);
  const maxWaiters = options?.maxWaiters;
  const nodes = maxWaiters === undefined ? usual : checkPlaces("maxWaiters", maxWaiters, 1);
  return wordsFor(Math.max(nodes, atLeast));
}
