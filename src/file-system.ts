/**
 * Node's file system, without an import: for one, Node reads every property of the module, and so loads the
 * streams behind some of them, which takes a tenth of the start of a worker.
 */
export const fileSystem = (): typeof import("node:fs") => process.getBuiltinModule("node:fs");
