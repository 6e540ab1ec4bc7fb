/**
 * Work on the event loop of this thread: tasks and groups of them, limits of time, bridges to executors.
 *
 * @module
 */

export { TaskGroupError } from "../errors.js";
export type { ExecutorOptions } from "../pool/options.js";
export type { RateLimit } from "../pool/rate-limit.js";
export { Barrier, type BarrierStats } from "../sync/barrier.js";
export { Condition, type ConditionStats, type Truthy } from "../sync/condition.js";
export { Event, type EventStats } from "../sync/event.js";
export { type Guard, Lock, type LockStats } from "../sync/lock.js";
export type { PrimitiveOptions } from "../sync/primitive.js";
export {
  LifoQueue,
  PriorityQueue,
  type PriorityQueueOptions,
  Queue,
  type QueueShutdownOptions,
  type QueueStats,
} from "../sync/queue.js";
export { BoundedSemaphore, Semaphore, type SemaphoreStats } from "../sync/semaphore.js";
export type { WaitOptions } from "../sync/wait-options.js";
export { AsyncExecutor } from "./async-executor.js";
export { InlineExecutor, type InlineExecutorOptions } from "./inline-executor.js";
export type { Awaitable, AwaitedOf } from "./tasks/awaitable.js";
export { type CreateTaskOptions, createTask, currentAsyncTask } from "./tasks/create-task.js";
export { type Gathered, type GatherOptions, gather } from "./tasks/gather.js";
export { Runner, type RunnerOptions, type RunOptions, run } from "./tasks/run.js";
export { currentSignal } from "./tasks/scope.js";
export { shield } from "./tasks/shield.js";
export { type SleepOptions, sleep } from "./tasks/sleep.js";
export { Task } from "./tasks/task.js";
export { TaskGroup, type TaskGroupOptions, taskGroup } from "./tasks/task-group.js";
export { type Timeout, type TimeoutOptions, timeout, timeoutAt } from "./tasks/timeout.js";
export { toThread } from "./tasks/to-thread.js";
export { allTasks, formatTaskTree, type TaskInfo, taskTree } from "./tasks/tree.js";
export { asCompleted, wait } from "./tasks/wait.js";
export { waitFor } from "./tasks/wait-for.js";
export { runInExecutor, wrapFuture } from "./tasks/wrap-future.js";
