import { types } from "node:util";
import { InvalidArgumentError } from "../../errors.js";
import { checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import { storedValue } from "../array/scalar.js";
import type { DType } from "../dtype.js";
import { exactNumber, numbersOf } from "./numbers.js";

/** What we use of a vector of Apache Arrow, such as a column of a table. */
export interface ArrowVectorLike {
  readonly length: number;
  readonly nullCount: number;
  readonly type: { readonly typeId: number };
  readonly data: readonly { readonly length: number; readonly values: unknown }[];
  get(index: number): unknown;
}

/** Options of {@link fromArrow}. */
export interface FromArrowOptions {
  /** What stands for elements that are null; without it a vector that has any is refused. */
  readonly nullValue?: number | boolean | undefined;
}

// `Type` of Arrow's format, and `Precision` of its floats
const typeIds = { integer: 2, float: 3, boolean: 6 };
const halfPrecision = 0;

/**
 * A new array of one axis of the elements of a vector of [Apache Arrow](https://arrow.apache.org/docs/js/): numbers of
 * every size, and booleans, of which Arrow has eight in a byte. They are copied once. 64-bit integers become `float64` if
 * that holds all of them exactly, 16-bit floats `float32`. The other way is `makeVector(a.typed)`, which copies nothing.
 *
 * @param options - `nullValue`, which takes the place of elements that are null.
 * @throws InvalidArgumentError for what is no such vector, is of another type or has nulls; MemoryError where there is no
 *   room.
 *
 * @example
 * ```ts
 * const prices = fromArrow(table.getChild("price"), { nullValue: NaN });
 * ```
 */
export function fromArrow(vector: ArrowVectorLike | null, options: FromArrowOptions = {}): NDArray {
  checkOptionNames("options", options, ["nullValue"]);
  const given: Partial<ArrowVectorLike> | null = vector;
  if (typeof given !== "object" || given === null || !Array.isArray(given.data) || !given.type) {
    throw new InvalidArgumentError(
      "vector",
      vector,
      "a vector of Apache Arrow, or a column of one of its tables",
    );
  }
  const used = vector as ArrowVectorLike;
  const { nullValue } = options;
  if (used.nullCount > 0 && nullValue === undefined) {
    throw new InvalidArgumentError(
      "vector",
      `${used.nullCount} nulls`,
      "without nulls; options.nullValue says what stands for them",
    );
  }
  const dtype = dtypeOf(used);
  const stored = nullValue === undefined ? 0 : storedValue(dtype, nullValue, "nullValue");
  const result = NDArray.allocate(dtype, [used.length]);
  try {
    if (dtype === "bool" || isHalf(used) || used.nullCount > 0) fillSlowly(result, used, stored);
    else {
      let from = 0;
      for (const { length, values } of used.data) {
        const { data } = numbersOf("vector", values);
        result.typed.set(data.subarray(0, length), from);
        from += length;
      }
    }
    return result;
  } catch (error) {
    result.dispose();
    throw error;
  }
}

function dtypeOf({ type, data }: ArrowVectorLike): DType {
  if (type.typeId === typeIds.boolean) return "bool";
  if (type.typeId !== typeIds.integer && type.typeId !== typeIds.float) {
    throw new InvalidArgumentError("vector", `elements of ${nameOf(type)}`, "of numbers or booleans");
  }
  if (isHalf({ type })) return "float32";
  const values = data[0]?.values ?? new Float64Array();
  return types.isBigInt64Array(values) || types.isBigUint64Array(values)
    ? "float64"
    : numbersOf("vector", values).dtype;
}

/** Arrow's types have names of their own. */
function nameOf(type: { readonly typeId: number; readonly toString?: unknown }): string {
  return typeof type.toString === "function" ? String(type.toString()) : `type ${type.typeId}`;
}

function isHalf({ type }: Pick<ArrowVectorLike, "type">): boolean {
  return type.typeId === typeIds.float && (type as { precision?: unknown }).precision === halfPrecision;
}

/** Elements that do not lie in a typed array as they are, or of which some are null. */
function fillSlowly({ typed }: NDArray, vector: ArrowVectorLike, forNull: number): void {
  for (let k = 0; k < vector.length; k++) {
    const value = vector.get(k);
    if (value === null) typed[k] = forNull;
    else if (typeof value === "bigint") typed[k] = exactNumber("vector", k, value);
    else typed[k] = Number(value);
  }
}
