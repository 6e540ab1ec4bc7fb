/**
 * Shared libraries and their functions.
 *
 * @module
 */
import {
  InvalidArgumentError,
  type LibraryAttempt,
  LibraryLoadError,
  SymbolNotFoundError,
} from "../errors.js";
import { noteKoffiFile } from "../koffi.js";
import { type PortableReference, portable, registerReviver } from "../portable.js";
import { checkBoolean, checkOptionNames } from "../validate.js";
import { Binding, hasSymbol } from "./binding.js";
import { type KoffiLibrary, koffi, koffiFile } from "./koffi.js";
import { candidatesFor } from "./library-names.js";
import { createNativeFunction, type NativeFunction } from "./native-function.js";
import { parsePrototype } from "./parse.js";
import type { FunctionOf } from "./signature-types.js";
import type { Prototype } from "./types.js";

/** How a function is called. */
export interface FunctionOptions {
  /**
   * Whether each call gives C's `errno` too: as `{ result, errno }`. It says something only where the result says that
   * the call has failed; `util.getSystemErrorName(-errno)` has its name. Default false.
   */
  readonly errno?: boolean | undefined;
}

/** What a call of a function with `errno: true` returns. */
export interface WithErrno<R> {
  readonly result: R;
  /** C's `errno` as the call left it; 0 where it was not touched, except after a call that was submitted. */
  readonly errno: number;
}

type ErrnoFunction<F extends (...args: never[]) => unknown> = (
  ...args: Parameters<F>
) => WithErrno<ReturnType<F>>;

const libraryReviver = "ungil.native.library";
const functionReviver = "ungil.native.function";

/** Functions that have come from elsewhere. */
const revived = new Map<string, NativeFunction<(...args: never[]) => unknown>>();

let makeLibrary: (name: string | null, path: string, library: KoffiLibrary) => Library;

/** A shared library, whose functions can be called. It stays loaded as long as the process runs. */
export class Library {
  /** The name or path under which the system's linker found it; `"(program)"` for what is loaded already. */
  readonly path: string;
  /** As it was asked for. */
  readonly #name: string | null;
  readonly #library: KoffiLibrary;

  private constructor(name: string | null, path: string, library: KoffiLibrary) {
    this.#name = name;
    this.path = path;
    this.#library = library;
  }

  /** Whether the library has a function or a variable of the name. */
  has(symbol: string): boolean {
    return hasSymbol(this.#library, symbol);
  }

  /**
   * The address of a function or a variable, for `decode` or to be passed on.
   * @throws SymbolNotFoundError
   */
  symbol(name: string): bigint {
    if (!this.has(name)) throw new SymbolNotFoundError(name, this.path);
    return this.#library.symbol(name);
  }

  /**
   * Binds a function of the library. That the signature is the function's own nobody can check: with another one C
   * reads arguments that are not there.
   *
   * Called, the function runs on this thread. `submit` runs it on another, outside of the isolate.
   * @param signature - its prototype as in the header, such as `"double pow(double x, double y)"`. A type parameter says
   *   what TypeScript can't read from it: `func<(a: Point) => number>("double norm(Point a)")`.
   * @throws InvalidArgumentError for a signature that is none, or has an unknown type; SymbolNotFoundError.
   */
  func<const S extends string>(
    signature: S,
    options: FunctionOptions & { readonly errno: true },
  ): NativeFunction<ErrnoFunction<FunctionOf<S>>>;
  func<F extends (...args: never[]) => unknown>(
    signature: string,
    options: FunctionOptions & { readonly errno: true },
  ): NativeFunction<ErrnoFunction<F>>;
  func<const S extends string>(signature: S, options?: FunctionOptions): NativeFunction<FunctionOf<S>>;
  func<F extends (...args: never[]) => unknown>(
    signature: string,
    options?: FunctionOptions,
  ): NativeFunction<F>;
  func(signature: string, options: FunctionOptions = {}): NativeFunction<(...args: never[]) => unknown> {
    const prototype = parsePrototype(signature);
    checkOptionNames("options", options, ["errno"]);
    const { errno = false } = options;
    checkBoolean("errno", errno);
    return this.#bind(prototype, errno);
  }

  #bind(prototype: Prototype, errno: boolean): NativeFunction<(...args: never[]) => unknown> {
    const binding = new Binding(this.#library, this.path, prototype, errno);
    const data = { library: this.#name, prototype, errno };
    return createNativeFunction(binding, () => reference(functionReviver, data));
  }

  static {
    makeLibrary = (name, path, library) => new Library(name, path, library);
    // a task that captures one, or is given it, loads it where it runs
    Object.defineProperty(this.prototype, portable, {
      value(this: Library): PortableReference {
        return reference(libraryReviver, { library: this.#name });
      },
    });
    registerReviver(libraryReviver, (data) => revivedLibrary(data as Travelling));
    registerReviver(functionReviver, (data) => {
      const { library, prototype, errno } = data as TravellingFunction;
      // koffi keeps the types of a function for ever: one that comes with each task is bound once
      const key = JSON.stringify([library, prototype, errno]);
      const known = revived.get(key);
      if (known) return known;
      const bound = revivedLibrary(data as Travelling).#bind(prototype, errno);
      revived.set(key, bound);
      return bound;
    });
  }
}

/** What travels of a library, and where koffi is. */
interface Travelling {
  readonly library: string | null;
  readonly koffi: string;
}

interface TravellingFunction extends Travelling {
  readonly prototype: Prototype;
  readonly errno: boolean;
}

const reference = (reviver: string, data: object): PortableReference => ({
  reviver,
  entry: "native",
  data: { ...data, koffi: koffiFile() },
});

function revivedLibrary({ library, koffi: file }: Travelling): Library {
  noteKoffiFile(file);
  return load(library);
}

const loaded = new Map<string | null, Library>();

/**
 * Loads a shared library.
 * @param library - a name as a linker takes it (`"m"`, `"z"`, `"openblas"`), a file name or a path; `null` for what this
 *   process has loaded already, the C library among it.
 * @throws LibraryLoadError, whose `tried` has all that was looked for; MissingDependencyError without koffi.
 * @example
 * const cos = load("m").func("double cos(double x)");
 */
export function load(library: string | null): Library {
  if (library !== null && (typeof library !== "string" || library === "" || library.includes("\0")))
    throw new InvalidArgumentError(
      "library",
      library,
      'a name such as "z", a path, or null for this process',
    );
  const known = loaded.get(library);
  if (known) return known;
  const made = library === null ? makeLibrary(null, "(program)", koffi().load(null)) : find(library);
  loaded.set(library, made);
  return made;
}

function find(name: string): Library {
  const { load } = koffi();
  const tried: LibraryAttempt[] = [];
  for (const file of new Set(candidatesFor(name))) {
    try {
      return makeLibrary(name, file, load(file));
    } catch (error) {
      tried.push({ file, reason: reasonOf(error, file) });
    }
  }
  throw new LibraryLoadError(name, tried, "install it, or give the path of its file");
}

/** What the linker said, without what is said already. */
function reasonOf(error: unknown, file: string): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^Failed to load shared library: /, "").replace(`${file}: `, "");
}
