/**
 * Typed arrays on the buffer of a block.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.js";
import { checkFunction, checkInteger, checkOptionNames } from "../../validate.js";

/** A class of typed arrays: `Float64Array`, `Int32Array`, … */
export interface TypedArrayClass<T> {
  new (buffer: ArrayBuffer, byteOffset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
}

/** Which part of a block an array is. */
export interface SharedArrayOptions {
  /** In bytes from the start of the block (default 0); a multiple of the size of an element. */
  readonly byteOffset?: number | undefined;
  /** In elements; as many as fit by default. */
  readonly length?: number | undefined;
}

/** @throws InvalidArgumentError for what does not fit. */
export function typedArray<T>(
  buffer: ArrayBuffer,
  type: TypedArrayClass<T>,
  options: SharedArrayOptions | undefined,
): T {
  checkFunction("type", type);
  const bytes = type.BYTES_PER_ELEMENT;
  if (!Number.isInteger(bytes)) throw new InvalidArgumentError("type", type, "a class of typed arrays");
  checkOptionNames("options", options, ["byteOffset", "length"]);
  const byteOffset = checkInteger("byteOffset", options?.byteOffset ?? 0, 0);
  const room = buffer.byteLength - byteOffset;
  if (byteOffset % bytes !== 0 || room < 0) {
    throw new InvalidArgumentError(
      "byteOffset",
      byteOffset,
      `a multiple of ${bytes} within the ${buffer.byteLength} bytes of the block`,
    );
  }
  const fitting = Math.floor(room / bytes);
  const length = checkInteger("length", options?.length ?? fitting, 0);
  if (length > fitting) {
    throw new InvalidArgumentError(
      "length",
      length,
      `at most ${fitting}, which fit into the block from there`,
    );
  }
  return new type(buffer, byteOffset, length);
}
