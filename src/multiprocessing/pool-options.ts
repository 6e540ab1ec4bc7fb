/**
 * The options of a `Pool` and of its methods: types and checks.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.js";
import { executorOptionNames } from "../pool/options.js";
import { checkFunction, checkInteger, checkOneOf, checkOptionNames } from "../validate.js";
import { mostOnWindows, type ProcessPoolExecutorOptions } from "./options.js";

/**
 * Options of a {@link Pool}: Python's arguments in camelCase, and those of a `ProcessPoolExecutor` for which Python
 * has no name.
 */
export interface PoolOptions extends Omit<ProcessPoolExecutorOptions, "maxWorkers" | "maxTasksPerWorker"> {
  /** Most processes at once. Default `os.availableParallelism()`. */
  readonly processes?: number | undefined;
  /** Tasks after which a process is replaced; each item of a map is one. Default: never. Python: `maxtasksperchild`. */
  readonly maxTasksPerChild?: number | undefined;
}

/** Who is told of a result: exactly one of both is called, once, in the async context of the call. */
export interface PoolCallbacks<R> {
  /** Called with the result. One that throws becomes a process warning. */
  readonly callback?: ((result: R) => void) | undefined;
  /** Called with what the work threw, which then counts as seen. Python: `error_callback`. */
  readonly errorCallback?: ((error: unknown) => void) | undefined;
}

/** Options of `map` and `starmap` of a {@link Pool}. */
export interface PoolMapOptions {
  /**
   * Items sent to a process in one go; each still succeeds or fails by itself. Default `"auto"`: as many as are
   * measured to be worth a message, where Python takes a quarter of what each process would have.
   */
  readonly chunksize?: number | "auto" | undefined;
}

/** Options of `mapAsync` and `starmapAsync` of a {@link Pool}. */
export interface PoolMapAsyncOptions<R> extends PoolMapOptions, PoolCallbacks<R> {}

/** Options of `imap` and `imapUnordered` of a {@link Pool}. */
export interface PoolImapOptions extends PoolMapOptions {
  /**
   * Items read ahead of the results that were taken, as of an executor's `map`. `Infinity` reads all that there are,
   * as Python does. Default: bounded.
   */
  readonly buffersize?: number | undefined;
}

const ownNames = ["processes", "maxTasksPerChild"];
const renamed = {
  maxWorkers: "new Pool({ processes })",
  maxTasksPerWorker: "new Pool({ maxTasksPerChild })",
  maxtasksperchild: "new Pool({ maxTasksPerChild })",
};
const optionNames = [...ownNames, ...executorOptionNames.filter((name) => !Object.hasOwn(renamed, name))];

let unnamed = 0;

/**
 * The options of the executor behind a pool.
 * @throws InvalidArgumentError naming the option as the user wrote it.
 */
export function executorOptionsOf(
  processes: number | PoolOptions | undefined,
  options: Omit<PoolOptions, "processes"> | undefined,
): ProcessPoolExecutorOptions & { readonly name: string } {
  const isOptions = typeof processes === "object" && processes !== null;
  if (isOptions && options !== undefined)
    throw new InvalidArgumentError("options", options, "left out where the first argument is the options");
  const given: PoolOptions = (isOptions ? processes : options) ?? {};
  checkOptionNames("options", given, optionNames, renamed);
  const { processes: named, maxTasksPerChild, name, ...rest } = given;
  if (!isOptions && named !== undefined)
    throw new InvalidArgumentError("options.processes", named, "left out where it is the first argument");
  const maxWorkers = isOptions ? named : processes;
  if (maxWorkers !== undefined) {
    checkInteger("processes", maxWorkers, 1);
    if (process.platform === "win32" && maxWorkers > mostOnWindows)
      throw new InvalidArgumentError("processes", maxWorkers, `at most ${mostOnWindows} on Windows`);
  }
  if (maxTasksPerChild !== undefined) checkInteger("maxTasksPerChild", maxTasksPerChild, 1, true);
  return {
    ...rest,
    maxWorkers,
    maxTasksPerWorker: maxTasksPerChild,
    name: name ?? `Pool-${unnamed++}`,
  };
}

const callbackNames = ["callback", "errorCallback"];

/** @throws InvalidArgumentError */
export function checkCallbacks(options: PoolCallbacks<never>): void {
  checkOptionNames("options", options, callbackNames);
  checkEachCallback(options);
}

/** @throws InvalidArgumentError */
export function checkMapAsyncOptions(options: PoolMapAsyncOptions<never>): void {
  checkOptionNames("options", options, ["chunksize", ...callbackNames]);
  checkChunksize(options);
  checkEachCallback(options);
}

/** @throws InvalidArgumentError */
export function checkMapOptions(options: PoolMapOptions): void {
  checkOptionNames("options", options, ["chunksize"]);
  checkChunksize(options);
}

/** @throws InvalidArgumentError */
export function checkImapOptions(options: PoolImapOptions): void {
  checkOptionNames("options", options, ["chunksize", "buffersize"]);
  checkChunksize(options);
  if (options.buffersize !== undefined) checkInteger("buffersize", options.buffersize, 1, true);
}

function checkEachCallback({ callback, errorCallback }: PoolCallbacks<never>): void {
  if (callback !== undefined) checkFunction("callback", callback);
  if (errorCallback !== undefined) checkFunction("errorCallback", errorCallback);
}

function checkChunksize({ chunksize }: PoolMapOptions): void {
  if (typeof chunksize === "string") checkOneOf("chunksize", chunksize, ["auto"]);
  else if (chunksize !== undefined) checkInteger("chunksize", chunksize, 1);
}
