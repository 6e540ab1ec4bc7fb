/**
 * Every error class of ungil. Each has a stable `code` (`ERR_UNGIL_…`, documented in docs/errors.md) and a
 * brand, so that `instanceof` holds for errors made by another thread, another process or another copy of
 * the package. The brand by registered symbol follows undici's error classes.
 *
 * @module
 */

/** What every error class of ungil can carry besides its message. */
export interface UngilErrorOptions {
  /** The error, or the abort reason, that led to this one. */
  readonly cause?: unknown;
}

const brandOf = (className: string): symbol => Symbol.for(`ungil.error.${className}`);

/** Base of all errors that ungil itself raises. Catch it to tell ungil's errors from those of a task. */
export class UngilError extends Error {
  /** Stable identifier, documented in docs/errors.md. */
  readonly code: string;

  constructor(message: string, code: string, options: UngilErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
  }

  /** For logs: JSON of an error would else hold neither its name nor its message. */
  toJSON(): Record<string, unknown> {
    return {
      name: this.name,
      message: this.message,
      ...(Object.fromEntries(Object.entries(this)) as object),
    };
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== "object" || value === null) return false;
    const ownBrand = Object.hasOwn(this, classBrand)
      ? (this as unknown as BrandedClass)[classBrand]
      : undefined;
    try {
      if (ownBrand !== undefined) return (value as Record<symbol, unknown>)[ownBrand] === true;
      return this.prototype.isPrototypeOf(value);
    } catch {
      // a proxy that refuses to be looked at, or was revoked: what a task throws may be anything
      return false;
    }
  }
}

const classBrand = Symbol("ungil.error.brand");
interface BrandedClass {
  readonly [classBrand]: symbol;
}

/** A call with an argument or option that can't be used. Thrown from the call, before any work starts. */
export class InvalidArgumentError extends UngilError {
  /** Name of the argument or option, as the caller wrote it: `"maxWorkers"`, `"options.timeout"`. */
  readonly argument: string;
  /** What was given. */
  readonly value: unknown;

  constructor(argument: string, value: unknown, expected: string, options: UngilErrorOptions = {}) {
    super(`${argument} must be ${expected}, got ${describe(value)}`, "ERR_UNGIL_INVALID_ARGUMENT", options);
    this.argument = argument;
    this.value = value;
  }

  /** Without the value, which may be anything: the message describes it. */
  override toJSON(): Record<string, unknown> {
    const { value: _value, ...rest } = super.toJSON();
    return rest;
  }
}

/** The work was cancelled: by `cancel`, `abort`, an `AbortSignal`, or a shutdown. `cause` is the reason given. */
export class CancelledError extends UngilError {
  constructor(message = "the work was cancelled", options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_CANCELLED", options);
  }
}

/** A time limit passed: of a wait (the work goes on), of a running task, or of a deadline. */
export class TimeoutError extends UngilError {
  constructor(message = "the time limit passed", options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_TIMEOUT", options);
  }
}

/** A future was settled or started, or a process used, in a state that does not allow it. The first outcome is kept. */
export class InvalidStateError extends UngilError {
  constructor(message: string, options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_INVALID_STATE", options);
  }
}

/** The executor no longer takes work: `shutdown` or `terminate` was called. */
export class ShutdownError extends UngilError {
  constructor(message = "cannot schedule new futures after shutdown", options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_SHUTDOWN", options);
  }
}

/** An executor's queue holds `maxQueue` tasks already, or a queue its `maxsize`. */
export class QueueFullError extends UngilError {
  constructor(message: string, options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_QUEUE_FULL", options);
  }
}

/** A queue has no item to take without waiting. */
export class QueueEmptyError extends UngilError {
  constructor(message: string, options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_QUEUE_EMPTY", options);
  }
}

/** A queue was shut down: nothing can be put in any more, and nothing is left to be taken. */
export class QueueShutDownError extends UngilError {
  constructor(message = "the queue is shut down", options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_QUEUE_SHUT_DOWN", options);
  }
}

/** A `SharedMap` has no room for another entry, or for a longer one. */
export class MapFullError extends UngilError {
  constructor(message: string, options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_MAP_FULL", options);
  }
}

/** A barrier was reset or aborted while others were waited for, or is broken. */
export class BrokenBarrierError extends UngilError {
  constructor(message: string, options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_BROKEN_BARRIER", options);
  }
}

