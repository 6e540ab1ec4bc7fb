/**
 * What a manager makes without being told how.
 *
 * @module
 */
import { Barrier } from "../locks/barrier.js";
import { Condition } from "../locks/condition.js";
import { Event } from "../locks/event.js";
import { Lock, RLock } from "../locks/lock.js";
import { BoundedSemaphore, Semaphore } from "../locks/semaphore.js";
import { Pool } from "../pool.js";
import { JoinableQueue, Queue, SimpleQueue } from "../queues/queue.js";
import { Array as SharedArray } from "../values/array.js";
import { Value } from "../values/value.js";
import { makeDict } from "./dict-proxy.js";
import { makeList } from "./list-proxy.js";
import { makeNamespace } from "./namespace-proxy.js";
import { share } from "./object-proxy.js";
import { makeSet } from "./set-proxy.js";

type MakeOne = (...args: never[]) => unknown;

const ofClass =
  (one: new (...args: never[]) => unknown): MakeOne =>
  (...args) =>
    new one(...args);

/** By name. */
export const makers: Readonly<Record<string, MakeOne>> = {
  dict: makeDict,
  list: makeList,
  set: makeSet,
  Namespace: makeNamespace,
  Queue: ofClass(Queue),
  JoinableQueue: ofClass(JoinableQueue),
  SimpleQueue: ofClass(SimpleQueue),
  Lock: ofClass(Lock),
  RLock: ofClass(RLock),
  Semaphore: ofClass(Semaphore),
  BoundedSemaphore: ofClass(BoundedSemaphore),
  Condition: ofClass(Condition),
  Event: ofClass(Event),
  Barrier: ofClass(Barrier),
  Value: ofClass(Value),
  Array: ofClass(SharedArray),
  Pool: (...args: never[]) => {
    const pool = new Pool(...args);
    return share(pool, () => void pool.terminate());
  },
};
