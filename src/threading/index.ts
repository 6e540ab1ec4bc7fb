/**
 * Work on real threads.
 *
 * @module
 */
export type { ThreadPoolExecutorOptions } from "./options.js";
export { ThreadPoolExecutor } from "./thread-pool-executor.js";
