import { type DType, dtypes } from "../dtype.js";
import { type Code, i32code, type Local } from "./code.js";
import { type Lanes, opcodes } from "./opcodes.js";

/** How the elements of an operand lie in a row: one after the other, one for all, at any distance, or not: a number. */
export type Pattern = "contiguous" | "same" | "strided" | "number";

/** An array that a kernel reads or writes. */
export interface OperandType {
  readonly dtype: DType;
  readonly pattern: Pattern;
}

/** The variables for an operand in the code of a kernel. */
export interface OperandVariables extends OperandType {
  readonly pointer: Local;
  /** For strided ones: the distance in bytes. */
  readonly stride: Local;
  /** For inputs that are the same for a row: the vector. */
  readonly value: Local;
}

/** The lanes in which elements of a type are computed with. */
export function lanesOf(dtype: DType): Lanes {
  if (dtype === "float64") return "f64";
  if (dtype === "float32") return "f32";
  return dtype === "bool" ? "m32" : "i32";
}

const { memory, convert } = opcodes;

const byItemsize = {
  1: { splat: memory.load8Splat, lane: memory.load8Lane, storeLane: memory.store8Lane },
  2: { splat: memory.load16Splat, lane: memory.load16Lane, storeLane: memory.store16Lane },
  4: { splat: memory.load32Splat, lane: memory.load32Lane, storeLane: memory.store32Lane },
  8: { splat: memory.load64Splat, lane: memory.load64Lane, storeLane: memory.store64Lane },
} as const;

const sizeOf = (dtype: DType): keyof typeof byItemsize => dtypes[dtype].itemsize as keyof typeof byItemsize;

/** Puts so many elements on the stack, from the pointer and `step` elements on, in the lanes of their type. */
export function emitLoad(code: Code, operand: OperandVariables, elements: number, step: number): void {
  const { dtype, pattern, pointer, stride } = operand;
  if (pattern === "same" || pattern === "number") {
    code.get(operand.value);
    return;
  }
  const size = sizeOf(dtype);
  const { splat, lane } = byItemsize[size];
  if (pattern === "contiguous") {
    const bytes = elements * size;
    const offset = step * size;
    code.get(pointer);
    if (bytes === 16) code.memory(memory.load, offset);
    else if (bytes === 8) code.memory(memory.load64Zero, offset);
    else if (bytes === 4) code.memory(memory.load32Zero, offset);
    else code.memory(byItemsize[bytes as 1 | 2].splat, offset);
  } else {
    const address = code.local("i32");
    const at = (index: number): Code =>
      code.get(pointer).get(stride).i32(index).plain(i32code.mul).plain(i32code.add);
    at(step).memory(splat, 0);
    for (let index = 1; index < elements; index++) {
      const vector = code.local("v128");
      code.set(vector);
      at(step + index).set(address);
      code.get(address).get(vector).lane(lane, 0, index);
    }
  }
  emitWidening(code, dtype);
}

/** Makes the operand that is the same for a row ready. */
export function emitSame(code: Code, { dtype, pointer, value }: OperandVariables): void {
  code.get(pointer).memory(byItemsize[sizeOf(dtype)].splat, 0);
  emitWidening(code, dtype);
  code.set(value);
}

/** Makes a number, which is on the stack as float64, an operand. */
export function emitNumber(code: Code, { dtype, value }: OperandVariables): void {
  const { lanes } = opcodes;
  if (dtype === "float64") code.vector(lanes.splatF64);
  else if (dtype === "float32") code.plain(f32Demote).vector(lanes.splatF32);
  else {
    code.vector(lanes.splatF64).vector(dtype === "uint32" ? convert.i32FromF64U : convert.i32FromF64S);
    code.set(value).get(value).ofLane(lanes.extractI32, 0).vector(lanes.splatI32);
    if (dtype === "bool") code.constant(new Uint8Array(16)).vector(opcodes.i32.ne);
  }
  code.set(value);
}

/** `f32.demote_f64` */
const f32Demote = 0xb6;

/** From elements as they are in memory to lanes. */
function emitWidening(code: Code, dtype: DType): void {
  const { itemsize, kind } = dtypes[dtype];
  const signed = kind === "signed";
  if (itemsize === 1) code.vector(signed ? convert.i16FromI8S : convert.i16FromI8U);
  if (itemsize <= 2) code.vector(signed ? convert.i32FromI16S : convert.i32FromI16U);
  // whatever a byte is but 0, it is true
  if (kind === "bool") code.constant(new Uint8Array(16)).vector(opcodes.i32.ne);
}

const packed16 = [0, 1, 4, 5, 8, 9, 12, 13, 0, 1, 4, 5, 8, 9, 12, 13];
const packed8 = [0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12];
const one = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0];

/** Stores so many elements, which are in this variable in the lanes of their type. */
export function emitStore(
  code: Code,
  operand: OperandVariables,
  value: Local,
  elements: number,
  step: number,
): void {
  const { dtype, pattern, pointer, stride } = operand;
  const size = sizeOf(dtype);
  if (dtype === "bool") code.get(value).constant(one).vector(opcodes.bits.and).set(value);
  if (pattern !== "contiguous" || elements === 1) {
    const lanesApart = Math.max(1, 4 / size);
    for (let index = 0; index < elements; index++) {
      if (pattern === "contiguous") code.get(pointer).get(value);
      else
        code
          .get(pointer)
          .get(stride)
          .i32(step + index)
          .plain(i32code.mul)
          .plain(i32code.add)
          .get(value);
      const offset = pattern === "contiguous" ? (step + index) * size : 0;
      code.lane(byItemsize[size].storeLane, offset, index * lanesApart);
    }
    return;
  }
  if (size <= 2) code.shuffle(value, size === 2 ? packed16 : packed8).set(value);
  const bytes = elements * size;
  code.get(pointer).get(value);
  if (bytes === 16) code.memory(memory.store, step * size);
  else code.lane(byItemsize[bytes as 2 | 4 | 8].storeLane, step * size, 0);
}

/** So many truth values are stored at a time. */
export const packedElements = 16;

/**
 * Stores sixteen truth values at the pointer. They are in these variables as masks, so many elements in each: in lanes of
 * 64 bits, or of 32 bits in the lower lanes.
 */
export function emitPackedStore(
  code: Code,
  { pointer }: OperandVariables,
  masks: readonly Local[],
  lanes: Lanes,
  elements: number,
): void {
  const pairs = (values: readonly Local[], join: () => void): Local[] =>
    Array.from({ length: values.length / 2 }, (_none, k) => {
      const joined = code.local("v128");
      code.get(values[2 * k]!).get(values[2 * k + 1]!);
      join();
      code.set(joined);
      return joined;
    });
  // cut to half their size, masks stay masks: of lanes of 64 bits they become those of 32
  const narrowed = (values: readonly Local[], opcode: number): Local[] =>
    pairs(values, () => code.vector(opcode));
  let values = masks;
  if (lanes === "m64") values = narrowed(values, convert.i16FromI32S);
  else if (elements === 2) values = pairs(values, () => code.shuffleBoth(lowerHalves));
  const [packed] = narrowed(narrowed(values, convert.i16FromI32S), convert.i8FromI16S);
  code.get(pointer).get(packed!).constant(ones8).vector(opcodes.bits.and).memory(memory.store, 0);
}

const lowerHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const ones8 = new Uint8Array(16).fill(1);
