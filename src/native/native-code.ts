import type { NativeCode } from "./binding.js";

const codes = new WeakMap<object, NativeCode>();

/** Says that a function of JavaScript stands for native code. */
export const noteCode = (fn: object, code: NativeCode): unknown => codes.set(fn, code);

/** The native code that a function stands for; undefined for one of JavaScript. */
export const codeOf = (fn: object): NativeCode | undefined => codes.get(fn);
