/**
 * Choosing and ordering, with numbers of a stream.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.js";
import { checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import { chunksFor } from "../crew/chunks.js";
import type { Steps } from "../crew/steps.js";
import { dtypes } from "../dtype.js";
import { contiguous, inOrder, product, scatter } from "../layout/arrange.js";
import { checkArray, checkAxis } from "../layout/axes.js";
import { Scratch } from "../layout/scratch.js";
import { checkSize, type Size } from "./arguments.js";
import type { Stream } from "./stream.js";

/** How elements are chosen. */
export interface ChoiceOptions {
  /** Whether the same one can be chosen again. Default: true. */
  readonly replace?: boolean | undefined;
  /** How likely each one is; together 1. Default: all the same. */
  readonly p?: readonly number[] | NDArray | undefined;
  /** Along which axis of an array slices are chosen. Default: 0. */
  readonly axis?: number | undefined;
  /** Without `replace`: whether they are in a random order, which takes longer. Default: true. */
  readonly shuffle?: boolean | undefined;
}

/** Checked. */
interface Choice {
  readonly population: number;
  readonly shape: readonly number[] | undefined;
  readonly n: number;
  readonly replace: boolean;
  readonly p: Float64Array | undefined;
  readonly shuffle: boolean;
}

/** A population, and its length: the numbers below one, or slices of an array. */
export function checkPopulation(argument: string, a: unknown, axis = 0): { length: number; axis: number } {
  if (typeof a === "number") {
    if (!Number.isSafeInteger(a) || a < 0 || a > 0x7fff_ffff) {
      throw new InvalidArgumentError(argument, a, "a whole number from 0 to 2,147,483,647, or an NDArray");
    }
    return { length: a, axis: checkAxis("axis", axis, 1) };
  }
  const array = checkArray(argument, a);
  const checked = checkAxis("axis", axis, array.shape.length);
  return { length: array.shape[checked]!, axis: checked };
}

function checkParts(p: unknown, population: number, n: number, replace: boolean): Float64Array | undefined {
  if (p === undefined) return undefined;
  const list = p instanceof NDArray ? (checkArray("p", p), p.isContiguous ? p.typed : []) : p;
  if (
    !(Array.isArray(list) || ArrayBuffer.isView(list)) ||
    (list as { length: number }).length !== population
  ) {
    throw new InvalidArgumentError("p", p, `a list of ${population} numbers, one for each element`);
  }
  const parts = Float64Array.from(list as ArrayLike<number>);
  const total = parts.reduce((sum, part) => sum + part, 0);
  if (!parts.every((part) => part >= 0) || !(Math.abs(total - 1) < 1.5e-8)) {
    throw new InvalidArgumentError("p", p, "numbers of at least 0 that together are 1");
  }
  if (!replace && parts.filter((part) => part > 0).length < n) {
    throw new InvalidArgumentError("p", p, `at least ${n} numbers above 0, as many as are chosen`);
  }
  return parts;
}

/** @throws InvalidArgumentError */
export function checkChoice(
  a: unknown,
  size: Size | undefined,
  options: ChoiceOptions = {},
): Choice & { axis: number } {
  checkOptionNames("options", options, ["replace", "p", "axis", "shuffle"]);
  const { replace = true, shuffle = true } = options;
  for (const [name, value] of [
    ["replace", replace],
    ["shuffle", shuffle],
  ] as const) {
    if (typeof value !== "boolean") throw new InvalidArgumentError(name, value, "true or false");
  }
  const { length: population, axis } = checkPopulation("a", a, options.axis);
  const shape = checkSize(size);
  const n = product(shape ?? []);
  if (population === 0 && n > 0) throw new InvalidArgumentError("a", a, "not empty");
  if (!replace && n > population) {
    throw new InvalidArgumentError(
      "size",
      size,
      `at most ${population} elements, since none is chosen twice`,
    );
  }
  return { population, shape, n, replace, shuffle, axis, p: checkParts(options.p, population, n, replace) };
}

/** Sums of the parts, the last one of which is 1. */
function shares(p: Float64Array): Float64Array {
  const sums = new Float64Array(p.length);
  let sum = 0;
  for (const [k, part] of p.entries()) sums[k] = sum += part;
  return sums.map((each) => each / sum);
}

