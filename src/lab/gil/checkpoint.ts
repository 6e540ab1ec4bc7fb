import { portable, registerReviver } from "../../portable.js";
import { heldHere } from "./hold.js";

/**
 * Lets another thread have the `Gil` that this one has, if one waits for it longer than the switch interval: what
 * CPython's evaluation loop does at its "eval breaker". To be called in loops that take long, as often as you like: it
 * costs one read of shared memory. It does nothing where this thread has no Gil, so that the same function can run
 * anywhere.
 * @returns whether another thread had its turn.
 * @example
 * const pool = new ThreadPoolExecutor({ gil: new Gil() });
 * await pool.submit(() => {
 *   for (let n = 0; n < 1e9; n++) {
 *     work(n);
 *     checkpoint();
 *   }
 * });
 */
export function checkpoint(): boolean {
  // of several the one that was taken last: it has to be given back first
  return heldHere.at(-1)?.checkpoint() ?? false;
}

// a closure may capture the function itself, as code in one bundle does
const reviver = "ungil.lab.checkpoint";
Object.defineProperty(checkpoint, portable, { value: () => ({ reviver, data: undefined, entry: "lab" }) });
registerReviver(reviver, () => checkpoint);
