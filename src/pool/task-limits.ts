/**
 * What ends a task from outside: its signal, and its deadline (rule 16).
 *
 * @module
 */
import { onAbort } from "../abort.js";
import { type Clock, systemClock } from "../clock.js";
import { TimeoutError } from "../errors.js";
import { runningTaskOf } from "./running-task.js";
import type { StopLadder } from "./stop-ladder.js";
import type { Task } from "./task.js";

/** Sets what ends a task from outside; false when that has happened already. */
export function applyLimits(task: Task, clock: Clock, ladder: StopLadder): boolean {
  const { signal } = task.options;
  if (signal?.aborted) {
    task.phase = "paused";
    task.future.cancel(signal.reason);
    return false;
  }
  if (signal) task.detachSignal = onAbort(signal, () => task.future.abort(signal.reason));
  setDeadline(task, clock, ladder);
  return true;
}

/** How many ms the task that submits this one has left, and what it is called. */
function leftToParent({
  parent,
  context,
}: Task): { readonly left: number; readonly who: string } | undefined {
  if (parent) {
    return { left: parent.deadlineAt - parent.clock.now(), who: `${parent.name}, which submitted it` };
  }
  // on a worker, in an executor of its own
  const running = runningTaskOf(context);
  return running && { left: running.deadlineAt - systemClock.now(), who: "the task that submitted it" };
}

/** The deadline of a task, or of the one that submitted it if that is earlier. */
function setDeadline(task: Task, clock: Clock, ladder: StopLadder): void {
  const { name } = task;
  let { deadline } = task.options;
  let missed = `${name} missed its deadline of ${deadline} ms`;
  const outer = leftToParent(task);
  if (outer && outer.left < deadline) {
    deadline = Math.max(0, outer.left);
    missed = `${name} missed the deadline of ${outer.who}`;
  }
  if (deadline === Number.POSITIVE_INFINITY) return;
  task.deadlineAt = clock.now() + deadline;
  const late = (): void => {
    const { failure } = task;
    ladder.stop(task, new TimeoutError(missed, failure ? { cause: failure.error } : {}), false);
  };
  task.deadlineTimer = clock.setTimer(late, deadline, true);
}
