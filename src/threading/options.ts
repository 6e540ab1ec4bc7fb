import type { WorkerExecutorOptions } from "../pool/options.js";

/** Options of a {@link ThreadPoolExecutor}. */
export type ThreadPoolExecutorOptions = WorkerExecutorOptions;
