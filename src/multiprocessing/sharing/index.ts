/**
 * Objects that one isolate owns and many use. The rules are in this folder's README.
 *
 * @module
 */
export { Carried } from "./carried.js";
export { Endpoint, Handle, handleKind, own } from "./handle.js";
export { checkWait, type WaitOptions } from "./limits.js";
export type { Caller, Served } from "./served.js";
