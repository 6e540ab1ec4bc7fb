import { Bytes, type ValueType, valueType } from "./encoder.js";
import { opcodes } from "./opcodes.js";

/** A local variable of a function. */
export type Local = number;

/** The body of a function, written instruction by instruction, and its variables. */
export class Code {
  readonly body = new Bytes();
  readonly #parameters: number;
  readonly #locals: ValueType[] = [];
  readonly #constants = new Map<string, Local>();

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  get locals(): readonly ValueType[] {
    return this.#locals;
  }

  local(type: keyof typeof valueType): Local {
    this.#locals.push(valueType[type]);
    return this.#parameters + this.#locals.length - 1;
  }

  get(local: Local): this {
    this.body.byte(0x20).unsigned(local);
    return this;
  }

  set(local: Local): this {
    this.body.byte(0x21).unsigned(local);
    return this;
  }

  /** Sets it, and leaves the value on the stack. */
  tee(local: Local): this {
    this.body.byte(0x22).unsigned(local);
    return this;
  }

  i32(value: number): this {
    this.body.byte(0x41).signed(value);
    return this;
  }

  /** An instruction without operands of its own. */
  plain(opcode: number): this {
    this.body.byte(opcode);
    return this;
  }

  call(func: number): this {
    this.body.byte(0x10).unsigned(func);
    return this;
  }

  /** An instruction of vectors without operands of its own. */
  vector(opcode: number): this {
    this.body.byte(0xfd).unsigned(opcode);
    return this;
  }

  /** A load or store of a vector or a part of it, at an offset from the address on the stack. */
  memory(opcode: number, offset: number): this {
    this.vector(opcode);
    // an alignment of 1 is always true
    this.body.byte(0x00).unsigned(offset);
    return this;
  }

  /** A load or store of one lane. */
  lane(opcode: number, offset: number, lane: number): this {
    this.memory(opcode, offset);
    this.body.byte(lane);
    return this;
  }

  /** An instruction that names a lane of the vector on the stack. */
  ofLane(opcode: number, lane: number): this {
    this.vector(opcode);
    this.body.byte(lane);
    return this;
  }

  /**
   * A vector that does not change. It is in a variable, which is set before all else: engines make it anew from the code's
   * own numbers each time that it is named, in several instructions, and do so in loops as well.
   */
  constantLocal(bytes: Iterable<number>): Local {
    const key = [...bytes].join();
    let local = this.#constants.get(key);
    if (local === undefined) this.#constants.set(key, (local = this.local("v128")));
    return local;
  }

  /** Puts such a vector on the stack. */
  constant(bytes: Iterable<number>): this {
    return this.get(this.constantLocal(bytes));
  }

  /** The whole body. */
  finish(): Bytes {
    const body = new Bytes();
    for (const [key, local] of this.#constants) {
      body.byte(0xfd).unsigned(opcodes.lanes.constant).append(key.split(",").map(Number));
      body.byte(0x21).unsigned(local);
    }
    return body.append(this.body.toUint8Array());
  }

  /** The bytes of the vector on the stack in another order. */
  shuffle(value: Local, bytes: Iterable<number>): this {
    return this.get(value).get(value).shuffleBoth(bytes);
  }

  /** Chosen bytes of the two vectors on the stack. */
  shuffleBoth(bytes: Iterable<number>): this {
    this.vector(opcodes.lanes.shuffle);
    this.body.append(bytes);
    return this;
  }

  /** Code that `leave(0)` of it goes to the end of. */
  block(content: () => void): this {
    this.body.byte(0x02, 0x40);
    content();
    this.body.byte(0x0b);
    return this;
  }

  /** Code that `leave(0)` of it begins anew. */
  loop(content: () => void): this {
    this.body.byte(0x03, 0x40);
    content();
    this.body.byte(0x0b);
    return this;
  }

  /** Code that is passed over if the number on the stack is 0. */
  when(content: () => void): this {
    this.body.byte(0x04, 0x40);
    content();
    this.body.byte(0x0b);
    return this;
  }

  /** Goes to the end of an enclosing block, or to the beginning of a loop. */
  leave(depth: number): this {
    this.body.byte(0x0c).unsigned(depth);
    return this;
  }

  /** The same, if the number on the stack is not 0. */
  leaveIf(depth: number): this {
    this.body.byte(0x0d).unsigned(depth);
    return this;
  }
}

/** Instructions of 32-bit integers. */
export const i32code = {
  ne: 0x47,
  leU: 0x4d,
  ltU: 0x49,
  geU: 0x4f,
  add: 0x6a,
  and: 0x71,
  shl: 0x74,
  sub: 0x6b,
  mul: 0x6c,
  divU: 0x6e,
  remU: 0x70,
} as const;
