/**
 * Time as executors see it. Every timer of ungil goes through a `Clock`, so that tests of timeouts,
 * deadlines, idleness and back-off can move time by hand (`manualClock` in `ungil/testing`).
 *
 * @module
 */

// the global is a getter, which takes longer to ask than the time; it loads a lot, which many workers never need
let timing: typeof performance | undefined;
const now = (): number => (timing ??= performance).now();

/** A timer that was set; `cancel` is safe to call at any time and more than once. */
export interface Timer {
  cancel(): void;
}

/** A source of time and timers. Times are in ms. */
export interface Clock {
  /** A monotonic time in ms. */
  now(): number;
  /**
   * Calls `callback` once after `delay` ms. `Infinity` never fires.
   * @param keepAlive - whether the timer alone keeps the process alive (default false).
   */
  setTimer(callback: () => void, delay: number, keepAlive?: boolean): Timer;
  /** A random number from 0 up to 1, for the jitter of retries. Default `Math.random`. */
  random?(): number;
}

/** Node's timers hold their delay in 32 bits; a longer one would fire at once. */
const longestDelay = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now,
  setTimer(callback, delay, keepAlive = false) {
    if (delay === Number.POSITIVE_INFINITY) return { cancel() {} };
    let handle: NodeJS.Timeout;
    let left = Math.max(delay, 0);
    const arm = (): void => {
      const next = Math.min(left, longestDelay);
      left -= next;
      handle = setTimeout(left > 0 ? arm : callback, next);
      if (!keepAlive) handle.unref();
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};
