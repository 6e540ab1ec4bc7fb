/**
 * The entry file of a `Thread`.
 *
 * @module
 */
import { workerData } from "node:worker_threads";
import { runThread } from "./run-thread.js";
import type { ThreadSetup } from "./thread-start.js";

// for the build: so a thread loads the same files as a worker of a pool; else there would be more, which both would load
export { handInChunks } from "../../pool/run-chunk.js";
export { StatusWords } from "../../pool/status-words.js";
export { WorkerRuntime } from "../../pool/worker-runtime.js";
export { outputHandedIn } from "../output.js";

runThread((workerData as { readonly ungil: ThreadSetup }).ungil);
