/**
 * Work in processes.
 *
 * @module
 */

export type { CrashPolicy, ExecutorOptions, PoolSize, WorkerExecutorOptions } from "../pool/options.js";
export type { OutputStream, WorkerOutput } from "../pool/worker-output.js";
export { AsyncResult } from "./async-result.js";
export type { JoinOptions } from "./ending.js";
export {
  cpuCount,
  currentProcess,
  type ParentProcess,
  type ProcessInfo,
  parentProcess,
} from "./identity.js";
export type { IMapIterator } from "./imap-iterator.js";
export type { ProcessPoolExecutorOptions } from "./options.js";
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
