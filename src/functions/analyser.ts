/**
 * The way to the analysis of texts. The parser is half of all the code there is, and many workers never capture
 * a function: a worker loads it when it does. A capture is synchronous, so that this has to be a file which
 * `require` takes at any time; the analysis holds nothing but caches, so that it may be there twice.
 *
 * @module
 */
import { createRequire } from "node:module";
import { packageHome } from "../package-home.js";
import type * as everything from "./analysis/index.js";

/** The functions of the folder `analysis`. */
export type Analysis = Pick<typeof everything, "analyseModule" | "analyseText">;

let analysis: Analysis | undefined;

/** Gives the analysis, where the program has it anyway: a bundle has no file to load it from. */
export function provideAnalysis(given: Analysis): void {
  analysis ??= given;
}

/** The analysis; loaded by the first call where it was not provided. */
export function analyser(): Analysis {
  analysis ??= createRequire(packageHome!)("./node/analysis.cjs") as Analysis;
  return analysis;
}
