/**
 * Objects that one isolate owns and many use. The rules are in this folder's README.
 *
 * @module
 */
export type { WaitOptions } from "../../sync/wait-options.js";
export { Carried } from "./carried.js";
export { Endpoint, Handle, handleKind, own } from "./handle.js";
export { checkWait } from "./limits.js";
export { type Caller, ownCaller, type Served } from "./served.js";