/** Nothing more comes from the other end of a pipe: all who had it have closed it or ended. Python's `EOFError`. */
export class EOFError extends UngilError {
  constructor(
    message = "the other end of the pipe is closed: nothing more comes",
    options: UngilErrorOptions = {},
  ) {
    super(message, "ERR_UNGIL_EOF", options);
  }
}

/** Nobody can receive any more what is sent into a pipe. Python's `BrokenPipeError`. */
export class BrokenPipeError extends UngilError {
  constructor(
    message = "the other end of the pipe is closed: nobody receives",
    options: UngilErrorOptions = {},
  ) {
    super(message, "ERR_UNGIL_BROKEN_PIPE", options);
  }
}

/** A message is longer than the buffer that it was to be received into. Python's `BufferTooShort`. */
export class BufferTooShortError extends UngilError {
  /** The message, which is in the pipe no longer. */
  readonly bytes: Uint8Array;

  constructor(message: string, bytes: Uint8Array, options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_BUFFER_TOO_SHORT", options);
    this.bytes = bytes;
  }
}

/** What a {@link CaptureError} knows beyond its message. */
export interface CaptureDetails extends UngilErrorOptions {
  /** Name of the submitted function, `"(anonymous)"` where it has none. */
  readonly functionName: string;
  /** `file:line:column` of the function that holds the offending variable, where known. */
  readonly location?: string | undefined;
  /** The chain of variables and properties that leads to the value: ``["`task`", "`options`", ".socket"]``. */
  readonly path: readonly string[];
  /** What to do instead, as a sentence. */
  readonly advice?: string | undefined;
}

/** A function can't be sent to another isolate as it is. The message names the variable's path and the remedy. */
export class CaptureError extends UngilError {
  /** Name of the submitted function, `"(anonymous)"` where it has none. */
  readonly functionName: string;
  /** `file:line:column` of the function that holds the offending variable, where known. */
  readonly location: string | undefined;
  /** The chain of variables and properties that leads to the value. */
  readonly path: readonly string[];
  /** What to do instead, as a sentence. */
  readonly advice: string | undefined;

  constructor(reason: string, details: CaptureDetails) {
    const advice = details.advice ? ` ${details.advice}.` : "";
    const location = details.location ? `\n    function at ${details.location}` : "";
    super(
      `cannot send function to a worker: ${details.path.join(" → ")}: ${reason}.${advice}${location}`,
      "ERR_UNGIL_CAPTURE",
      details,
    );
    this.functionName = details.functionName;
    this.location = details.location;
    this.path = details.path;
    this.advice = details.advice;
  }
}

/** An argument, a result or an error can't be sent. `path` leads to the offending value. */
export class SerializationError extends UngilError {
  /** Where the offending value is: `"result.handlers[0].run"`, `"argument 1"`. */
  readonly path: string;

  constructor(message: string, path: string, options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_SERIALIZATION", options);
    this.path = path;
  }
}

/** Why a worker ended. */
export type WorkerExitReason = "exit" | "signal" | "out-of-memory" | "terminated" | "unresponsive";

/** What a {@link WorkerExitError} knows of the worker's end. */
export interface WorkerExitDetails extends UngilErrorOptions {
  readonly reason: WorkerExitReason;
  /** Exit code, where the worker had one. */
  readonly exitCode?: number | undefined;
  /** Signal that ended a process worker. */
  readonly signal?: string | undefined;
  /** Name of the task that this error settles. */
  readonly task?: string | undefined;
  /** The last lines the worker wrote to its stderr, where they were captured. */
  readonly stderrTail?: string | undefined;
}

/** The worker that ran the task ended before the task did: `process.exit`, a crash, memory, or from outside. */
export class WorkerExitError extends UngilError {
  readonly reason: WorkerExitReason;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly task: string | undefined;
  readonly stderrTail: string | undefined;

  constructor(message: string, details: WorkerExitDetails) {
    super(message, "ERR_UNGIL_WORKER_EXIT", details);
    this.reason = details.reason;
    this.exitCode = details.exitCode;
    this.signal = details.signal;
    this.task = details.task;
    this.stderrTail = details.stderrTail;
  }
}

/** The executor can't run anything any more, and says why in `cause`. */
export class BrokenExecutorError extends UngilError {
  constructor(message: string, options: UngilErrorOptions & { readonly code?: string } = {}) {
    super(message, options.code ?? "ERR_UNGIL_BROKEN_EXECUTOR", options);
  }
}

