/**
 * Work on real threads.
 *
 * @module
 */

export type { CrashPolicy, ExecutorOptions, PoolSize, WorkerExecutorOptions } from "../pool/options.js";
export type { OutputStream, WorkerOutput } from "../pool/worker-output.js";
export type { ThreadPoolExecutorOptions } from "./options.js";
export { ThreadPoolExecutor } from "./thread-pool-executor.js";
