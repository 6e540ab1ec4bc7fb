/**
 * What the text of a function or module says, found by parsing it. `analyser.ts` loads this folder where it is
 * needed.
 *
 * @module
 */
export { analyseModule } from "./module-facts.js";
export { analyseText } from "./text.js";