/** The first place whose share is above x. */
function placeIn(sums: Float64Array, x: number): number {
  let [from, to] = [0, sums.length];
  while (from < to) {
    const half = (from + to) >> 1;
    if (x < sums[half]!) to = half;
    else from = half + 1;
  }
  return from;
}

function* uniformNumbers(stream: Stream, n: number, scratch: Scratch): Steps<Float64Array> {
  const address = scratch.take(n * 8);
  yield* stream.uniform(address, n, "f64", scratch);
  const numbers = scratch.heap.numbers(address + n * 8);
  return numbers.slice(address / 8, address / 8 + n);
}

/** Writes the indices (int32) of what is chosen to an address. */
export function* chosen(stream: Stream, out: number, choice: Choice, scratch: Scratch): Steps<void> {
  const { population, n, replace, p, shuffle } = choice;
  const { heap } = scratch;
  if (n === 0) return;
  if (p) {
    const indices = new Int32Array(heap.bytes(out + n * 4).buffer, out, n);
    if (replace) {
      const sums = shares(p);
      for (const [k, x] of (yield* uniformNumbers(stream, n, scratch)).entries())
        indices[k] = placeIn(sums, x);
      return;
    }
    const parts = p.slice();
    const found = new Set<number>();
    while (found.size < n) {
      const numbers = yield* uniformNumbers(stream, n - found.size, scratch);
      for (const index of found) parts[index] = 0;
      const sums = shares(parts);
      for (const x of numbers) found.add(placeIn(sums, x));
    }
    indices.set([...found]);
    return;
  }
  const job = { heap, chunks: 1 };
  if (replace) {
    yield { ...job, kernel: "integers_i32", args: [stream.address, out, n, 0, population - 1] };
  } else if (population > 10_000 && n > Math.floor(population / (shuffle ? 50 : 20))) {
    const all = scratch.take(population * 4);
    yield { ...job, kernel: "choice_tail_i32", args: [stream.address, out, population, n, all] };
  } else {
    const wanted = Math.floor(1.2 * n);
    const room = 2 ** Math.ceil(Math.log2(wanted + 1));
    const set = scratch.take(room * 4);
    const args = [stream.address, out, population, n, set, room - 1, shuffle ? 1 : 0];
    yield { ...job, kernel: "choice_set_i32", args };
  }
}

/** Writes the slices of an array at these indices along an axis to an address. */
export function* takeSlices(
  a: NDArray,
  axis: number,
  indices: number,
  count: number,
  out: number,
  scratch: Scratch,
): Steps<void> {
  const from = yield* contiguous(a, scratch);
  const outer = product(a.shape.slice(0, axis));
  const bytes = product(a.shape.slice(axis + 1)) * dtypes[a.dtype].itemsize;
  const args = [from, outer, a.shape[axis]!, indices, count, bytes, out];
  yield { heap: scratch.heap, kernel: "take_slices", args, chunks: chunksFor(outer * count, bytes / 8) };
}

/** The numbers below `x`, or the slices of an array, in a random order. */
export function* ordered(stream: Stream, x: number | NDArray, length: number, axis: number): Steps<NDArray> {
  const { heap } = stream.block;
  const scratch = new Scratch(heap);
  try {
    const out = typeof x === "number" ? NDArray.allocate("int32", [x]) : NDArray.allocate(x.dtype, x.shape);
    const order = typeof x === "number" ? out.address : scratch.take(length * 4);
    yield { heap, kernel: "order_i32", args: [stream.address, order, length], chunks: 1 };
    if (typeof x !== "number" && x.size > 0) yield* takeSlices(x, axis, order, length, out.address, scratch);
    return out;
  } finally {
    scratch.free();
  }
}

/** Puts the slices of an array into a random order, where they are. */
export function* shuffled(stream: Stream, a: NDArray, length: number, axis: number): Steps<void> {
  const mixed = yield* ordered(stream, a, length, axis);
  const scratch = new Scratch(a.block.heap);
  try {
    yield* scatter(mixed.address, a, inOrder(a), scratch);
  } finally {
    scratch.free();
    mixed.block.dispose();
  }
}
