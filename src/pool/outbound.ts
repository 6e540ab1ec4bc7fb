import { captureFunction, referenceTo } from "../functions/index.js";
import type { EncodeHooks } from "../wire/index.js";

type AnyFunction = (...args: never[]) => unknown;

/** What functions in nested submissions stand for: this side only passes them on. */
export const passedOn = new WeakMap<AnyFunction, unknown>();

/** What travels towards a worker: functions too. */
export const outbound: EncodeHooks = {
  shipFunction: (fn) => {
    const passed = passedOn.get(fn);
    if (passed) return passed;
    const { id, name, location, stable, graph, codes } = captureFunction(fn);
    return { id, name, location, stable, graph, codes };
  },
  referenceTo: (errorClass) => referenceTo(errorClass),
};
