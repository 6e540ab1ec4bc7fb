/**
 * Writes WebAssembly modules: the parts of the binary format that kernels made at run time are of. By the specification
 * of WebAssembly 2.0, chapter 5.
 *
 * @module
 */

/** Types of values, as the format has them. */
export const valueType = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

export type ValueType = (typeof valueType)[keyof typeof valueType];

/** A function's type: what it takes, and what it answers. */
export interface FunctionType {
  readonly takes: readonly ValueType[];
  readonly answers: readonly ValueType[];
}

/** A function that a module imports. */
export interface ImportedFunction extends FunctionType {
  readonly module: string;
  readonly name: string;
}

/** Bytes of a module or a part of it. */
export class Bytes {
  readonly #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  byte(...values: number[]): this {
    this.#bytes.push(...values);
    return this;
  }

  /** An unsigned number in LEB128. */
  unsigned(value: number): this {
    let rest = value;
    while (rest >= 128) {
      this.#bytes.push((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.#bytes.push(rest);
    return this;
  }

  /** A signed number of 32 bits in LEB128. */
  signed(value: number): this {
    let rest = value;
    for (;;) {
      const low = rest & 127;
      rest >>= 7;
      if ((rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0)) {
        this.#bytes.push(low);
        return this;
      }
      this.#bytes.push(low + 128);
    }
  }

  text(value: string): this {
    const bytes = new TextEncoder().encode(value);
    return this.unsigned(bytes.length).append(bytes);
  }

  append(bytes: Iterable<number>): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  /** Another part, with its length before it. */
  part(content: Bytes): this {
    return this.unsigned(content.length).append(content.#bytes);
  }

  toUint8Array(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

const section = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;

/** The memory's limits, as the import has to say them: shared, of any size up to 65,536 pages. */
const memoryLimits = [0x02, 0x03, 0x00] as const;

/** A module of one function, which is exported as `kernel`, over an imported memory. */
export function moduleOf(
  type: FunctionType,
  locals: readonly ValueType[],
  body: Bytes,
  imports: readonly ImportedFunction[],
): Uint8Array {
  const module = new Bytes().byte(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
  const add = (id: number, content: Bytes): void => void module.byte(id).part(content);
  const types = new Bytes().unsigned(imports.length + 1);
  for (const { takes, answers } of [...imports, type])
    types
      .byte(0x60)
      .unsigned(takes.length)
      .byte(...takes)
      .unsigned(answers.length)
      .byte(...answers);
  add(section.type, types);
  const imported = new Bytes()
    .unsigned(imports.length + 1)
    .text("env")
    .text("memory");
  imported.byte(...memoryLimits).unsigned(65_536);
  for (const [index, { module, name }] of imports.entries())
    imported.text(module).text(name).byte(0x00).unsigned(index);
  add(section.import, imported);
  add(section.function, new Bytes().unsigned(1).unsigned(imports.length));
  add(section.export, new Bytes().unsigned(1).text("kernel").byte(0x00).unsigned(imports.length));
  const code = new Bytes().unsigned(locals.length);
  for (const local of locals) code.unsigned(1).byte(local);
  code.append(body.toUint8Array()).byte(0x0b);
  add(section.code, new Bytes().unsigned(1).part(code));
  return module.toUint8Array();
}
