/**
 * Results that may be told while the user's code submits, because that calls nothing of the user's (rule 14).
 *
 * @module
 */
import { channels } from "../events.js";
import { settlesQuietly } from "../futures/future.js";
import { successIn } from "./frames.js";
import type { WantsFrame } from "./link/index.js";
import type { Task } from "./task.js";

/**
 * Which frames tell of such a result.
 * @param sent - the tasks that a worker has in hand, by status word.
 */
export function quietEnds(sent: readonly (Task | undefined)[]): WantsFrame {
  return (words, word) => {
    const status = successIn(words, word);
    if (status < 0 || channels.taskEnd.hasSubscribers) return false;
    const task = sent[status];
    return task === undefined || endsQuietly(task);
  };
}

function endsQuietly({ madeFuture, stopping }: Task): boolean {
  return madeFuture !== undefined && stopping === undefined && settlesQuietly(madeFuture);
}
