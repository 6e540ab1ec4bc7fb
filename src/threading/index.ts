/**
 * Work on real threads, and what threads share.
 *
 * @module
 */

export type { ExecutionHooks, ExecutionLock } from "../pool/execution-lock.js";
export type { CrashPolicy, ExecutorOptions, PoolSize, WorkerExecutorOptions } from "../pool/options.js";
export type { RateLimit } from "../pool/rate-limit.js";
export type { OutputStream, WorkerOutput } from "../pool/worker-output.js";
export type { QueueShutdownOptions } from "../sync/queue.js";
export type { JoinOptions } from "../target/ending.js";
export type { TargetOptions } from "../target/target-options.js";
export type { ThreadPoolExecutorOptions } from "./options.js";
export { Queue, type SharedQueueOptions, type SharedQueueStats } from "./queue/queue.js";
export { RingBuffer, type RingBufferStats } from "./ring-buffer/ring-buffer.js";
export type { MapValue } from "./shared/content.js";
export type { ElementOf, ElementType, ViewOf } from "./shared/element-types.js";
export type { SharedMapOptions } from "./shared/map/map-options.js";
export { SharedMap, type SharedMapStats } from "./shared/map/shared-map.js";
export { SharedArray, type SharedArrayConstructor, type SharedArrayExtras } from "./shared/shared-array.js";
export type { SharedLockOptions } from "./shared/shared-lock.js";
export { SharedValue, type ValueType } from "./shared/shared-value.js";
export type {
  FieldInput,
  FieldType,
  FieldValue,
  StructFields,
} from "./shared/struct/fields.js";
export {
  SharedStruct,
  type SharedStructArray,
  type SharedStructClass,
  type SharedStructExtras,
  type SharedStructs,
  type StructValues,
} from "./shared/struct/shared-struct.js";
export type {
  IntegerNames,
  IntegerOf,
  StructAtomics,
} from "./shared/struct/struct-atomics.js";
export {
  type AcquireOptions,
  type AcquireSyncOptions,
  attach,
  Barrier,
  type BarrierOptions,
  type BarrierStats,
  type BarrierWaitOptions,
  type BarrierWaitSyncOptions,
  BoundedSemaphore,
  Condition,
  type ConditionOptions,
  type ConditionStats,
  Event,
  type EventStats,
  type Guard,
  type Handle,
  Latch,
  type LatchStats,
  Lock,
  type LockStats,
  Once,
  type OnceStats,
  type Primitive,
  type QueueOptions,
  RLock,
  RWLock,
  type RWLockSide,
  type RWLockStats,
  Semaphore,
  type SemaphoreStats,
} from "./sync/index.js";
export { activeCount, currentThread, enumerate, mainThread } from "./thread/current.js";
export { type Excepthook, type ExcepthookArgs, setExcepthook } from "./thread/excepthook.js";
export { local, type ThreadLocal } from "./thread/local.js";
export { Thread } from "./thread/thread.js";
export type { ThreadInfo } from "./thread/thread-info.js";
export type { ThreadOptions, ThreadSettings } from "./thread/thread-options.js";
export type { ThreadExit } from "./thread/thread-start.js";
export { ThreadPoolExecutor } from "./thread-pool-executor.js";
