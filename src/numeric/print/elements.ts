/**
 * How NumPy prints the elements of an array: all as wide as the widest, floats with as many digits as any of them needs.
 *
 * @module
 */
import { type DType, dtypes } from "../dtype.js";
import { positional, scientific } from "./decimal.js";

/** Digits after the point: NumPy's `precision`. */
const precision = 8;

/** What writes one element. */
export type ElementFormat = (x: number) => string;

/** How the elements of an array are written. @param shown - all that are going to be. @param alone - no array, one element. */
export function elementFormat(dtype: DType, shown: readonly number[], alone: boolean): ElementFormat {
  const { kind } = dtypes[dtype];
  if (kind === "bool") return (x) => (x ? (alone ? "True" : " True") : "False");
  if (kind !== "float") {
    const width = shown.reduce((most, x) => Math.max(most, String(x).length), 0);
    return (x) => String(x).padStart(width);
  }
  const single = dtype === "float32";
  const finite = shown.filter(Number.isFinite);
  const format = needsExponent(finite, single) ? exponentFormat(finite, single) : pointFormat(finite, single);
  const left = finite.length < shown.length ? widened(format, shown) : format.left;
  return (x) => {
    if (Number.isFinite(x)) return format.write(x, left);
    return notFinite(x).padStart(left + 1 + format.right);
  };
}

/** One element by itself, as `str` of a NumPy scalar. */
export function scalarText(dtype: DType, x: number): string {
  const { kind } = dtypes[dtype];
  if (kind === "bool") return x ? "True" : "False";
  if (kind !== "float") return String(x);
  if (!Number.isFinite(x)) return notFinite(x);
  const size = Math.abs(x);
  const single = dtype === "float32";
  if (size === 0 || (size >= 1e-4 && size < (single ? 1e6 : 1e16))) {
    const [whole, fraction] = positional(x, single, Number.POSITIVE_INFINITY);
    return `${whole}.${fraction || "0"}`;
  }
  const [whole, fraction, exponent] = scientific(x, single, Number.POSITIVE_INFINITY);
  return `${whole}${fraction && `.${fraction}`}e${exponent}`;
}

function notFinite(x: number): string {
  return Number.isNaN(x) ? "nan" : x < 0 ? "-inf" : "inf";
}

interface FloatFormat {
  /** Characters before the point. */
  readonly left: number;
  /** Characters after the point. */
  readonly right: number;
  readonly write: (x: number, left: number) => string;
}

/** Whether some element is so large or small, or they differ so much, that all get an exponent. */
function needsExponent(finite: readonly number[], single: boolean): boolean {
  let most = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const x of finite) {
    if (x === 0) continue;
    most = Math.max(most, Math.abs(x));
    least = Math.min(least, Math.abs(x));
  }
  if (most === 0) return false;
  // NumPy compares in the precision of the elements
  const own = (x: number): number => (single ? Math.fround(x) : x);
  return most >= (single ? 1e6 : 1e8) || least < own(0.0001) || own(most / least) > 1000;
}

function exponentFormat(finite: readonly number[], single: boolean): FloatFormat {
  const parts = finite.map((x) => scientific(x, single, precision));
  const digits = widest(parts.map(([, fraction]) => fraction));
  const power = widest(parts.map(([, , exponent]) => exponent));
  return {
    left: widest(parts.map(([whole]) => whole)),
    right: power + 1 + digits,
    write: (x, left) => {
      const [whole, fraction, exponent] = scientific(x, single, digits, digits);
      const sized = exponent[0] + exponent.slice(1).padStart(power - 1, "0");
      return `${whole.padStart(left)}.${fraction}e${sized}`;
    },
  };
}

function pointFormat(finite: readonly number[], single: boolean): FloatFormat {
  const parts = finite.map((x) => positional(x, single, precision));
  const right = widest(parts.map(([, fraction]) => fraction));
  return {
    left: widest(parts.map(([whole]) => whole)),
    right,
    write: (x, left) => {
      const [whole, fraction] = positional(x, single, precision);
      return `${whole.padStart(left)}.${fraction.padEnd(right)}`;
    },
  };
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, text.length), 0);
}

/** Characters before the point, where a word that is no number has to have room too. */
function widened({ left, right }: FloatFormat, shown: readonly number[]): number {
  return shown
    .filter((x) => !Number.isFinite(x))
    .reduce((most, x) => Math.max(most, (x < 0 ? 4 : 3) - right - 1), left);
}
