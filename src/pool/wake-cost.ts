/**
 * What it costs on this machine, as it is just now, to wake a thread that sleeps: it differs by a factor of
 * twenty between a processor of one's own and a virtual one.
 *
 * @module
 */

/** A wake-up that was interrupted counts as this, in ms. */
const longest = 0.2;

/** Work is worth a wake-up when it takes so many times as long. */
const worthwhile = 16;

let mean = 0.03;

/** Takes in how long it took to ring for a thread that slept, in ms. */
export function noteWakeUp(took: number): void {
  mean += (Math.min(took, longest) - mean) * 0.1;
}

/** Running time in ms below which work waits for more of it before a thread is woken for it. */
export function worthWaking(): number {
  return worthwhile * mean;
}
