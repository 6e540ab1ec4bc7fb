/**
 * Work on the event loop of this thread.
 *
 * @module
 */

export type { ExecutorOptions } from "../pool/options.js";
export { AsyncExecutor } from "./async-executor.js";
export { InlineExecutor, type InlineExecutorOptions } from "./inline-executor.js";
