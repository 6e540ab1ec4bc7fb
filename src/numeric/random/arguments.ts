import { InvalidArgumentError } from "../../errors.js";
import { checkInteger, checkOneOf } from "../../validate.js";
import type { NDArray } from "../array/ndarray.js";
import { type DType, dtypes } from "../dtype.js";
import type { Heap } from "../memory/heap.js";
import { exponentialTables, normalTables } from "./tables.js";

/** How many numbers: the length of an array with one axis, or a shape. Without it, one plain number. */
export type Size = number | readonly number[];

/** The types that whole numbers are made in. */
export type IntegerType = Exclude<DType, "float32">;

/** @throws InvalidArgumentError */
export function checkSize(size: unknown): readonly number[] | undefined {
  if (size === undefined) return undefined;
  if (!Array.isArray(size)) return [checkInteger("size", size, 0)];
  return size.map((length, k) => checkInteger(`size[${k}]`, length, 0));
}

/** @throws InvalidArgumentError */
export function checkFinite(argument: string, value: unknown, least = Number.NEGATIVE_INFINITY): number {
  if (typeof value !== "number" || !Number.isFinite(value) || value < least) {
    throw new InvalidArgumentError(
      argument,
      value,
      least === 0 ? "a finite number of at least 0" : "a finite number",
    );
  }
  return value;
}

/** The least and the greatest whole number that a type can have. */
function limitsOf(dtype: IntegerType): [number, number] {
  const { kind, itemsize } = dtypes[dtype];
  if (kind === "float") return [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  if (kind === "bool") return [0, 1];
  const values = 2 ** (itemsize * 8);
  return kind === "unsigned" ? [0, values - 1] : [-values / 2, values / 2 - 1];
}

/** What whole numbers are of, both ends included. */
export interface Interval {
  readonly low: number;
  readonly range: number;
  readonly dtype: IntegerType;
}

/** @throws InvalidArgumentError */
export function checkInterval(
  low: unknown,
  high: unknown,
  {
    dtype = "int32",
    endpoint = false,
  }: { dtype?: IntegerType | undefined; endpoint?: boolean | undefined } = {},
): Interval {
  const known = Object.keys(dtypes).filter((name) => name !== "float32") as IntegerType[];
  checkOneOf("dtype", dtype, known);
  if (typeof endpoint !== "boolean") throw new InvalidArgumentError("endpoint", endpoint, "true or false");
  const [least, greatest] = limitsOf(dtype);
  const [from, to] = high === undefined ? [0, low] : [low, high];
  const more = dtype === "float64" ? "" : `, for ${dtype} (dtype: "float64" has whole numbers up to 2^53)`;
  if (!Number.isSafeInteger(from) || (from as number) < least || (from as number) > greatest) {
    throw new InvalidArgumentError("low", from, `a whole number from ${least} to ${greatest}${more}`);
  }
  const last = endpoint ? (to as number) : (to as number) - 1;
  if (!Number.isSafeInteger(to) || last < (from as number) || last > greatest) {
    const bound = `${endpoint ? "of at least" : "above"} ${from as number} and up to ${endpoint ? greatest : greatest + 1}`;
    throw new InvalidArgumentError(high === undefined ? "low" : "high", to, `a whole number ${bound}${more}`);
  }
  const range = last - (from as number);
  if (!Number.isSafeInteger(range)) {
    throw new InvalidArgumentError("high", to, "less than 2^53 above low");
  }
  return { low: from as number, range, dtype };
}

/** One number where no size was given, else the array. */
export function oneOrAll(out: NDArray, size: readonly number[] | undefined): number | NDArray {
  if (size) return out;
  const value = out.typed[0]!;
  out.block.dispose();
  return value;
}

const tables = new WeakMap<Heap, Map<string, number>>();

/** Where the tables of a distribution are in a heap: they are put there when they are needed first. */
export function tableIn(heap: Heap, name: "normal" | "exponential"): number {
  const known = tables.get(heap) ?? new Map<string, number>();
  tables.set(heap, known);
  let address = known.get(name);
  if (address === undefined) {
    const bytes = Buffer.from(name === "normal" ? normalTables : exponentialTables, "base64");
    address = heap.allocate(bytes.length);
    heap.bytes(address + bytes.length).set(bytes, address);
    known.set(name, address);
  }
  return address;
}
