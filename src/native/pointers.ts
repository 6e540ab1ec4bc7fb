/**
 * What a program may give for a pointer: memory, whose elements are of the type that the signature names; an address that
 * C gave; lists of numbers, which are copied; null.
 *
 * @module
 */
import { isTypedArray, makeTypedArray, type TypedArray } from "../futures/typed-arrays.js";
import type { CallState } from "./call-state.js";
import { insteadOfNone } from "./empty-memory.js";
import { isBuffer, isDetached, isResizable, isTypedMemory, viewName } from "./memory.js";
import { arrayClassOf, asResult, scalarCheck, setElement } from "./numbers.js";
import { type Refuse, refuser } from "./refuse.js";
import { type CType, inC, isByte, isChar, type Parameter, type PointerType } from "./types.js";

/** Checks a value and makes of it what koffi takes. */
export type Convert = (value: unknown, state: CallState) => unknown;

/** Which memory is taken. */
interface Wanted {
  /** In words, for errors. */
  readonly text: string;
  /** Whether a view's elements are of the right type. */
  takes(view: TypedArray | DataView): boolean;
  /** Whether memory without a type is taken. */
  readonly untyped: boolean;
  /** Whether C may write there. */
  readonly written: boolean;
}

const highest = 2n ** 64n - 1n;

/** An address as C gives it, or null. */
export const isAddress = (value: unknown): value is bigint | null =>
  value === null || (typeof value === "bigint" && value >= 0n && value <= highest);

/** For a pointer that is neither to a struct, a function nor a list of strings. */
export function memoryConverter(
  { type, direction }: Parameter & { type: PointerType },
  what: string,
): Convert {
  const refuse = refuser(what);
  const wanted = wantedFor(type, direction !== "in");
  const lists =
    scalarCheck(type.to) || type.to.kind === "pointer" ? listConverter(type.to, direction, what) : undefined;
  const takesText = isChar(type.to) && type.isConst;
  const ArrayClass = arrayClassOf(type.to);
  return (value, state) => {
    // by far the most frequent case, which needs none of the rest
    if (ArrayClass && value instanceof ArrayClass && value.length > 0 && !state.isAsync) return value;
    if (isAddress(value)) return value;
    if (takesText && typeof value === "string") return checkText(value, refuse);
    if (lists && Array.isArray(value)) return lists(value, state);
    const view = memoryOf(value, wanted, state, what, refuse);
    return view ?? refuse(value, wanted.text + adviceFor(value, type));
  };
}

/** The memory behind a value; undefined if it is none. @throws InvalidArgumentError for memory that can't be used. */
export function memoryOf(
  value: unknown,
  wanted: Wanted,
  state: CallState,
  what: string,
  refuse: Refuse,
): TypedArray | DataView | undefined {
  let view = value;
  if (isTypedMemory(value)) {
    if (value.contiguous === false)
      return refuse(
        value,
        "an array whose elements lie in C's order one behind the other; give a copy of this view",
      );
    view = value.typed;
  }
  if (isBuffer(view) && wanted.untyped) view = new Uint8Array(view);
  if (!ArrayBuffer.isView(view)) return undefined;
  const array = view as TypedArray | DataView;
  if (!wanted.takes(array)) return refuse(value, wanted.text);
  if (isDetached(array))
    return refuse(value, `memory that is still there; the buffer of this ${viewName(array)} was transferred`);
  if (state.isAsync && isResizable(array)) {
    return refuse(
      value,
      "memory that stays as it is while another thread uses it; a resizable ArrayBuffer may shrink. Copy it, or call without submit",
    );
  }
  if (array.byteLength === 0) return insteadOfNone(value, wanted.written, state, what, refuse);
  state.keep(array, what);
  return array;
}

