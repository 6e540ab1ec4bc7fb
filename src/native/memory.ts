/**
 * Memory that a program gives to C by its address, without a copy.
 *
 * @module
 */
import { isTypedArray, type TypedArray } from "../futures/typed-arrays.js";

/**
 * An object whose elements lie in memory one behind the other, in C's order, such as an n-dimensional array. Whatever has
 * these properties can be passed where its `typed` could.
 */
export interface TypedMemory<A extends TypedArray = TypedArray> {
  /** Exactly its elements, in C's order (the last index fastest). */
  readonly typed: A;
  /** `false` for a view whose elements don't lie so; it is refused. */
  readonly contiguous?: boolean | undefined;
}

/** Whether a value is such an object. */
export function isTypedMemory(value: unknown): value is TypedMemory {
  return typeof value === "object" && value !== null && "typed" in value && !ArrayBuffer.isView(value);
}

/** Whether a value is memory of whatever kind. */
export const isBuffer = (value: unknown): value is ArrayBuffer | SharedArrayBuffer =>
  value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;

/** Whether the buffer of a view has been moved elsewhere. */
export function isDetached(view: TypedArray | DataView): boolean {
  if (isTypedArray(view) && view.length > 0) return false;
  const { buffer } = view;
  if (!(buffer instanceof ArrayBuffer)) return false;
  try {
    // of one that is only empty there is a part
    buffer.slice(0, 0);
    return false;
  } catch {
    return true;
  }
}

/** Whether the memory of a view may go away below it by a call of `resize`. */
export function isResizable({ buffer }: TypedArray | DataView): boolean {
  return buffer instanceof ArrayBuffer && (buffer as { readonly resizable?: boolean }).resizable === true;
}

/** What a view is called in messages. */
export function viewName(view: TypedArray | DataView): string {
  return isTypedArray(view) ? view[Symbol.toStringTag] : "DataView";
}
