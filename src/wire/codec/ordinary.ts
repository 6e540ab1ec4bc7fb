import * as types from "node:util/types";

/**
 * Whether an object with the prototype of plain objects is one to structured clone as well. A changed prototype
 * makes nothing else of a Map; what `arguments` holds can't be cloned.
 */
export function isOrdinary(value: object): boolean {
  return (
    // tells arguments, boxed values, dates, regular expressions and errors
    Object.prototype.toString.call(value) === "[object Object]" &&
    !ArrayBuffer.isView(value) &&
    !types.isAnyArrayBuffer(value) &&
    !types.isMap(value) &&
    !types.isSet(value) &&
    !types.isWeakMap(value) &&
    !types.isWeakSet(value) &&
    !types.isPromise(value) &&
    !types.isGeneratorObject(value) &&
    !types.isExternal(value)
  );
}
