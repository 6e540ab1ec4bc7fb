/**
 * Any function as something that can be sent, and as a function again on the other side. README.md in this
 * folder has the algorithm and its numbered rules.
 *
 * @module
 */
export { provideAnalysis } from "./analyser.js";
export { type CaptureOptions, captureFunction, type ShippedFunction } from "./capture.js";
export type { ByReference } from "./context.js";
export { type TaskFunction, task, withCaptures } from "./explicit.js";
export { assertNotReviving } from "./guard.js";
export { nextId } from "./ids.js";
export { inheritLoader } from "./loader.js";
export { watchLoading } from "./loading.js";
export { mapStack } from "./map-stack.js";
export type { CodeRecord, FunctionGraph } from "./payload.js";
export { type FunctionReference, referenceTo, resolveReference } from "./references.js";
export { FunctionReviver } from "./revive.js";
export { type CaptureMode, captureMode } from "./self-test.js";
