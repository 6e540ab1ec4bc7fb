/**
 * Work in processes.
 *
 * @module
 */

export type { CrashPolicy, ExecutorOptions, PoolSize, WorkerExecutorOptions } from "../pool/options.js";
export type { RateLimit } from "../pool/rate-limit.js";
export type { OutputStream, WorkerOutput } from "../pool/worker-output.js";
export type { JoinOptions } from "../target/ending.js";
export type { TargetOptions } from "../target/target-options.js";
export { AsyncResult } from "./async-result.js";
export { cpuCount, currentProcess, type ProcessInfo } from "./identity.js";
export type { IMapIterator } from "./imap-iterator.js";
export { Barrier, type BarrierOptions } from "./locks/barrier.js";
export { Condition } from "./locks/condition.js";
export { Event } from "./locks/event.js";
export type { Guard } from "./locks/guard.js";
export { Lock, RLock } from "./locks/lock.js";
export type { LockStats } from "./locks/lock-state.js";
export { BoundedSemaphore, Semaphore, type SemaphoreOptions } from "./locks/semaphore.js";
export type { ConditionStats } from "./locks/served-condition.js";
export type { EventStats } from "./locks/served-event.js";
export type { SemaphoreStats } from "./locks/served-semaphore.js";
export type { DictProxy, Entries } from "./manager/dict-proxy.js";
export type { Key } from "./manager/keys.js";
export type { ListProxy } from "./manager/list-proxy.js";
export { type AsKey, Manager, type PoolProxy, type Registry } from "./manager/manager.js";
export type { ManagerConnectOptions, ManagerOptions } from "./manager/manager-options.js";
export type { NamespaceProxy } from "./manager/namespace-proxy.js";
export type { MadeBy, Maker, MakerArguments, ObjectProxy } from "./manager/object-proxy.js";
export type { SetProxy } from "./manager/set-proxy.js";
export type { ProcessPoolExecutorOptions } from "./options.js";
export { type ParentProcess, parentProcess } from "./parent-process.js";
export { Connection, type RecvBytesIntoOptions, type SendBytesOptions } from "./pipes/connection.js";
export { connectionWait, type Waitable } from "./pipes/connection-wait.js";
export { Pipe, type PipeOptions } from "./pipes/pipe.js";
export { Pool } from "./pool.js";
export type {
  PoolCallbacks,
  PoolImapOptions,
  PoolMapAsyncOptions,
  PoolMapOptions,
  PoolOptions,
} from "./pool-options.js";
export { activeChildren, Process } from "./process.js";
export type { ProcessOptions, ProcessSettings } from "./process-options.js";
export { ProcessPoolExecutor } from "./process-pool-executor.js";
export type { ProcessExit } from "./process-start.js";
export { JoinableQueue, Queue, type QueueShutdownOptions, SimpleQueue } from "./queues/queue.js";
export type { ShareableValue } from "./shared-memory/list-layout.js";
export { SharedMemoryManager } from "./shared-memory/manager.js";
export type { AttachSharedMemoryOptions, CreateSharedMemoryOptions } from "./shared-memory/options.js";
export { ShareableList, type ShareableListOptions } from "./shared-memory/shareable-list.js";
export { SharedMemory } from "./shared-memory/shared-memory.js";
export type { SharedArrayOptions, TypedArrayClass } from "./shared-memory/typed-array.js";
export type { WaitOptions } from "./sharing/index.js";
export { Array } from "./values/array.js";
export type { NumbersOptions } from "./values/numbers-handle.js";
export type { NumberOf, NumbersOf, NumberType, TypeCode, TypeOf } from "./values/type-codes.js";
export { Value } from "./values/value.js";
