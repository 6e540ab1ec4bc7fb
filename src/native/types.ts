/**
 * C types, as a signature names them.
 *
 * @module
 */

/** A whole number of so many bits. */
export interface IntegerType {
  readonly kind: "integer";
  /** As it was written: `"unsigned int"`. */
  readonly name: string;
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
}

/** `void`, `bool`, `float` or `double`. */
export interface SimpleType {
  readonly kind: "void" | "bool" | "float" | "double";
  readonly name: string;
}

/** What a pointer parameter is for: the callee reads it, writes it, or both. */
export type Direction = "in" | "out" | "inout";

/** The address of something. */
export interface PointerType {
  readonly kind: "pointer";
  readonly to: CType;
  /** Whether what it points to is `const`. */
  readonly isConst: boolean;
}

/** A struct that a program has described. */
export interface StructShape {
  readonly kind: "struct";
  readonly name: string;
  readonly members: readonly { readonly name: string; readonly type: CType }[];
}

/** A type that is only known by its name; a pointer to it can be passed on. */
export interface OpaqueType {
  readonly kind: "opaque";
  readonly name: string;
}

/** So many of a type, one behind the other; in a struct. */
export interface ArrayType {
  readonly kind: "array";
  readonly of: CType;
  readonly length: number;
}

/** A function, of which only pointers are passed. */
export interface FunctionType {
  readonly kind: "function";
  readonly returns: CType;
  readonly parameters: readonly Parameter[];
}

/** Any type of C that can be used here. */
export type CType =
  | IntegerType
  | SimpleType
  | PointerType
  | StructShape
  | OpaqueType
  | ArrayType
  | FunctionType;

/** A parameter of a function. */
export interface Parameter {
  /** Empty where the signature has none. */
  readonly name: string;
  readonly type: CType;
  readonly direction: Direction;
}

/** A C function as its signature describes it. */
export interface Prototype extends FunctionType {
  readonly name: string;
}

const words64 = !["arm", "ia32", "mips", "mipsel", "ppc", "s390"].includes(process.arch);
const wordBits = words64 ? 64 : 32;
/** Windows alone has `long`s of 32 bits on 64-bit machines. */
const longBits = process.platform === "win32" ? 32 : wordBits;

const integers: Readonly<Record<string, readonly [bits: IntegerType["bits"], signed: boolean]>> = {
  char: [8, true],
  "signed char": [8, true],
  "unsigned char": [8, false],
  short: [16, true],
  "unsigned short": [16, false],
  int: [32, true],
  "unsigned int": [32, false],
  long: [longBits, true],
  "unsigned long": [longBits, false],
  "long long": [64, true],
  "unsigned long long": [64, false],
  int8_t: [8, true],
  uint8_t: [8, false],
  int16_t: [16, true],
  uint16_t: [16, false],
  int32_t: [32, true],
  uint32_t: [32, false],
  int64_t: [64, true],
  uint64_t: [64, false],
  size_t: [wordBits, false],
  ssize_t: [wordBits, true],
  ptrdiff_t: [wordBits, true],
  intptr_t: [wordBits, true],
  uintptr_t: [wordBits, false],
  ushort: [16, false],
  uint: [32, false],
  ulong: [longBits, false],
  pid_t: [32, true],
  uid_t: [32, false],
  gid_t: [32, false],
  off_t: [wordBits, true],
  time_t: [wordBits, true],
};

const simple: Readonly<Record<string, SimpleType["kind"]>> = {
  void: "void",
  bool: "bool",
  _Bool: "bool",
  float: "float",
  double: "double",
};

/** Names of all types that are there without being described. */
export const builtinNames: readonly string[] = [...Object.keys(simple), ...Object.keys(integers)];

/** The type of a name in its usual form, such as `"unsigned long"`. */
export function builtinType(name: string): IntegerType | SimpleType | undefined {
  if (Object.hasOwn(simple, name)) return { kind: simple[name]!, name };
  if (!Object.hasOwn(integers, name)) return undefined;
  const [bits, signed] = integers[name]!;
  return { kind: "integer", name, bits, signed };
}

/** Whether a type is the bytes of text or of memory. */
export const isByte = (type: CType): boolean => type.kind === "integer" && type.bits === 8;

/** Whether a type is `char`, of which strings are made. */
export const isChar = (type: CType): boolean => type.kind === "integer" && type.name === "char";

/** A type as C writes it. */
export function inC(type: CType): string {
  if (type.kind === "pointer") {
    const target = inC(type.to);
    return `${type.isConst ? "const " : ""}${target}${target.endsWith("*") ? "" : " "}*`;
  }
  if (type.kind === "array") return `${inC(type.of)}[${type.length}]`;
  if (type.kind === "function")
    return `${inC(type.returns)} (${type.parameters.map(({ type }) => inC(type)).join(", ")})`;
  return type.name;
}
