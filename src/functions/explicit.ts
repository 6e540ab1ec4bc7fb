/**
 * The explicit forms of sending a function, for places without an inspector and for those who want to see
 * what is sent.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.js";
import { checkFunction } from "../validate.js";
import type { ReferenceNode } from "./payload.js";

type AnyFunction = (...args: never[]) => unknown;

const tasks = new WeakMap<object, ReferenceNode>();
const captured = new WeakMap<object, { fn: AnyFunction; captures: Readonly<Record<string, unknown>> }>();

/** The export that a callable of {@link task} stands for. */
export const explicitTask = (fn: object): ReferenceNode | undefined => tasks.get(fn);

/** The function and variables that a callable of {@link withCaptures} stands for. */
export const explicitCaptures = (
  fn: object,
): { fn: AnyFunction; captures: Readonly<Record<string, unknown>> } | undefined => captured.get(fn);

/** What calling an export gives, always as a promise. */
export type TaskFunction<F extends AnyFunction> = (...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>>;

/**
 * Names an export of a module as a task: it is sent as that name, imported by the worker, and needs no
 * inspector. Called locally, it imports the module and calls the export.
 *
 * The worker evaluates the module. Where that is the program's entry module, the program runs again there.
 *
 * @param moduleUrl - absolute URL of the module, mostly `import.meta.url`.
 * @param exportName - name of the export, `"default"` for the default export.
 * @throws InvalidArgumentError where the URL is not absolute or the name is empty.
 *
 * @example
 * export const resize = (image: Uint8Array, width: number) => …;
 * const job = task<typeof resize>(import.meta.url, "resize");
 * await pool.submit(job, image, 200);
 */
export function task<F extends AnyFunction>(moduleUrl: string | URL, exportName: string): TaskFunction<F> {
  const url = checkModuleUrl(moduleUrl);
  if (typeof exportName !== "string" || exportName === "")
    throw new InvalidArgumentError("exportName", exportName, "the name of an export");
  const call = async (...args: Parameters<F>): Promise<Awaited<ReturnType<F>>> => {
    const module = (await import(url)) as Record<string, unknown>;
    const exported = module[exportName];
    if (typeof exported !== "function")
      throw new InvalidArgumentError("exportName", exportName, `the name of a function that ${url} exports`);
    return (await Reflect.apply(exported, undefined, args)) as Awaited<ReturnType<F>>;
  };
  Object.defineProperty(call, "name", { value: exportName, configurable: true });
  tasks.set(call, { type: "module", url, path: [exportName] });
  return call;
}

function checkModuleUrl(moduleUrl: unknown): string {
  const expected = "an absolute URL of a module, such as import.meta.url";
  if (typeof moduleUrl !== "string" && !(moduleUrl instanceof URL))
    throw new InvalidArgumentError("moduleUrl", moduleUrl, expected);
  try {
    return new URL(moduleUrl).href;
  } catch {
    throw new InvalidArgumentError("moduleUrl", moduleUrl, expected);
  }
}

/**
 * Gives a function's captured variables by hand: its text and these values are sent, and no inspector is
 * needed. Values are read at each submit. Called locally, it is the function itself.
 *
 * @param captures - the variables that the function uses, by name.
 * @param fn - the function; it may use globals and `captures`, nothing else.
 * @throws InvalidArgumentError where `captures` is no object of variables or `fn` is not a function.
 *
 * @example
 * const scale = 3;
 * await pool.submit(withCaptures({ scale }, (x: number) => x * scale), 14);
 */
export function withCaptures<F extends AnyFunction>(captures: Readonly<Record<string, unknown>>, fn: F): F {
  if (typeof captures !== "object" || captures === null || Array.isArray(captures))
    throw new InvalidArgumentError("captures", captures, "an object of variables by name");
  for (const name of Object.keys(captures))
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(name))
      throw new InvalidArgumentError("captures", name, "an object whose keys are names of variables");
  checkFunction("fn", fn);
  const call = function (this: unknown, ...args: never[]): unknown {
    return Reflect.apply(fn, this, args);
  };
  Object.defineProperty(call, "name", { value: fn.name, configurable: true });
  Object.defineProperty(call, "length", { value: fn.length, configurable: true });
  captured.set(call, { fn, captures });
  return call as F;
}
