/**
 * Memory in which there is no element has no address that C could use. Where C is told that there are none, it does not
 * look; where it is not, the program would crash.
 *
 * @module
 */
import type { CallState } from "./call-state.js";
import type { Refuse } from "./refuse.js";

/** More than the functions write that are not told how much room there is: a number, a struct of the system's. */
const room = 1_024;

/** What lies there before: nothing that C would write by chance. */
const pattern = Uint8Array.from({ length: room }, (_, at) => (at * 167 + 89) & 0xff);

/** Zeros to be read. */
const zeros = new Uint8Array(room);

/**
 * What C is given for memory without an element.
 * @param written - whether C may write there: that it has is found after the call, as there is nowhere to put it.
 */
export function insteadOfNone(
  value: unknown,
  written: boolean,
  state: CallState,
  what: string,
  refuse: Refuse,
): Uint8Array {
  if (!written) return zeros;
  const spare = pattern.slice();
  state.keep(spare, what);
  state.afterwards(() => {
    if (!spare.every((byte, at) => byte === pattern[at]))
      refuse(value, "memory with room for what C has written there; this has none");
  });
  return spare;
}
