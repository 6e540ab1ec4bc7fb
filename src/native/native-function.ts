/**
 * C functions as functions of JavaScript.
 *
 * @module
 */
import type { Future } from "../futures/future.js";
import { type PortableReference, portable } from "../portable.js";
import type { NativeCode } from "./binding.js";
import { noteCode } from "./native-code.js";
import { NativeExecutor } from "./native-executor.js";

/** A C function: called, it runs on this thread, which waits for it; `submit` runs it elsewhere. */
export type NativeFunction<F extends (...args: never[]) => unknown> = F & {
  /**
   * Calls it on a thread outside of this isolate, so that the event loop goes on. Memory that it is given is used in
   * place: nobody may write there, or transfer it, until the future has settled.
   * @throws InvalidArgumentError for an argument that C can't be given, before anything runs.
   */
  submit(...args: Parameters<F>): Future<ReturnType<F>>;
};

let executor: NativeExecutor | undefined;

/** For calls that are submitted to no executor of the program's own. */
function ownExecutor(): NativeExecutor {
  executor ??= new NativeExecutor({ name: "native calls" });
  return executor;
}

/**
 * Makes a function of native code.
 * @param travels - how it crosses to other threads and processes; without it, it does not.
 */
export function createNativeFunction<F extends (...args: never[]) => unknown>(
  code: NativeCode,
  travels?: () => PortableReference,
): NativeFunction<F> {
  const call = (...args: unknown[]): unknown => code.call(args);
  // what is wrong with the arguments is told where they are given
  const submit = (...args: unknown[]): Future<unknown> => {
    const started = { name: code.name, arity: code.arity, prepare: once(code.prepare(args)) };
    const fn = Object.defineProperty(() => undefined, "name", { value: code.name });
    noteCode(fn, { ...started, call: () => code.call(args) });
    return ownExecutor().submit(fn);
  };
  Object.defineProperties(call, {
    name: { value: code.name, configurable: true },
    length: { value: code.arity, configurable: true },
    submit: { value: submit },
  });
  if (travels) Object.defineProperty(call, portable, { value: travels });
  noteCode(call, code);
  return call as unknown as NativeFunction<F>;
}

const once =
  (start: ReturnType<NativeCode["prepare"]>): NativeCode["prepare"] =>
  () =>
    start;

/** The same code with its arguments made of others. */
export function withArguments(
  code: NativeCode,
  arity: number,
  make: (args: readonly unknown[]) => readonly unknown[],
): NativeCode {
  return {
    name: code.name,
    arity,
    call: (args) => code.call(make(args)),
    prepare: (args) => code.prepare(make(args)),
  };
}
