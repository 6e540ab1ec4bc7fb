/**
 * The executors of this isolate by number: how a submission that comes from a worker finds the executor that
 * the task captured, and how a captured executor becomes one again.
 *
 * @module
 */
import { InvalidStateError } from "../errors.js";
import { nextId } from "../functions/ids.js";
import type { Executor, TaskOptions } from "../futures/executor.js";
import { registerReviver } from "../portable.js";
import { type ExecutorReference, executorReviver } from "./executor-reference.js";
import type { Scheduler } from "./scheduler.js";

const schedulers = new Map<number, WeakRef<Scheduler>>();
const collected = new FinalizationRegistry<number>((id) => schedulers.delete(id));

/** Makes an executor on a scheduler that is there already; a worker that has no scheduler need not load it. */
let viewOf: ((scheduler: Scheduler, options: TaskOptions) => Executor) | undefined;

/** Makes an executor that lives in another isolate; a worker knows how. */
let remote: ((reference: ExecutorReference) => Executor) | undefined;

/** Gives a scheduler its number. */
export function enroll(scheduler: Scheduler): number {
  // unique over isolates: a thread or a process may make executors of its own
  const id = nextId();
  schedulers.set(id, new WeakRef(scheduler));
  collected.register(scheduler, id);
  return id;
}

/** The scheduler of that number, while it is there. */
export function schedulerById(id: number): Scheduler | undefined {
  return schedulers.get(id)?.deref();
}

/** Says how executors are made on schedulers of this isolate. */
export function viewSchedulersBy(make: (scheduler: Scheduler, options: TaskOptions) => Executor): void {
  viewOf = make;
}

/** Says how executors of other isolates are made. */
export function reachOthersBy(make: (reference: ExecutorReference) => Executor): void {
  remote = make;
}

/**
 * The executor that a reference names: one that comes back to where it was made is itself again.
 * @throws InvalidStateError where it is not there any more.
 */
export function executorOf(reference: ExecutorReference): Executor {
  const here = schedulerById(reference.executor);
  if (here && viewOf) return viewOf(here, reference.options);
  if (remote) return remote(reference);
  throw new InvalidStateError(`the executor ${reference.name} is not there any more`);
}

registerReviver(executorReviver, (data) => executorOf(data as ExecutorReference));
