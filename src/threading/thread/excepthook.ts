/**
 * What is done with the error that has ended a thread: Python's `threading.excepthook`.
 *
 * @module
 */
import { inspect } from "node:util";
import { InvalidArgumentError } from "../../errors.js";
import type { ThreadInfo } from "./thread-info.js";

/** What an {@link Excepthook} is told: Python's `threading.ExceptHookArgs`. */
export interface ExcepthookArgs {
  /** What nobody caught; a `WorkerExitError` where the thread ended without an error of its own, as out of memory. */
  readonly error: unknown;
  /** The thread that has ended. */
  readonly thread: ThreadInfo;
}

/** Told of the error that has ended a thread. */
export type Excepthook = (args: ExcepthookArgs) => unknown;

let current: Excepthook = printError;

/**
 * Says what is done with an error that ends a thread: Python's `threading.excepthook`. By default it is printed to
 * stderr with its stack below the name of the thread, and the program goes on. The function is called in the thread
 * that started the one that has ended, before `join` answers, and concerns those that are started there; each thread
 * has one of its own. `terminate()` and `process.exit()` are no errors. What the function throws is printed, together
 * with the error that it was told of.
 * @param hook - `null` for the default.
 * @returns the function that was in force before.
 * @throws InvalidArgumentError for what is no function.
 * @example
 * setExcepthook(({ error, thread }) => logger.error(`${thread.name} failed`, error));
 */
export function setExcepthook(hook: Excepthook | null): Excepthook {
  if (hook !== null && typeof hook !== "function")
    throw new InvalidArgumentError("hook", hook, "a function, or null for the default");
  const former = current;
  current = hook ?? printError;
  return former;
}

/** Tells the hook in force. Never throws. */
export function tellExcepthook(args: ExcepthookArgs): void {
  const failed = (error: unknown): void => {
    printError(args);
    print(`Exception in the excepthook that was told of it:\n${textOf(error)}\n`);
  };
  try {
    const answer = current(args) as PromiseLike<unknown> | undefined;
    if (typeof answer?.then === "function") Promise.resolve(answer).catch(failed);
  } catch (error) {
    failed(error);
  }
}

function printError({ error, thread }: ExcepthookArgs): void {
  print(`Exception in thread ${thread.name}:\n${textOf(error)}\n`);
}

function print(text: string): void {
  // a program may have closed it
  if (process.stderr.writable) process.stderr.write(text);
}

function textOf(error: unknown): string {
  try {
    return inspect(error);
  } catch {
    // its getters or its proxy throw
    return "an error that can't be shown";
  }
}
