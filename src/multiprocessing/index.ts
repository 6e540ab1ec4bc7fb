/**
 * Work in processes.
 *
 * @module
 */

export type { CrashPolicy, ExecutorOptions, PoolSize, WorkerExecutorOptions } from "../pool/options.js";
export type { OutputStream, WorkerOutput } from "../pool/worker-output.js";
export type { ProcessPoolExecutorOptions } from "./options.js";
export { ProcessPoolExecutor } from "./process-pool-executor.js";