/** A thread pool can't run anything any more: its initializer failed, or its workers fail at start. */
export class BrokenThreadPoolError extends BrokenExecutorError {
  constructor(message: string, options: UngilErrorOptions = {}) {
    super(message, { ...options, code: "ERR_UNGIL_BROKEN_THREAD_POOL" });
  }
}

/** A process pool can't run anything any more: its initializer failed, its workers fail at start, or were ended. */
export class BrokenProcessPoolError extends BrokenExecutorError {
  constructor(message: string, options: UngilErrorOptions = {}) {
    super(message, { ...options, code: "ERR_UNGIL_BROKEN_PROCESS_POOL" });
  }
}

/** An optional package that a feature needs is not installed. The message holds the install command. */
export class MissingDependencyError extends UngilError {
  /** Name of the package. */
  readonly packageName: string;

  constructor(packageName: string, feature: string, options: UngilErrorOptions = {}) {
    super(
      `${feature} needs the package ${packageName}: npm install ${packageName}`,
      "ERR_UNGIL_MISSING_DEPENDENCY",
      options,
    );
    this.packageName = packageName;
  }
}

/** A matrix is not what an operation of linear algebra needs: it is singular, or not positive definite. NumPy's `LinAlgError`. */
export class LinAlgError extends UngilError {
  constructor(message: string, options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_LINALG", options);
  }
}

/** What was tried to load a library, and why it did not do. */
export interface LibraryAttempt {
  /** Name or path, as it was given to the system's linker. */
  readonly file: string;
  /** What the linker said. */
  readonly reason: string;
}

/** A shared library was not found, or can't be loaded. `tried` has everything that was looked for. */
export class LibraryLoadError extends UngilError {
  /** As it was asked for: `"openblas"`. */
  readonly library: string;
  /** In the order in which it was tried. */
  readonly tried: readonly LibraryAttempt[];

  constructor(
    library: string,
    tried: readonly LibraryAttempt[],
    remedy: string,
    options: UngilErrorOptions = {},
  ) {
    const list = tried.map(({ file, reason }) => `\n  ${file}: ${reason}`).join("");
    super(
      `cannot load the library ${JSON.stringify(library)}: ${remedy}. Tried:${list}`,
      "ERR_UNGIL_LIBRARY_LOAD",
      options,
    );
    this.library = library;
    this.tried = tried;
  }
}

/** A library has no function, or variable, of a name. */
export class SymbolNotFoundError extends UngilError {
  /** Its name. */
  readonly symbol: string;
  /** File of the library. */
  readonly library: string;

  constructor(symbol: string, library: string, options: UngilErrorOptions = {}) {
    super(
      `${library} has no symbol ${symbol}: look for its name and case in the library's manual (of C++ functions only those ` +
        'that are extern "C" have their plain name), or whether another library has it',
      "ERR_UNGIL_SYMBOL_NOT_FOUND",
      options,
    );
    this.symbol = symbol;
    this.library = library;
  }
}

/**
 * Tasks of a `TaskGroup` failed, or its block did. `errors` has all their errors, those of an inner group as one. It is
 * an `AggregateError`, and by its brand an `UngilError` as well.
 */
export class TaskGroupError extends AggregateError {
  /** Stable identifier, documented in docs/errors.md. */
  readonly code: string;
  /** What the tasks and the block threw, in this order; none of them is a `CancelledError`. */
  declare readonly errors: unknown[];

  /** @param group - name of the group, for the message. */
  constructor(group: string, errors: readonly unknown[], options: UngilErrorOptions = {}) {
    super(
      errors,
      `unhandled errors in ${group}: ${errors.map(shortly).join("; ")}`,
      "cause" in options ? { cause: options.cause } : undefined,
    );
    this.code = "ERR_UNGIL_TASK_GROUP";
  }

  /** As of {@link UngilError}, with the errors. */
  toJSON(): Record<string, unknown> {
    return { ...UngilError.prototype.toJSON.call(this), errors: this.errors.map(shortly) };
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return Reflect.apply(UngilError[Symbol.hasInstance], this, [value]);
  }
}

/** A name that was to be new is taken already: Python's `FileExistsError`. */
export class FileExistsError extends UngilError {
  /** Path of the file that is there. */
  readonly file: string;

