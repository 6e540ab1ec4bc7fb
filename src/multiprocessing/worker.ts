/**
 * The entry file of every process that ungil starts.
 *
 * @module
 */
import { runProcess } from "./run-process.js";

runProcess();
