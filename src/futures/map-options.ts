import { inThisContext } from "../async-context.js";
import { InvalidArgumentError } from "../errors.js";
import { checkLimits } from "../sync/wait-options.js";
import { checkBoolean, checkFunction, checkInteger, checkOneOf, checkOptions } from "../validate.js";
import { checkInto, type TypedArray, type TypedArrayConstructor } from "./typed-arrays.js";

/** How far a `map` has come. */
export interface MapProgress {
  /** Items whose task is settled. */
  readonly done: number;
  /** Of these, the failed ones. */
  readonly failed: number;
  /** Items read from the input so far. */
  readonly started: number;
  /** Number of items, when known: `total`, or the length of an array. */
  readonly total: number | undefined;
}

/** How a `map` reads, groups and delivers. */
export interface MapOptions {
  /** true: results in the order of the items. false: as they complete. Default true. */
  readonly ordered?: boolean | undefined;
  /** Items sent to a worker in one go; each still settles by itself. Default `"auto"`. */
  readonly chunksize?: number | "auto" | undefined;
  /**
   * Items read ahead of what was consumed, at least 1: what makes infinite inputs work. Default 256. Where
   * workers take many items at once and these are small, as many as keep the workers busy: at most 65,536
   * for each task that may run at once, and 1 MiB of them as packed for a message. An array is in memory
   * anyway: of its items eight times as many may be under way.
   */
  readonly buffersize?: number | undefined;
  /** `"throw"`: the first failure ends the stream. `"settle"`: results are `PromiseSettledResult`s. Default `"throw"`. */
  readonly errors?: "throw" | "settle" | undefined;
  /** Limit in ms from the call of `map` to the last result. */
  readonly timeout?: number | undefined;
  /** Ends the stream and aborts what runs. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each settled item. */
  readonly onProgress?: ((progress: MapProgress) => void) | undefined;
  /** Number of items, where the input does not tell. */
  readonly total?: number | undefined;
}

/** Options of a `map` whose results go to a typed array. */
export interface MapIntoOptions<I extends TypedArray | TypedArrayConstructor> extends MapOptions {
  /**
   * Where awaiting puts the results, each at the place of its item: a typed array that is long enough, or a
   * class of them for a new one. One in shared memory is filled by the workers, without copies. It may be the
   * items themselves, but not lie across them.
   */
  readonly into: I;
  readonly errors?: "throw" | undefined;
}

/** Options of `forEach`. */
export type ForEachOptions = Omit<MapOptions, "ordered">;

/** Options of `reduce`. */
export interface ReduceOptions<R> extends Omit<MapOptions, "errors"> {
  /** Stands in front of the first result. */
  readonly initial?: R | undefined;
}

/** Items read ahead where the caller does not say. */
const defaultBuffersize = 256;

/** Checked options of a `map`, defaults filled in. */
export interface CheckedMapOptions {
  readonly ordered: boolean;
  readonly chunksize: number | "auto";
  readonly buffersize: number;
  /** As the caller gave it. */
  readonly givenBuffersize: number | undefined;
  readonly errors: "throw" | "settle";
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: MapProgress) => void) | undefined;
  readonly total: number | undefined;
  /** Where results go; undefined: an ordinary array. */
  readonly into: TypedArray | TypedArrayConstructor | undefined;
}

/**
 * Checks the options of a `map` and fills in the defaults.
 * @throws InvalidArgumentError that names the option, the value and what is wanted.
 */
export function validateMapOptions(
  options: MapOptions | MapIntoOptions<TypedArray | TypedArrayConstructor> | undefined,
): CheckedMapOptions {
  checkOptions("options", options);
  const {
    ordered = true,
    chunksize = "auto",
    buffersize = defaultBuffersize,
    errors = "throw",
    onProgress,
    total,
  } = options ?? {};
  checkBoolean("ordered", ordered);
  if (typeof chunksize === "string") checkOneOf("chunksize", chunksize, ["auto"]);
  else checkInteger("chunksize", chunksize, 1);
  checkInteger("buffersize", buffersize, 1, true);
  checkOneOf("errors", errors, ["throw", "settle"]);
  const { timeout, signal } = checkLimits(options ?? {});
  if (onProgress !== undefined) checkFunction("onProgress", onProgress);
  if (total !== undefined) checkInteger("total", total, 0);
  const given = options && "into" in options ? options.into : undefined;
  const into = given === undefined ? undefined : checkInto(given);
  if (into && errors === "settle") {
    throw new InvalidArgumentError("errors", errors, '"throw" where results go into a typed array');
  }
  const givenBuffersize = options?.buffersize;
  return {
    into,
    ordered,
    chunksize,
    buffersize,
    givenBuffersize,
    errors,
    timeout,
    signal,
    onProgress: onProgress && inThisContext(onProgress),
    total,
  };
}
