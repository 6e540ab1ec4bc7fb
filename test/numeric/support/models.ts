/** What operations on elements answer, number by number: JavaScript does it, slowly. */
import type { DType } from "ungil/numeric";

/** Types of integers with their ranges. */
export const integerRanges: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  uint16: [0, 2 ** 16 - 1],
  int8: [-128, 127],
  uint8: [0, 255],
};

export const allTypes: readonly DType[] = [
  "float64",
  "float32",
  "int32",
  "uint32",
  "int16",
  "uint16",
  "int8",
  "uint8",
  "bool",
];

export const isFloat = (dtype: DType): boolean => dtype === "float64" || dtype === "float32";

/** An integer cut to what its type holds. */
export function wrapped(dtype: DType, value: number): number {
  const range = integerRanges[dtype];
  if (!range)
    return dtype === "bool" ? Number(value !== 0) : dtype === "float32" ? Math.fround(value) : value;
  const count = range[1] - range[0] + 1;
  return ((((value - range[0]) % count) + count) % count) + range[0];
}

const integerProduct = (a: number, b: number): number => Number(BigInt.asIntN(32, BigInt(a) * BigInt(b)));

const pythonRemainder = (a: number, b: number): number => {
  const rest = a % b;
  if (rest === 0) return Object.is(b, -0) || b < 0 ? -0 : 0;
  return rest < 0 !== b < 0 ? rest + b : rest;
};

/** @param round - to the type that each step is computed in. */
function pythonQuotient(a: number, b: number, round: (x: number) => number): number {
  if (b === 0) return a / b;
  const rest = a % b;
  let quotient = round(round(a - rest) / b);
  if (rest !== 0 && rest < 0 !== b < 0) quotient = round(quotient - 1);
  if (quotient === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
  const down = Math.floor(quotient);
  return round(quotient - down) > 0.5 ? round(down + 1) : down;
}

const exactly = (x: number): number => x;

type Model = (a: number, b: number, dtype: DType) => number;

/** Operations whose result is of the operands' common type. */
export const promotedModels: Readonly<Record<string, Model>> = {
  add: (a, b, dtype) => (dtype === "bool" ? a | b : a + b),
  subtract: (a, b) => a - b,
  multiply: (a, b, dtype) => (isFloat(dtype) || dtype === "bool" ? a * b : integerProduct(a, b)),
  minimum: (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? NaN : a < b ? a : b),
  maximum: (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? NaN : a > b ? a : b),
  fmin: (a, b) => (Number.isNaN(b) || a <= b ? a : b),
  fmax: (a, b) => (Number.isNaN(b) || a >= b ? a : b),
  floorDivide: (a, b, dtype) =>
    isFloat(dtype)
      ? pythonQuotient(a, b, dtype === "float32" ? Math.fround : exactly)
      : b === 0
        ? 0
        : Math.floor(a / b),
  remainder: (a, b, dtype) =>
    isFloat(dtype) ? pythonRemainder(a, b) : b === 0 ? 0 : a - Math.floor(a / b) * b,
  fmod: (a, b, dtype) => (isFloat(dtype) || b !== 0 ? a % b : 0),
};

/** Operations that answer truth values. */
export const truthModels: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
  logicalAnd: (a, b) => a !== 0 && b !== 0,
  logicalOr: (a, b) => a !== 0 || b !== 0,
  logicalXor: (a, b) => (a !== 0) !== (b !== 0),
};

/** Operations on bits. */
export const bitModels: Readonly<Record<string, Model>> = {
  bitwiseAnd: (a, b) => a & b,
  bitwiseOr: (a, b) => a | b,
  bitwiseXor: (a, b) => a ^ b,
};

/** Functions of one real number, with how many steps of float64 and float32 they may be away from JavaScript's. */
export const realModels: Readonly<Record<string, readonly [(x: number) => number, number, number]>> = {
  sqrt: [Math.sqrt, 0, 0],
  cbrt: [Math.cbrt, 1, 1],
  exp: [Math.exp, 2, 2],
  exp2: [(x) => 2 ** x, 3, 3],
  expm1: [Math.expm1, 3, 3],
  log: [Math.log, 2, 2],
  log2: [Math.log2, 2, 2],
  log10: [Math.log10, 3, 3],
  log1p: [Math.log1p, 2, 2],
  sin: [Math.sin, 4, 4],
  cos: [Math.cos, 4, 4],
  tan: [Math.tan, 3, 3],
  arcsin: [Math.asin, 2, 2],
  arccos: [Math.acos, 2, 2],
  arctan: [Math.atan, 2, 2],
  sinh: [Math.sinh, 3, 3],
  cosh: [Math.cosh, 3, 3],
  tanh: [Math.tanh, 3, 3],
  arcsinh: [Math.asinh, 3, 3],
  arccosh: [Math.acosh, 3, 3],
  arctanh: [Math.atanh, 3, 3],
};

/** Rounding, and questions about a number. */
export const exactModels: Readonly<Record<string, (x: number) => number>> = {
  negative: (x) => -x,
  absolute: Math.abs,
  square: (x) => x * x,
  sign: Math.sign,
  reciprocal: (x) => 1 / x,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  rint: (x) => {
    const down = Math.floor(x);
    const rest = x - down;
    const even = down % 2 === 0 ? down : down + 1;
    const rounded = rest < 0.5 ? down : rest > 0.5 ? down + 1 : rest === 0.5 ? even : x;
    return rounded === 0 ? (x < 0 || Object.is(x, -0) ? -0 : 0) : rounded;
  },
};