/** For memory of a struct or of something unknown: bytes, at least so many. */
export function bytesWanted(type: CType, least: number, written: boolean): Wanted {
  const size = least > 0 ? ` of at least ${least} bytes` : "";
  return {
    text: `an address or a Uint8Array${size} (${inC(type)} *)`,
    takes: (view) => view.byteLength >= least && (!isTypedArray(view) || view.BYTES_PER_ELEMENT === 1),
    untyped: true,
    written,
  };
}

function wantedFor({ to, isConst }: PointerType, written: boolean): Wanted {
  const inWords = `${isConst ? "const " : ""}${inC(to)} *`;
  if (to.kind === "void")
    return {
      text: `a typed array, a buffer, an address or null (${inWords})`,
      takes: () => true,
      untyped: true,
      written,
    };
  if (isByte(to)) {
    const text = isConst && isChar(to) ? "a string, " : "";
    return {
      text: `${text}an array of bytes (Uint8Array), an address or null (${inWords})`,
      takes: (view) => !isTypedArray(view) || view.BYTES_PER_ELEMENT === 1,
      untyped: true,
      written,
    };
  }
  const ArrayClass = arrayClassOf(to);
  if (!ArrayClass) return bytesWanted(to, 0, written);
  return {
    text: `a ${ArrayClass.name}, a list, an address or null (${inWords})`,
    takes: (view) => view instanceof ArrayClass,
    untyped: false,
    written,
  };
}

/** What one who gave such a value can do. */
function adviceFor(value: unknown, { to, isConst }: PointerType): string {
  if (typeof value === "number") return "; a pointer is given as bigint, NULL as null";
  if (value === undefined) return "; NULL is null";
  if (isBuffer(value)) return "; make a view of the buffer that says which type its elements have";
  if (typeof value !== "string") return "";
  if (isChar(to) && !isConst)
    return "; C may write there, so give a Uint8Array with room, or declare it const char *";
  return "; text is given to a const char * parameter, or as bytes with a zero at the end";
}

export function checkText(text: string, refuse: Refuse): string {
  return text.includes("\0")
    ? refuse(text, "a string without the character of code 0, where C would take it to end; give it as bytes")
    : text;
}

/** A JavaScript array of numbers: copied, and copied back where C may write. */
function listConverter(
  to: CType,
  direction: Parameter["direction"],
  what: string,
): (list: unknown[], state: CallState) => unknown {
  const ArrayClass = arrayClassOf(to)!;
  const check = scalarCheck(to) ?? addressCheck;
  return (list, state) => {
    if (list.length === 0) return emptyList(list, direction, state, what);
    const copy = makeTypedArray(ArrayClass, list.length);
    if (direction !== "out") {
      for (let at = 0; at < list.length; at++) {
        const checked = check(list[at], refuser(`${what}[${at}]`));
        setElement(copy, at, checked ?? 0);
      }
    }
    if (direction !== "in") {
      if (Object.isFrozen(list)) refuser(what)(list, "a list that can be changed: C may write there");
      state.afterwards(() => {
        for (let at = 0; at < copy.length; at++) list[at] = fromElement(to, copy[at]!);
      });
    }
    state.keep(copy, what);
    return copy;
  };
}

/** A list without an element, into which nothing could be copied back. */
export function emptyList(
  list: readonly unknown[],
  direction: Parameter["direction"],
  state: CallState,
  what: string,
): Uint8Array {
  const refuse = refuser(what);
  if (direction === "in") return insteadOfNone(list, false, state, what, refuse);
  return refuse(
    list,
    "a list with an element for each that C may write, such as [0]; null, where C is told that there are none",
  );
}

const addressCheck = (value: unknown, refuse: Refuse): unknown =>
  isAddress(value) ? value : refuse(value, "an address (a bigint that C gave) or null");

function fromElement(type: CType, element: number | bigint): unknown {
  if (type.kind === "bool") return element !== 0;
  if (type.kind === "pointer") return BigInt(element) === 0n ? null : BigInt(element);
  return asResult(element);
}
