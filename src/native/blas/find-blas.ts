/**
 * The system's BLAS: the fastest that is there.
 *
 * @module
 */
import { LibraryLoadError } from "../../errors.js";
import { checkInteger } from "../../validate.js";
import { decodeString } from "../decode.js";
import { type Library, load } from "../library.js";
import type { NativeFunction } from "../native-function.js";
import { type Gemm, gemmOf } from "./gemm.js";
import { type Lapack, lapackOf } from "./lapack.js";

/** How many threads a BLAS uses for one call; of the whole process. */
export interface BlasThreads {
  get(): number;
  /** @throws InvalidArgumentError for less than 1. */
  set(threads: number): void;
}

/** A BLAS that was found. */
export interface Blas {
  /** For functions that are not here; its whole numbers have 32 bits. */
  readonly library: Library;
  /** `"OpenBLAS"`, `"BLIS"`, `"Accelerate"`, or `"BLAS"` for the reference implementation and those like it. */
  readonly name: string;
  /** Its file, where the system tells it; else the name under which it was found. */
  readonly path: string;
  /** Where it tells one. */
  readonly version: string | undefined;
  /** Where it can be told. In workers that share the cores, 1 is best. */
  readonly threads: BlasThreads | undefined;
  /** It has the functions of CBLAS, `cblas_…`. */
  readonly cblas: true;
  /** Whether it has those of LAPACKE too. */
  readonly lapacke: boolean;
  /** Product of matrices of doubles, row by row. */
  readonly dgemm: NativeFunction<(product: Gemm<Float64Array>) => void>;
  /** Product of matrices of floats, row by row. */
  readonly sgemm: NativeFunction<(product: Gemm<Float32Array>) => void>;
  /** LAPACK, where it or a library beside it has it. */
  readonly lapack: Lapack | undefined;
}

const accelerate = "/System/Library/Frameworks/Accelerate.framework/Accelerate";

/** The faster ones first. Debian's and Fedora's names, Homebrew's paths. */
const places: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ["libopenblas.so.0", "openblas", "blis", "libcblas.so.3", "libblas.so.3", "cblas", "blas"],
  darwin: [accelerate, "openblas", "blis"],
  win32: ["openblas"],
};

let found: { readonly asked: string | undefined; readonly blas: Blas | undefined } | undefined;

/**
 * Looks for a BLAS with CBLAS's functions: OpenBLAS, Accelerate, BLIS, the reference implementation. The first call loads
 * it, which starts the threads that it has of its own.
 *
 * The environment variable `UNGIL_BLAS` names another one, by name or path, or is `none` to have none.
 * @returns undefined where there is none, and on systems where koffi is not installed it throws.
 * @throws LibraryLoadError if `UNGIL_BLAS` names a library that can't be used; MissingDependencyError without koffi.
 * @example
 * const blas = findBlas();
 * blas?.dgemm({ m: 2, n: 2, k: 2, a, b, c });
 * await blas?.dgemm.submit({ m: 2_000, n: 2_000, k: 2_000, a, b, c }); // the event loop goes on
 */
export function findBlas(): Blas | undefined {
  const asked = process.env["UNGIL_BLAS"] || undefined;
  if (!found || found.asked !== asked) found = { asked, blas: find(asked) };
  return found.blas;
}

function find(asked: string | undefined): Blas | undefined {
  if (asked === "none") return undefined;
  if (asked !== undefined) {
    const library = load(asked);
    const fault = faultOf(library);
    if (fault === undefined) return describe(library);
    const tried = [{ file: library.path, reason: fault }];
    throw new LibraryLoadError(asked, tried, "set UNGIL_BLAS to a library that can be used, or unset it");
  }
  for (const place of places[process.platform] ?? places.linux!) {
    const library = loadIfThere(place);
    if (library && faultOf(library) === undefined) return describe(library);
  }
  return undefined;
}

function loadIfThere(name: string): Library | undefined {
  try {
    return load(name);
  } catch (error) {
    if (error instanceof LibraryLoadError) return undefined;
    throw error;
  }
}

/** Why a library can't be used as a BLAS. */
function faultOf(library: Library): string | undefined {
  if (!library.has("cblas_dgemm") || !library.has("cblas_sgemm"))
    return "it has no cblas_dgemm and cblas_sgemm";
  const isWide = configOf(library)?.includes("USE64BITINT");
  return isWide ? "its whole numbers have 64 bits, and those of CBLAS's usual interface 32" : undefined;
}

/** What OpenBLAS says of itself. */
function configOf(library: Library): string | undefined {
  if (!library.has("openblas_get_config")) return undefined;
  return library.func("const char *openblas_get_config(void)")() ?? undefined;
}

function describe(library: Library): Blas {
  const beside = library.has("dgesv_") ? library : loadIfThere("liblapack.so.3");
  return Object.freeze({
    library,
    ...identityOf(library),
    path: fileOf(library),
    threads: threadsOf(library),
    cblas: true as const,
    lapacke: library.has("LAPACKE_dgesv"),
    dgemm: gemmOf<Float64Array>(library, "d"),
    sgemm: gemmOf<Float32Array>(library, "s"),
    lapack: beside && lapackOf(beside),
  });
}

function identityOf(library: Library): Pick<Blas, "name" | "version"> {
  const config = configOf(library);
  if (config !== undefined) return { name: "OpenBLAS", version: /OpenBLAS (\S+)/.exec(config)?.[1] };
  if (library.has("bli_info_get_version_str")) {
    const version = library.func("const char *bli_info_get_version_str(void)")();
    return { name: "BLIS", version: version ?? undefined };
  }
  return { name: library.path === accelerate ? "Accelerate" : "BLAS", version: undefined };
}

function threadsOf(library: Library): BlasThreads | undefined {
  const [get, set] = library.has("openblas_set_num_threads")
    ? ["openblas_get_num_threads", "openblas_set_num_threads"]
    : ["bli_thread_get_num_threads", "bli_thread_set_num_threads"];
  if (!library.has(get) || !library.has(set)) return undefined;
  // BLIS counts in integers of 64 bits
  const count = set.startsWith("bli") ? "int64_t" : "int";
  const read = library.func<() => number>(`${count} ${get}(void)`);
  const write = library.func<(threads: number) => undefined>(`void ${set}(${count} threads)`);
  return { get: read, set: (threads) => write(checkInteger("threads", threads, 1)) };
}

/** The file that a library was loaded from, as the system's linker knows it. */
function fileOf(library: Library): string {
  const system = load(null);
  if (!system.has("dladdr")) return library.path;
  // its first part is the file's name; the others are of no use here
  const info = new BigUint64Array(4);
  const dladdr = system.func("int dladdr(void *address, _Out_ void *info)");
  if (dladdr(library.symbol("cblas_dgemm"), info) === 0 || info[0] === 0n) return library.path;
  return decodeString(info[0]!);
}
