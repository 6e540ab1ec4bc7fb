/**
 * The entry of a worker that is started from a text: there are no files of ours that it could load later.
 *
 * @module
 */
import { analyseModule, analyseText } from "../functions/analysis/index.js";
import { provideAnalysis } from "../functions/index.js";
import { runProcess } from "./run-process.js";

provideAnalysis({ analyseModule, analyseText });
runProcess();
