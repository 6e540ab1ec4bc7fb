/**
 * The entry file of a `Thread`.
 *
 * @module
 */
import { workerData } from "node:worker_threads";
import { runThread } from "./run-thread.js";
import type { ThreadSetup } from "./thread-start.js";

runThread((workerData as { readonly ungil: ThreadSetup }).ungil);