  constructor(message: string, file: string, options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_FILE_EXISTS", options);
    this.file = file;
  }
}

/** Nothing has the name, or has it any more: Python's `FileNotFoundError`. */
export class FileNotFoundError extends UngilError {
  /** Path of the file that was looked for. */
  readonly file: string;

  constructor(message: string, file: string, options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_FILE_NOT_FOUND", options);
    this.file = file;
  }
}

/** The system has no room for the memory that was asked for: Python's `MemoryError`. */
export class MemoryError extends UngilError {
  constructor(message: string, options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_MEMORY", options);
  }
}

/** What a {@link ConnectionClosedError} knows beyond its message. */
export interface ConnectionClosedDetails extends UngilErrorOptions {
  /** What was used: `"Queue"`. */
  readonly object: string;
  /** The system's number of the process that owns it, where it is known. */
  readonly ownerPid: number | undefined;
}

/** An object that another process or thread owns can't be reached any more: its owner has ended. */
export class ConnectionClosedError extends UngilError {
  /** What was used: `"Queue"`. */
  readonly object: string;
  /** The system's number of the process that owns it, where it is known. */
  readonly ownerPid: number | undefined;

  constructor(message: string, details: ConnectionClosedDetails) {
    super(message, "ERR_UNGIL_CONNECTION_CLOSED", details);
    this.object = details.object;
    this.ownerPid = details.ownerPid;
  }
}

/** The other side of a connection does not know the key that both have to know. */
export class AuthenticationError extends UngilError {
  constructor(message: string, options: UngilErrorOptions = {}) {
    super(message, "ERR_UNGIL_AUTHENTICATION", options);
  }
}

/** Every error class by its name: what the wire needs to make the same class again. */
export const errorClasses = {
  UngilError,
  InvalidArgumentError,
  CancelledError,
  TimeoutError,
  InvalidStateError,
  ShutdownError,
  QueueFullError,
  QueueEmptyError,
  QueueShutDownError,
  MapFullError,
  BrokenBarrierError,
  EOFError,
  BrokenPipeError,
  BufferTooShortError,
  CaptureError,
  SerializationError,
  WorkerExitError,
  BrokenExecutorError,
  BrokenThreadPoolError,
  BrokenProcessPoolError,
  MissingDependencyError,
  LinAlgError,
  LibraryLoadError,
  SymbolNotFoundError,
  TaskGroupError,
  FileExistsError,
  FileNotFoundError,
  MemoryError,
  ConnectionClosedError,
  AuthenticationError,
} as const;

for (const [name, errorClass] of Object.entries(errorClasses)) {
  const brand = brandOf(name);
  // a bundler that minifies calls it otherwise, and other isolates know it by its name
  Object.defineProperty(errorClass, "name", { value: name, configurable: true });
  Object.defineProperty(errorClass, classBrand, { value: brand });
  Object.defineProperty(errorClass.prototype, brand, { value: true });
  Object.defineProperty(errorClass.prototype, "name", { value: name, writable: true, configurable: true });
}

// an `AggregateError` can't inherit from `UngilError` as well
Object.defineProperty(TaskGroupError.prototype, brandOf("UngilError"), { value: true });

/** An error in one line, for the message of another. */
function shortly(error: unknown): string {
  try {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : describe(error);
    const line = text.split("\n", 1)[0] ?? "";
    return line.length > 200 ? `${line.slice(0, 200)}…` : line;
  } catch {
    // its getters or its proxy throw
    return "an error that can't be shown";
  }
}

/** A value as error messages show it: short, with its type. */
function describe(value: unknown): string {
  if (typeof value === "string")
    return `${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)} (string)`;
  if (Object.is(value, -0)) return "-0 (number)";
  if (typeof value === "number" || typeof value === "boolean") return `${String(value)} (${typeof value})`;
  if (typeof value === "bigint") return `${value}n (bigint)`;
  if (typeof value === "function") return `function ${value.name || "(anonymous)"}`;
  if (typeof value === "symbol") return value.toString();
  if (value === null || value === undefined) return String(value);
  try {
    if (Array.isArray(value)) return `an array of ${value.length}`;
    const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null;
    return `an object of class ${prototype?.constructor?.name ?? "Object"}`;
  } catch {
    // a Proxy or a getter that throws
    return "an object that can't be read";
  }
}
