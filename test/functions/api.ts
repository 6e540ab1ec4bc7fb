// The functions chapter as it is built: no public entry exports it, so that tests import the built files.
import type * as functions from "../../dist/functions/index.js";

export type {
  CaptureOptions,
  CodeRecord,
  FunctionGraph,
  FunctionReference,
  ShippedFunction,
} from "../../dist/functions/index.js";

/** Imports a built module by its path in `dist/functions`. */
export const built = (name: string): Promise<unknown> =>
  import(new URL(`../../../dist/${name}`, import.meta.url).href);

export const {
  assertNotReviving,
  captureFunction,
  captureMode,
  FunctionReviver,
  inheritLoader,
  mapStack,
  referenceTo,
  resolveReference,
  task,
  withCaptures,
} = (await built("functions/index.js")) as typeof functions;
