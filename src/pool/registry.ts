/**
 * The executors of this isolate by number: how a submission that comes from a worker finds the executor that
 * the task captured.
 *
 * @module
 */
import { threadId } from "node:worker_threads";
import type { Scheduler } from "./scheduler.js";

const schedulers = new Map<number, WeakRef<Scheduler>>();
const collected = new FinalizationRegistry<number>((id) => schedulers.delete(id));
let nextId = 1;

/** Gives a scheduler its number. */
export function enroll(scheduler: Scheduler): number {
  // unique over isolates: a thread may make executors of its own
  const id = threadId * 2 ** 32 + nextId++;
  schedulers.set(id, new WeakRef(scheduler));
  collected.register(scheduler, id);
  return id;
}

/** The scheduler of that number, while it is there. */
export function schedulerById(id: number): Scheduler | undefined {
  return schedulers.get(id)?.deref();
}
