/**
 * What ends a task from outside: its signal, and its deadline (rule 16).
 *
 * @module
 */
import { onAbort } from "../abort.js";
import type { Clock } from "../clock.js";
import { TimeoutError } from "../errors.js";
import type { StopLadder } from "./stop-ladder.js";
import type { Task } from "./task.js";

/** Sets what ends a task from outside; false when that has happened already. */
export function applyLimits(task: Task, clock: Clock, ladder: StopLadder): boolean {
  const { signal } = task.options;
  const { future } = task;
  if (signal?.aborted) {
    task.phase = "paused";
    future.cancel(signal.reason);
    return false;
  }
  if (signal) task.detachSignal = onAbort(signal, () => future.abort(signal.reason));
  setDeadline(task, clock, ladder);
  return true;
}

/** The deadline of a task, or of the one that submitted it if that is earlier. */
function setDeadline(task: Task, clock: Clock, ladder: StopLadder): void {
  const { parent, name } = task;
  let { deadline } = task.options;
  let missed = `${name} missed its deadline of ${deadline} ms`;
  if (parent && parent.deadlineAt !== Number.POSITIVE_INFINITY) {
    const left = Math.max(0, parent.deadlineAt - parent.clock.now());
    if (left < deadline) {
      deadline = left;
      missed = `${name} missed the deadline of ${parent.name}, which submitted it`;
    }
  }
  if (deadline === Number.POSITIVE_INFINITY) return;
  task.deadlineAt = clock.now() + deadline;
  const late = (): void => {
    const { failure } = task;
    ladder.stop(task, new TimeoutError(missed, failure ? { cause: failure.error } : {}), false);
  };
  task.deadlineTimer = clock.setTimer(late, deadline, true);
}
