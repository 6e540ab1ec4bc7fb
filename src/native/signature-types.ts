/**
 * What a C prototype says in types of TypeScript: read from the text of the signature, where it is a literal.
 *
 * @module
 */
import type { TypedArray } from "../futures/typed-arrays.js";
import type { TypedMemory } from "./memory.js";

/** An address as C gives it; `null` is C's `NULL`. */
export type Pointer = bigint | null;

/** Bytes that C reads or writes in place. */
export type Bytes = Uint8Array | Int8Array | Uint8ClampedArray | DataView | ArrayBuffer | SharedArrayBuffer;

/** Whatever a parameter may be given whose type the signature does not tell to TypeScript. */
export type NativeValue =
  | number
  | bigint
  | boolean
  | string
  | null
  | object
  | TypedArray
  | ((...args: never[]) => unknown);

type Number32 =
  | "char"
  | "signed char"
  | "unsigned char"
  | "short"
  | "unsigned short"
  | "int"
  | "unsigned int"
  | "unsigned"
  | "int8_t"
  | "uint8_t"
  | "int16_t"
  | "uint16_t"
  | "int32_t"
  | "uint32_t"
  | "ushort"
  | "uint"
  | "pid_t"
  | "uid_t"
  | "gid_t"
  | "float"
  | "double";

type Number64 =
  | "long"
  | "unsigned long"
  | "long long"
  | "unsigned long long"
  | "int64_t"
  | "uint64_t"
  | "size_t"
  | "ssize_t"
  | "ptrdiff_t"
  | "intptr_t"
  | "ulong"
  | "off_t"
  | "time_t"
  | "uintptr_t";

/** What a value of a C type is here, if it is no pointer. */
type Scalar<T extends string> = T extends Number32
  ? number
  : T extends Number64
    ? number | bigint
    : T extends "bool" | "_Bool"
      ? boolean
      : NativeValue;

/** The typed arrays that may hold the elements of a type; on Windows a `long` has 32 bits. */
interface ArrayTypes {
  readonly double: Float64Array;
  readonly float: Float32Array;
  readonly short: Int16Array;
  readonly "unsigned short": Uint16Array;
  readonly int: Int32Array;
  readonly "unsigned int": Uint32Array;
  readonly unsigned: Uint32Array;
  readonly int16_t: Int16Array;
  readonly uint16_t: Uint16Array;
  readonly int32_t: Int32Array;
  readonly uint32_t: Uint32Array;
  readonly int64_t: BigInt64Array;
  readonly uint64_t: BigUint64Array;
  readonly "long long": BigInt64Array;
  readonly "unsigned long long": BigUint64Array;
  readonly long: BigInt64Array | Int32Array;
  readonly "unsigned long": BigUint64Array | Uint32Array;
  readonly size_t: BigUint64Array | Uint32Array;
  readonly ssize_t: BigInt64Array | Int32Array;
}

type ByteName = "char" | "signed char" | "unsigned char" | "int8_t" | "uint8_t";

type ListOf<A> = A extends BigInt64Array | BigUint64Array ? readonly (number | bigint)[] : readonly number[];

/** What may be given for a pointer to a type. */
type PointerTo<T extends string, IsConst extends boolean> = T extends keyof ArrayTypes
  ? ArrayTypes[T] | TypedMemory<ArrayTypes[T]> | ListOf<ArrayTypes[T]> | Pointer
  : T extends ByteName
    ?
        | Bytes
        | TypedMemory
        | readonly number[]
        | Pointer
        | (T extends "char" ? (IsConst extends true ? string : never) : never)
    : T extends "void"
      ? TypedArray | DataView | ArrayBuffer | SharedArrayBuffer | TypedMemory | Pointer
      : object | Pointer;

// ── text ────────────────────────────────────────────────────────────────────────────────────────────────

type Space = " " | "\n" | "\t";
type TrimStart<S extends string> = S extends `${Space}${infer R}` ? TrimStart<R> : S;
type TrimEnd<S extends string> = S extends `${infer R}${Space}` ? TrimEnd<R> : S;
type Trim<S extends string> = TrimStart<TrimEnd<S>>;

