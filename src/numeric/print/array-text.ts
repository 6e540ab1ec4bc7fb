/**
 * Arrays as NumPy 2 prints them, by the rules of its `array2string` with its default options: 8 digits, lines of 75
 * characters, and of more than 1,000 elements only three at each end of each axis.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.array2string.html
 *
 * @module
 */
import type { Layout } from "../array/layout.js";
import { shapeText } from "../array/shape.js";
import type { DType } from "../dtype.js";
import { type ElementFormat, elementFormat, scalarText } from "./elements.js";

const edge = 3;
const threshold = 1000;
const lineWidth = 75;

/** What is printed: a layout, and its elements by their offset. */
export interface Printed extends Layout {
  readonly dtype: DType;
  readonly size: number;
  readonly read: (offset: number) => number;
}

/** As `str(array)`. */
export function arrayText(array: Printed): string {
  if (array.shape.length === 0) return scalarText(array.dtype, array.read(array.offset));
  return elementsText(array, " ", "");
}

/** As `repr(array)`: `array([1., 2.])`, with the type unless it is `float64` or `bool`. */
export function arrayRepresentation(array: Printed): string {
  const { shape, size, dtype } = array;
  const extras: string[] = [];
  if ((size === 0 && !(shape.length === 1 && shape[0] === 0)) || size > threshold) {
    // Python has a name, JavaScript has none: what stands here is for people
    extras.push(`shape=${shapeText(shape)}`);
  }
  if (size === 0 || (dtype !== "float64" && dtype !== "bool")) extras.push(`dtype=${dtype}`);
  const prefix = "array(";
  const text = prefix + elementsText(array, ", ", prefix);
  if (extras.length === 0) return `${text})`;
  const extra = `${extras.join(", ")})`;
  const lastLine = text.length + 1 - (text.lastIndexOf("\n") + 1);
  const spacer = lastLine + extra.length + 1 > lineWidth ? `\n${" ".repeat(prefix.length)}` : " ";
  return `${text},${spacer}${extra}`;
}

function elementsText(array: Printed, separator: string, prefix: string): string {
  if (array.size === 0) return "[]";
  const summarized = array.size > threshold;
  const shown: number[] = [];
  collect(array, summarized, 0, array.offset, shown);
  const format = elementFormat(array.dtype, shown, array.shape.length === 0);
  const room = lineWidth - (prefix === "" ? 0 : 1);
  return new Text(array, format, separator, summarized).nested(
    0,
    array.offset,
    ` ${" ".repeat(prefix.length)}`,
    room,
  );
}

/** Indices along an axis that are shown; undefined stands for those that are not. */
function indices(length: number, summarized: boolean): readonly (number | undefined)[] {
  if (!summarized || length <= 2 * edge) return Array.from({ length }, (_, k) => k);
  return [0, 1, 2, undefined, length - 3, length - 2, length - 1];
}

function collect(array: Printed, summarized: boolean, axis: number, offset: number, into: number[]): void {
  if (axis === array.shape.length) {
    into.push(array.read(offset));
    return;
  }
  for (const k of indices(array.shape[axis]!, summarized)) {
    if (k !== undefined) collect(array, summarized, axis + 1, offset + k * array.strides[axis]!, into);
  }
}

class Text {
  constructor(
    private readonly array: Printed,
    private readonly format: ElementFormat,
    private readonly separator: string,
    private readonly summarized: boolean,
  ) {}

  /** What is within an axis, in brackets. @param indent - of every line but the first. @param width - of lines. */
  nested(axis: number, offset: number, indent: string, width: number): string {
    const { shape, strides, read } = this.array;
    const left = shape.length - axis;
    if (left === 0) return this.format(read(offset));
    const stride = strides[axis]!;
    const parts = indices(shape[axis]!, this.summarized).map((k) =>
      k === undefined ? "..." : this.nested(axis + 1, offset + k * stride, `${indent} `, width - 1),
    );
    if (left === 1) return `[${this.#filled(parts, indent, width)}]`;
    const between = `${this.separator.trimEnd()}${"\n".repeat(left - 1)}${indent}`;
    return `[${parts.join(between)}]`;
  }

  /** Elements in lines that are not longer than the width. */
  #filled(words: readonly string[], indent: string, width: number): string {
    const room = width - Math.max(this.separator.trimEnd().length, 1);
    let text = "";
    let line = indent;
    for (const [k, word] of words.entries()) {
      if (line.length + word.length > room && line.length > indent.length) {
        text += `${line.trimEnd()}\n`;
        line = indent;
      }
      line += word;
      if (k < words.length - 1) line += this.separator;
    }
    return (text + line).slice(indent.length);
  }
}
