/**
 * A C function with its arguments checked: how it is called on this thread, and made ready for another.
 *
 * @module
 */
import { InvalidArgumentError, SymbolNotFoundError } from "../errors.js";
import { CallState } from "./call-state.js";
import { callbackConverter } from "./callbacks.js";
import { type KoffiFunction, type KoffiLibrary, koffi } from "./koffi.js";
import { isStringList, parameterType, resultType } from "./koffi-types.js";
import { scalarCheck } from "./numbers.js";
import { type Convert, checkText, isAddress, memoryConverter } from "./pointers.js";
import { refuser } from "./refuse.js";
import { structConverter, structPointerConverter } from "./struct-values.js";
import { inC, type Parameter, type PointerType, type Prototype } from "./types.js";

/** What a call that ran elsewhere tells: how it was left. */
export type Told = (outcome: { readonly value: unknown } | { readonly error: unknown }) => void;

/** Native code as this chapter calls it. */
export interface NativeCode {
  readonly name: string;
  /** How many arguments it takes. */
  readonly arity: number;
  /** Calls it on this thread. @throws InvalidArgumentError before the call. */
  call(args: readonly unknown[]): unknown;
  /**
   * Checks and copies the arguments for a call on another thread.
   * @returns what starts it; it keeps memory alive until it has told.
   * @throws InvalidArgumentError
   */
  prepare(args: readonly unknown[]): (told: Told) => void;
}

/** A function of a library. */
export class Binding implements NativeCode {
  readonly name: string;
  readonly arity: number;
  readonly #prototype: Prototype;
  readonly #native: KoffiFunction;
  readonly #convert: readonly Convert[];
  readonly #withErrno: boolean;

  /**
   * @param file - of the library, for errors.
   * @throws SymbolNotFoundError if the library does not have it.
   */
  constructor(library: KoffiLibrary, file: string, prototype: Prototype, withErrno: boolean) {
    const { name, returns, parameters } = prototype;
    this.name = name;
    this.arity = parameters.length;
    this.#prototype = prototype;
    this.#withErrno = withErrno;
    this.#convert = parameters.map((parameter, at) => converterOf(parameter, whatOf(parameter, at, name)));
    // asked for by itself: what koffi says of a bad type is something else
    if (!hasSymbol(library, name)) throw new SymbolNotFoundError(name, file);
    this.#native = library.func(name, resultType(returns), parameters.map(parameterType));
  }

  call(args: readonly unknown[]): unknown {
    const state = new CallState(false);
    const converted = this.#converted(args, state);
    if (!this.#withErrno) {
      const value = callWith(this.#native, converted);
      state.returned();
      return value;
    }
    const { errno } = koffi();
    errno(0);
    const result = callWith(this.#native, converted);
    const number = errno();
    state.returned();
    return { result, errno: number };
  }

  prepare(args: readonly unknown[]): (told: Told) => void {
    const state = new CallState(true);
    const converted = this.#converted(args, state);
    return (told) => {
      const returned = (error: unknown, result: unknown): void => {
        const errno = this.#withErrno ? koffi().errno() : 0;
        let outcome: Parameters<Told>[0];
        try {
          // also where koffi has an error: what was kept alive is let go here
          state.returned();
          outcome = error ? { error } : { value: this.#withErrno ? { result, errno } : result };
        } catch (failure) {
          outcome = { error: failure };
        }
        told(outcome);
      };
      try {
        state.begins();
        this.#native.async(...converted, returned);
      } catch (error) {
        told({ error });
      }
    };
  }

  #converted(args: readonly unknown[], state: CallState): unknown[] {
    const convert = this.#convert;
    if (args.length !== convert.length) {
      const list = this.#prototype.parameters
        .map(({ type, name }) => `${inC(type)} ${name}`.trim())
        .join(", ");
      throw new InvalidArgumentError(
        `the arguments of ${this.name}`,
        args,
        (convert.length === 0 ? "none" : `${convert.length} (${list})`) +
          (args.length === convert.length + 1
            ? "; if this is in a map: it gives its function the index too"
            : ""),
      );
    }
    const converted = new Array<unknown>(convert.length);
    for (let at = 0; at < convert.length; at++) converted[at] = convert[at]!(args[at], state);
    return converted;
  }
}

/** `native(...args)`, which takes twice as long where the number of arguments is not written down. */
function callWith(native: KoffiFunction, args: readonly unknown[]): unknown {
  switch (args.length) {
    case 0:
      return native();
    case 1:
      return native(args[0]);
    case 2:
      return native(args[0], args[1]);
    case 3:
      return native(args[0], args[1], args[2]);
    case 4:
      return native(args[0], args[1], args[2], args[3]);
    case 5:
      return native(args[0], args[1], args[2], args[3], args[4]);
    default:
      return native(...args);
  }
}

/** Whether a library has a function or variable of the name. */
export function hasSymbol(library: KoffiLibrary, name: string): boolean {
  try {
    library.symbol(name);
    return true;
  } catch {
    return false;
  }
}

function whatOf(parameter: Parameter, at: number, name: string): string {
  const place = `argument ${at + 1} of ${name}`;
  return parameter.name === "" ? place : `${parameter.name} (${place})`;
}

function converterOf(parameter: Parameter, what: string): Convert {
  const { type } = parameter;
  const refuse = refuser(what);
  const scalar = scalarCheck(type);
  if (scalar) return (value) => scalar(value, refuse);
  if (type.kind === "struct") return structConverter(type, what);
  const pointer = parameter as Parameter & { type: PointerType };
  const { to } = pointer.type;
  if (to.kind === "function") return callbackConverter(to, what);
  if (to.kind === "struct") return structPointerConverter(pointer, what);
  return isStringList(parameter) ? stringListConverter(what) : memoryConverter(pointer, what);
}

/** `const char **`: strings, and null where C looks for the end. */
function stringListConverter(what: string): Convert {
  const refuse = refuser(what);
  return (value) => {
    if (isAddress(value)) return value;
    if (!Array.isArray(value)) return refuse(value, "a list of strings, an address or null");
    const texts = value.map((each: unknown, at) => {
      const place = refuser(`${what}[${at}]`);
      if (each === null) return null;
      return typeof each === "string" ? checkText(each, place) : place(each, "a string or null");
    });
    // one more than was given, where C may look for the end
    return [...texts, null];
  };
}
