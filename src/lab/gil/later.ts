/**
 * Waiting for a Gil while the event loop of the thread goes on (rule 10).
 *
 * @module
 */
import { onAbort } from "../../abort.js";
import { outermostContext } from "../../async-context.js";
import { systemClock } from "../../clock.js";
import { cancelledBy } from "../../futures/future.js";
import { type Waiting, Watch } from "../../threading/sync/waiting.js";

/** Something to wait for in rounds. */
export interface RoundWaiting extends Waiting {
  /** ms until the round ends. */
  readonly roundLeft: number;
}

/** What limits a wait. */
export interface LaterLimits {
  /** In ms; Infinity for no limit. */
  readonly timeout: number;
  readonly signals: readonly AbortSignal[];
}

/**
 * Waits; the process is kept alive meanwhile.
 * @param watches - holds the wait as long as it goes on.
 * @param tooLate - gives back what was taken when a signal has aborted already.
 * @returns what `look` answered; 0 when the time is up.
 * @throws CancelledError when a signal aborts.
 */
export function takenLater(
  waiting: RoundWaiting,
  watches: Set<Watch>,
  { timeout, signals }: LaterLimits,
  tooLate: () => void,
): Promise<number> {
  const aborted = signals.find((each) => each.aborted);
  if (aborted) return Promise.reject(cancelledBy(aborted.reason));
  return new Promise((resolve, reject) => {
    let round: NodeJS.Timeout | undefined;
    const stops: (() => void)[] = [];
    const watch = new Watch(waiting, (outcome) => {
      stop();
      resolve(outcome);
    });
    const stop = (): void => {
      watches.delete(watch);
      clearTimeout(round);
      for (const each of stops) each();
    };
    const planRound = (): void => {
      const time = Math.min(waiting.roundLeft, waiting.environment.patience);
      round = outermostContext.runInAsyncScope(() => setTimeout(lookAround, time));
    };
    const lookAround = (): void => {
      watch.lookAround();
      if (!watch.ended) planRound();
    };
    watch.look();
    if (watch.ended) return;
    if (timeout <= 0) return resolve(watch.giveUp());
    watches.add(watch);
    planRound();
    const late = systemClock.setTimer(() => {
      stop();
      resolve(watch.giveUp());
    }, timeout);
    stops.push(() => late.cancel());
    for (const each of signals) {
      stops.push(
        onAbort(each, () => {
          stop();
          if (watch.giveUp() !== 0) tooLate();
          reject(cancelledBy(each.reason));
        }),
      );
    }
  });
}
