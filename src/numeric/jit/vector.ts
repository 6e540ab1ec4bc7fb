/**
 * What a kernel computes, as a graph of operations on vectors of 128 bits. A node is one value for each element; how many
 * elements are in a vector is the kernel's business: 2 where anything in it has 64 bits, else 4, in the lower lanes.
 *
 * @module
 */
import { hasRelaxedSimd } from "../kernels/webassembly.js";
import { type Lanes, opcodes, type VectorLanes } from "./opcodes.js";

/** A node of the graph. */
export interface Vector {
  readonly lanes: Lanes;
  readonly form: Form;
}

/** How a node comes about. */
export type Form =
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "constant"; readonly bytes: Uint8Array }
  | { readonly kind: "op"; readonly opcode: number; readonly args: readonly Vector[] }
  | { readonly kind: "shift"; readonly opcode: number; readonly value: Vector; readonly by: number }
  | { readonly kind: "shuffle"; readonly bytes: readonly number[]; readonly value: Vector }
  /** A function of the built kernels, called for each lane. */
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Vector[] }
  /** What a table of the built kernels has; see {@link lookup}. */
  | {
      readonly kind: "lookup";
      readonly table: string;
      readonly entries: number;
      readonly words: number;
      readonly word: number;
      readonly index: Vector;
    }
  /** `usual` in the mask, else `rare`, which is computed only where an element is outside. */
  | { readonly kind: "either"; readonly mask: Vector; readonly usual: Vector; readonly rare: Vector };

const node = (lanes: Lanes, form: Form): Vector => ({ lanes, form });

/** A number in every lane. */
export function constant(lanes: VectorLanes, value: number | bigint): Vector {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < 16; at += lanes.endsWith("64") ? 8 : 4) {
    if (lanes === "f64") view.setFloat64(at, Number(value), true);
    else if (lanes === "f32") view.setFloat32(at, Number(value), true);
    else if (lanes === "i64") view.setBigInt64(at, BigInt(value), true);
    else view.setInt32(at, Number(value), true);
  }
  return node(lanes, { kind: "constant", bytes });
}

/** The elements of an input: in lanes of float64 and float32 for these, else of 32 bits; a mask for booleans. */
export const input = (lanes: Lanes, index: number): Vector => node(lanes, { kind: "input", index });

/** A function of the built kernels for each element; its parameters and result have the lanes' type. */
export const call = (lanes: "f64" | "f32" | "i32", name: string, ...args: Vector[]): Vector =>
  node(lanes, { kind: "call", name, args });

/** A table of lanes of 64 bits. */
export interface Table {
  /** The built kernels' function that answers where it is. */
  readonly name: string;
  /** How many there are, a power of two; and of how many words each, another one. */
  readonly entries: number;
  readonly words: number;
}

/** A word of the entry that the lower bits of lanes of 64 bits say; higher bits are passed over. */
export const lookup = ({ name, entries, words }: Table, index: Vector, word: number): Vector =>
  node("f64", { kind: "lookup", table: name, entries, words, word, index });

/** `usual` for elements in the mask, else `rare`, which is computed only if there is one. */
export const either = (mask: Vector, usual: Vector, rare: Vector): Vector =>
  node(usual.lanes, { kind: "either", mask, usual, rare });

const op = (lanes: Lanes, opcode: number, ...args: Vector[]): Vector =>
  node(lanes, { kind: "op", opcode, args });

const shift = (lanes: Lanes, opcode: number, value: Vector, by: number): Vector =>
  node(lanes, { kind: "shift", opcode, value, by });

type Unary = (a: Vector) => Vector;
type Binary = (a: Vector, b: Vector) => Vector;
type Ternary = (a: Vector, b: Vector, c: Vector) => Vector;

/** Operations on floating-point lanes. */
export interface FloatLanes {
  readonly lanes: "f64" | "f32";
  readonly mask: "m64" | "m32";
  readonly of: (value: number) => Vector;
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly div: Binary;
  /** a b + c, rounded once where the engine can do that in one step, else twice. */
  readonly madd: Ternary;
  /** c - a b, in the same way. */
  readonly nmadd: Ternary;
  /** NaN where either is, as Math.min. */
  readonly min: Binary;
  readonly max: Binary;
  /** b where b < a, else a: one instruction, for values that are known not to be NaN. */
  readonly pmin: Binary;
  readonly pmax: Binary;
  readonly abs: Unary;
  readonly neg: Unary;
  readonly sqrt: Unary;
  readonly floor: Unary;
  readonly ceil: Unary;
  readonly trunc: Unary;
  /** To the nearest integer, ties to even. */
  readonly nearest: Unary;
  readonly eq: Binary;
  readonly ne: Binary;
  readonly lt: Binary;
  readonly gt: Binary;
  readonly le: Binary;
  readonly ge: Binary;
}

