import { InvalidArgumentError } from "../../errors.js";
import type { Layout } from "./layout.js";

/**
 * What is taken of an axis:
 *
 * - a number: one element, and the axis is gone; negative ones count from the end;
 * - `[start, stop]` or `[start, stop, step]`: a range as of Python's slices, where `null` or leaving out means from the
 *   beginning, to the end and 1; a negative step goes backwards;
 * - a string: the same as Python writes it, `"1:10:2"`, `"::-1"`;
 * - `null` or `":"`: all of it;
 * - `"..."`: all of as many axes as are needed so that the ranges after it are those of the last axes.
 */
export type Range =
  | number
  | null
  | string
  | readonly [start?: number | null, stop?: number | null, step?: number | null];

/** The elements of a layout that ranges take. @throws InvalidArgumentError for ranges that can't be used. */
export function slicedLayout(layout: Layout, ranges: readonly unknown[]): Layout {
  const axes = layout.shape.length;
  const dots = ranges.indexOf("...");
  if (dots >= 0 && ranges.indexOf("...", dots + 1) >= 0) {
    throw new InvalidArgumentError("ranges", ranges, "with one ... at most");
  }
  const named = ranges.length - (dots >= 0 ? 1 : 0);
  if (named > axes) {
    throw new InvalidArgumentError("ranges", ranges, `no more than the array has axes, which are ${axes}`);
  }
  const shape: number[] = [];
  const strides: number[] = [];
  let { offset } = layout;
  for (let axis = 0; axis < axes; axis++) {
    const k = dots < 0 || axis < dots ? axis : axis - (axes - named) + 1;
    const hidden = dots >= 0 && axis >= dots && axis < dots + axes - named;
    const range = hidden ? null : (ranges[k] ?? null);
    const length = layout.shape[axis]!;
    const stride = layout.strides[axis]!;
    if (typeof range === "number") {
      offset += checkIndex(`ranges[${k}]`, range, length, axis) * stride;
      continue;
    }
    const { start, count, step } = resolve(`ranges[${k}]`, range, length);
    if (count > 0) offset += start * stride;
    shape.push(count);
    strides.push(stride * step);
  }
  return { shape, strides, offset };
}

/** The number of an element along an axis, counted from 0. @throws InvalidArgumentError for one that there is not. */
export function checkIndex(argument: string, index: unknown, length: number, axis: number): number {
  if (typeof index === "number" && Number.isInteger(index) && index >= -length && index < length) {
    return index < 0 ? index + length : index + 0;
  }
  const expected =
    length === 0
      ? `left out, as axis ${axis} has no elements`
      : `a whole number from ${-length} to ${length - 1}, as axis ${axis} has ${length} elements`;
  throw new InvalidArgumentError(argument, index, expected);
}

interface Resolved {
  readonly start: number;
  readonly count: number;
  readonly step: number;
}

const expected =
  "a whole number, null, [start, stop, step] of whole numbers or null, or the same as a string, such as 1:10:2";

/** Python's `slice.indices`. */
function resolve(argument: string, range: unknown, length: number): Resolved {
  const [from, to, by] = range === null ? [] : partsOf(argument, range);
  const step = by ?? 1;
  if (step === 0) throw new InvalidArgumentError(argument, range, "of a step other than 0");
  // where a range that goes backwards may stop: before the first element
  const [least, most] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + length : at, least), most);
  const start = from === undefined ? (step > 0 ? least : most) : clamp(from);
  const stop = to === undefined ? (step > 0 ? most : least) : clamp(to);
  return { start, count: Math.max(0, Math.ceil((stop - start) / step)), step };
}

function partsOf(argument: string, range: unknown): (number | undefined)[] {
  const parts: unknown = typeof range === "string" ? parse(range) : range;
  if (!Array.isArray(parts) || parts.length > 3) throw new InvalidArgumentError(argument, range, expected);
  return parts.map((part: unknown) => {
    if (part === null || part === undefined) return undefined;
    if (typeof part === "number" && Number.isSafeInteger(part)) return part;
    throw new InvalidArgumentError(argument, typeof range === "string" ? range : part, expected);
  });
}

/** The parts of a range as Python writes it; undefined for what is none. */
function parse(text: string): (number | undefined)[] | undefined {
  const parts = text.split(":").map((part) => part.trim());
  if (parts.length < 2 || !parts.every((part) => /^(?:[-+]?\d+)?$/.test(part))) return undefined;
  return parts.map((part) => (part === "" ? undefined : Number(part)));
}
