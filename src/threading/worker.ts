/**
 * The entry file of a worker of a pool of threads.
 *
 * @module
 */
import { workerData } from "node:worker_threads";
import { runWorker } from "./run-worker.js";
import type { ThreadData } from "./thread-host.js";

runWorker((workerData as ThreadData).ungil);
