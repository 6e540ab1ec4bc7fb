/**
 * Locks and their kin over shared memory. The README has the protocols.
 *
 * @module
 */
export {
  Barrier,
  type BarrierOptions,
  type BarrierStats,
  type BarrierWaitOptions,
  type BarrierWaitSyncOptions,
} from "./barrier.js";
export { BoundedSemaphore } from "./bounded-semaphore.js";
export { Condition, type ConditionOptions, type ConditionStats } from "./condition.js";
export { Event, type EventStats } from "./event.js";
export type { Guard } from "./guard.js";
export { Latch, type LatchStats } from "./latch.js";
export type { AcquireOptions, AcquireSyncOptions } from "./limits.js";
export { Lock, type LockStats } from "./lock.js";
export { Once, type OnceStats } from "./once.js";
export { attach, type Handle, type Primitive } from "./primitive.js";
export type { QueueOptions } from "./queue-options.js";
export { RLock } from "./rlock.js";
export { RWLock, type RWLockSide, type RWLockStats } from "./rw-lock.js";
export { Semaphore, type SemaphoreStats } from "./semaphore.js";
