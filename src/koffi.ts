/**
 * Finds koffi, the optional package that calls C functions, and sets it up.
 *
 * @module
 */
import { requireOptional } from "./optional-package.js";

/** What is used of koffi to set it up. */
interface Configurable {
  config(settings: Readonly<Record<string, number>>): unknown;
}

/** Bytes of stack that a C function has: as much as the main thread of a program, of which only what is used is taken. */
const stackSize = 8 * 2 ** 20;

/** Calls on other threads at once: as many as Node's pool can have threads. */
const mostThreads = 1024;

/** Where another isolate found it, for a worker that finds none by itself. */
let elsewhere: string | undefined;

/** Says where another isolate of the program found koffi. */
export function noteKoffiFile(file: string): void {
  elsewhere = file;
}

let loaded: { readonly koffi: unknown; readonly file: string } | undefined;

/**
 * @param feature - what needs it, for the error.
 * @throws MissingDependencyError, which says how to install it.
 */
export function loadKoffi(feature: string): { readonly koffi: unknown; readonly file: string } {
  loaded ??= find(feature);
  return loaded;
}

function find(feature: string): NonNullable<typeof loaded> {
  const { module: koffi, file } = requireOptional("koffi", feature, elsewhere);
  configure(koffi as Configurable);
  return { koffi, file };
}

function configure(koffi: Configurable): void {
  try {
    koffi.config({
      sync_stack_size: stackSize,
      async_stack_size: stackSize,
      max_async_calls: mostThreads,
    });
  } catch {
    // the program has loaded a library with it before: then the stacks stay as the program wants them
  }
}
