/**
 * Waits of this thread that do not block it. One timer serves all: as long as there are any it keeps the event loop
 * alive, and it looks after threads that died without a word.
 *
 * @module
 */
import { onAbort } from "../../abort.js";
import { outermostContext } from "../../async-context.js";
import { systemClock } from "../../clock.js";
import { cancelledBy } from "../../futures/future.js";
import { ambientSignal } from "../../sync/ambient.js";
import { patience } from "./this-thread.js";
import { type Waiting, Watch } from "./waiting.js";

const watches = new Set<Watch>();
let timer: NodeJS.Timeout | undefined;

function add(watch: Watch): void {
  watches.add(watch);
  // it outlives the call, and would keep the stores of its context
  if (!timer) timer = outermostContext.runInAsyncScope(() => setInterval(lookAround, patience));
  else if (watches.size === 1) timer.ref();
}

function remove(watch: Watch): void {
  if (watches.delete(watch) && watches.size === 0) timer?.unref();
}

function lookAround(): void {
  if (watches.size === 0) {
    clearInterval(timer);
    timer = undefined;
    return;
  }
  for (const watch of [...watches]) watch.lookAround();
}

/** What limits a wait. */
export interface WaitLimits {
  /** In ms; Infinity for no limit. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** Whether a wait would end before it has begun. */
export const isAborted = ({ signal }: WaitLimits): boolean =>
  signal?.aborted === true || ambientSignal()?.aborted === true;

/**
 * Waits while the event loop goes on.
 * @param tooLate - gives back what was granted when a signal has aborted already.
 * @param regardless - whether the scope that it runs in does not end it.
 * @returns what `look` answered; 0 when the time is up.
 * @throws CancelledError when the signal, or that of the current scope, aborts.
 */
export function waitFor(
  waiting: Waiting,
  { timeout, signal }: WaitLimits,
  tooLate: (outcome: number) => void,
  regardless = false,
): Promise<number> {
  const signals = [signal, regardless ? undefined : ambientSignal()].filter((each) => each !== undefined);
  const aborted = signals.find((each) => each.aborted);
  if (aborted) return Promise.reject(cancelledBy(aborted.reason));
  return new Promise((resolve, reject) => {
    let begun = false;
    const stops: (() => void)[] = [];
    const watch = new Watch(waiting, (outcome) => {
      if (begun) stop();
      resolve(outcome);
    });
    const stop = (): void => {
      remove(watch);
      for (const each of stops) each();
    };
    watch.look();
    if (watch.ended) return;
    if (timeout <= 0) return resolve(watch.giveUp());
    begun = true;
    add(watch);
    const late = systemClock.setTimer(() => {
      stop();
      resolve(watch.giveUp());
    }, timeout);
    stops.push(() => late.cancel());
    for (const each of signals) {
      stops.push(
        onAbort(each, () => {
          stop();
          const outcome = watch.giveUp();
          if (outcome !== 0) tooLate(outcome);
          reject(cancelledBy(each.reason));
        }),
      );
    }
  });
}

/** A wait that was started. */
export interface StartedWait {
  /** Ends it; whatever has come of it at the last moment is given up. */
  stop(): void;
}

/**
 * Starts a wait that nothing limits: whoever starts it stops it.
 * @param ended - called when it has come to something, perhaps at once.
 * @returns undefined where it has come to something at once.
 */
export function startWait(waiting: Waiting, ended: () => void): StartedWait | undefined {
  const watch = new Watch(waiting, () => {
    remove(watch);
    ended();
  });
  watch.look();
  if (watch.ended) return undefined;
  add(watch);
  return {
    stop: () => {
      remove(watch);
      watch.giveUp();
    },
  };
}