function floatLanes(lanes: "f64" | "f32", mask: "m64" | "m32"): FloatLanes {
  const codes = opcodes[lanes];
  const unary =
    (opcode: number): Unary =>
    (a) =>
      op(lanes, opcode, a);
  const binary =
    (opcode: number, to: Lanes = lanes): Binary =>
    (a, b) =>
      op(to, opcode, a, b);
  return {
    lanes,
    mask,
    of: (value) => constant(lanes, value),
    add: binary(codes.add),
    sub: binary(codes.sub),
    mul: binary(codes.mul),
    div: binary(codes.div),
    madd: (a, b, c) =>
      hasRelaxedSimd
        ? op(lanes, codes.relaxedMadd, a, b, c)
        : op(lanes, codes.add, op(lanes, codes.mul, a, b), c),
    nmadd: (a, b, c) =>
      hasRelaxedSimd
        ? op(lanes, codes.relaxedNmadd, a, b, c)
        : op(lanes, codes.sub, c, op(lanes, codes.mul, a, b)),
    min: binary(codes.min),
    max: binary(codes.max),
    pmin: binary(codes.pmin),
    pmax: binary(codes.pmax),
    abs: unary(codes.abs),
    neg: unary(codes.neg),
    sqrt: unary(codes.sqrt),
    floor: unary(codes.floor),
    ceil: unary(codes.ceil),
    trunc: unary(codes.trunc),
    nearest: unary(codes.nearest),
    eq: binary(codes.eq, mask),
    ne: binary(codes.ne, mask),
    lt: binary(codes.lt, mask),
    gt: binary(codes.gt, mask),
    le: binary(codes.le, mask),
    ge: binary(codes.ge, mask),
  };
}

export const f64: FloatLanes = floatLanes("f64", "m64");
export const f32: FloatLanes = floatLanes("f32", "m32");

const { i32: words, i64: longs, bits, convert } = opcodes;

/** Operations on lanes of 32 bits; which of the pairs is right depends on how the value is meant. */
export const i32 = {
  of: (value: number): Vector => constant("i32", value),
  add: (a: Vector, b: Vector): Vector => op("i32", words.add, a, b),
  sub: (a: Vector, b: Vector): Vector => op("i32", words.sub, a, b),
  mul: (a: Vector, b: Vector): Vector => op("i32", words.mul, a, b),
  neg: (a: Vector): Vector => op("i32", words.neg, a),
  abs: (a: Vector): Vector => op("i32", words.abs, a),
  min: (a: Vector, b: Vector, signed: boolean): Vector => op("i32", signed ? words.minS : words.minU, a, b),
  max: (a: Vector, b: Vector, signed: boolean): Vector => op("i32", signed ? words.maxS : words.maxU, a, b),
  eq: (a: Vector, b: Vector): Vector => op("m32", words.eq, a, b),
  ne: (a: Vector, b: Vector): Vector => op("m32", words.ne, a, b),
  lt: (a: Vector, b: Vector, signed: boolean): Vector => op("m32", signed ? words.ltS : words.ltU, a, b),
  le: (a: Vector, b: Vector, signed: boolean): Vector => op("m32", signed ? words.leS : words.leU, a, b),
  shl: (a: Vector, by: number): Vector => shift("i32", words.shl, a, by),
  shr: (a: Vector, by: number, signed: boolean): Vector =>
    shift("i32", signed ? words.shrS : words.shrU, a, by),
};

/** Operations on lanes of 64 bits, for what is done with the bits of float64. */
export const i64 = {
  of: (value: bigint): Vector => constant("i64", value),
  add: (a: Vector, b: Vector): Vector => op("i64", longs.add, a, b),
  sub: (a: Vector, b: Vector): Vector => op("i64", longs.sub, a, b),
  shl: (a: Vector, by: number): Vector => shift("i64", longs.shl, a, by),
  shr: (a: Vector, by: number, signed: boolean): Vector =>
    shift("i64", signed ? longs.shrS : longs.shrU, a, by),
};

/** The same bits, called otherwise. */
export const as = (lanes: Lanes, { form }: Vector): Vector => node(lanes, form);

/** Operations on bits; the result is called as the first argument is. */
export const bit = {
  and: (a: Vector, b: Vector): Vector => op(a.lanes, bits.and, a, b),
  /** a and not b */
  andNot: (a: Vector, b: Vector): Vector => op(a.lanes, bits.andNot, a, b),
  or: (a: Vector, b: Vector): Vector => op(a.lanes, bits.or, a, b),
  xor: (a: Vector, b: Vector): Vector => op(a.lanes, bits.xor, a, b),
  not: (a: Vector): Vector => op(a.lanes, bits.not, a),
};

const lowHalves = [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11];

/** A mask in lanes of the given width. */
export function maskOf(width: "m64" | "m32", mask: Vector): Vector {
  if (mask.lanes === width) return mask;
  return width === "m64"
    ? op("m64", longs.extendLowS, mask)
    : node("m32", { kind: "shuffle", bytes: lowHalves, value: mask });
}

/** One of two values for each element. */
export function select(mask: Vector, yes: Vector, no: Vector): Vector {
  const wide = yes.lanes === "f64" || yes.lanes === "i64" || yes.lanes === "m64";
  return op(yes.lanes, bits.select, yes, no, maskOf(wide ? "m64" : "m32", mask));
}

/** Conversions between kinds of lanes. */
export const to = {
  f64FromF32: (a: Vector): Vector => op("f64", convert.f64FromF32, a),
  f64FromI32: (a: Vector, signed: boolean): Vector =>
    op("f64", signed ? convert.f64FromI32S : convert.f64FromI32U, a),
  f32FromF64: (a: Vector): Vector => op("f32", convert.f32FromF64, a),
  f32FromI32: (a: Vector, signed: boolean): Vector =>
    op("f32", signed ? convert.f32FromI32S : convert.f32FromI32U, a),
  i32FromF64: (a: Vector, signed: boolean): Vector =>
    op("i32", signed ? convert.i32FromF64S : convert.i32FromF64U, a),
  i32FromF32: (a: Vector, signed: boolean): Vector =>
    op("i32", signed ? convert.i32FromF32S : convert.i32FromF32U, a),
};
