/**
 * The entry of a thread that is started from a text: there are no files of ours that it could load later.
 *
 * @module
 */
import { workerData } from "node:worker_threads";
import { analyseModule, analyseText } from "../functions/analysis/index.js";
import { provideAnalysis } from "../functions/index.js";
import { runWorker } from "./run-worker.js";
import { runThread } from "./thread/run-thread.js";
import type { ThreadSetup } from "./thread/thread-start.js";
import type { ThreadData } from "./thread-host.js";

provideAnalysis({ analyseModule, analyseText });
const { ungil } = workerData as ThreadData | { readonly ungil: ThreadSetup };
if ("setup" in ungil) runWorker(ungil);
else runThread(ungil);
