export { AsyncExecutor } from "./asyncio/async-executor.js";
export { InlineExecutor } from "./asyncio/inline-executor.js";
export type { Clock, Timer } from "./clock.js";
export * from "./errors.js";
export type { TaskEvent, WorkerEvent } from "./events.js";
export { type TaskFunction, task, withCaptures } from "./functions/index.js";
export { type AsCompletedOptions, asCompleted, type CompletedFutures } from "./futures/as-completed.js";
export type {
  Executor,
  ExecutorStats,
  ForEachOptions,
  MapIntoOptions,
  MapOptions,
  MapProgress,
  Priority,
  ReduceOptions,
  RetryOptions,
  ShutdownOptions,
  TaskOptions,
  TimeSummary,
} from "./futures/executor.js";
export {
  Future,
  type FutureResolvers,
  type FutureSnapshot,
  type FutureState,
  type WaitOptions,
} from "./futures/future.js";
export type { FutureOptions } from "./futures/future-options.js";
export { type CheckedMapOptions, validateMapOptions } from "./futures/map-options.js";
export { drainStream, reduceStream, type StreamFutureOptions } from "./futures/stream-futures.js";
export { createTaskStream, type TaskStream, type TaskStreamSource } from "./futures/task-stream.js";
export { createTaskTransform, type TaskTransform } from "./futures/task-transform.js";
export type { ArrayOf, ElementOf, TypedArray, TypedArrayConstructor } from "./futures/typed-arrays.js";
export { type PendingReport, type UnobservedFailure, UnobservedFailures } from "./futures/unobserved.js";
export { type ReturnWhen, type WaitForOptions, type WaitResult, wait } from "./futures/wait.js";
export type { ProcessPoolExecutorOptions } from "./multiprocessing/options.js";
export { ProcessPoolExecutor } from "./multiprocessing/process-pool-executor.js";
export { type CurrentTask, currentTask } from "./pool/current-task.js";
export type { CrashPolicy, ExecutorOptions, PoolSize, WorkerExecutorOptions } from "./pool/options.js";
export { propagate } from "./pool/propagation.js";
export type { RateLimit } from "./pool/rate-limit.js";
export type { OutputStream, WorkerOutput } from "./pool/worker-output.js";
export { ThreadPoolExecutor } from "./threading/thread-pool-executor.js";
export { type Transferable, transfer } from "./wire/index.js";