/** The words of a text. */
type Words<S extends string> =
  Trim<S> extends infer T extends string
    ? T extends ""
      ? []
      : T extends `${infer W}${Space}${infer R}`
        ? [W, ...Words<R>]
        : [T]
    : never;

type Ignored = "const" | "volatile" | "restrict" | "extern" | "static" | "_In_" | "_Out_" | "_Inout_";

type Without<W extends readonly string[]> = W extends readonly [
  infer H extends string,
  ...infer R extends string[],
]
  ? H extends Ignored
    ? Without<R>
    : [H, ...Without<R>]
  : [];

type Has<W extends readonly string[], X extends string> = X extends W[number] ? true : false;

type Join<W extends readonly string[]> = W extends readonly [
  infer H extends string,
  ...infer R extends string[],
]
  ? R extends []
    ? H
    : `${H} ${Join<R>}`
  : "";

type WithoutLast<W extends readonly string[]> = W extends readonly [...infer R extends string[], string]
  ? R
  : [];

type Known = Number32 | Number64 | "bool" | "_Bool" | "void";

/** The type among the words of a parameter, whose last one may be its name. */
type TypeOfWords<W extends readonly string[]> =
  Join<W> extends Known ? Join<W> : Join<WithoutLast<W>> extends Known ? Join<WithoutLast<W>> : string;

// ── parameters and results ──────────────────────────────────────────────────────────────────────────────

/** What is given for a parameter. */
type ParameterValue<P extends string> = P extends `${string}*${string}*${string}`
  ? NativeValue
  : P extends `${infer T}*${string}`
    ? PointerTo<TypeOfWords<Without<Words<T>>>, Has<Words<T>, "const">>
    : P extends `${infer T}[${string}`
      ? PointerTo<TypeOfWords<Without<Words<T>>>, Has<Words<T>, "const">>
      : Scalar<TypeOfWords<Without<Words<P>>>>;

type ParameterValues<S extends string> = S extends `${infer P},${infer R}`
  ? [ParameterValue<P>, ...ParameterValues<R>]
  : [ParameterValue<S>];

/** What is before the name of the function. */
type ResultValue<H extends string> = H extends `${string}*${string}*${string}`
  ? Pointer
  : H extends `${infer T}*${string}`
    ? TypeOfWords<Without<Words<T>>> extends "char"
      ? string | null
      : Pointer
    : TypeOfWords<WithoutLast<Without<Words<H>>>> extends infer T extends string
      ? T extends "void"
        ? undefined
        : string extends T
          ? unknown
          : Scalar<T>
      : never;

type ParametersOf<S extends string> =
  Trim<S> extends "" | "void"
    ? []
    : S extends `${string}(${string}`
      ? // a callback has a list of its own
        NativeValue[]
      : ParameterValues<S>;

/** The text before the last closing parenthesis. */
type Inside<S extends string> =
  Trim<S> extends `${infer R};` ? Inside<R> : Trim<S> extends `${infer R})` ? R : never;

/**
 * The function that a C prototype describes, for the common types. Whole numbers of 64 bits are `number | bigint`: they
 * are numbers where these are exact. Where the text is not known to the compiler, or has types of the program's own, it
 * is more general: `func<(x: number) => number>(signature)` says what TypeScript can't read.
 */
export type FunctionOf<S extends string> = string extends S
  ? (...args: NativeValue[]) => unknown
  : S extends `${infer Head}(${infer Rest}`
    ? (...args: ParametersOf<Inside<Rest>>) => ResultValue<Head>
    : (...args: NativeValue[]) => unknown;

/** What a member of a struct is here, by its C type. */
export type MemberOf<T> = T extends string
  ? T extends `${string}[${string}`
    ? Trim<T> extends `char${string}`
      ? string
      : ArrayLike<number | bigint>
    : T extends `${infer B}*${string}`
      ? TypeOfWords<Without<Words<B>>> extends "char"
        ? string | Pointer
        : Pointer
      : Scalar<TypeOfWords<Without<Words<T>>>>
  : T extends { readonly valueType?: infer V }
    ? V
    : never;
