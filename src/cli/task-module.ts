/**
 * The task: `module#export`, found, loaded and checked before any record runs.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, realpathSync, statSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import path from "node:path";
import { type ImportedModule, importFile } from "./typescript.js";
import { messageOf, UsageError } from "./usage-error.js";

/** A function that takes a record and its place in the input. */
export type TaskFunction = (record: unknown, index: number) => unknown;

/** A loaded task. */
export interface Task {
  readonly fn: TaskFunction;
  /** As the user wrote it, for messages. */
  readonly label: string;
  /** File and export: the same however the module was named, for the job log. */
  readonly reference: string;
  readonly exportName: string;
  /** Node options that workers need to load it. */
  readonly execArgv: readonly string[];
}

interface Location {
  /** An absolute file name, or the name of a module of Node. */
  readonly module: string;
  readonly isFile: boolean;
  readonly exportName: string;
}

/**
 * Loads the module once and finds the function.
 * @param spec - `module` or `module#export`: a file, a package seen from the working directory, or a module of Node.
 * @throws UsageError in one line: no such file, no such export, not a function, or why loading failed.
 */
export async function loadTask(spec: string): Promise<Task> {
  const { value, namespace, module, exportName, execArgv } = await loadExport(spec);
  if (typeof value !== "function") throw noSuchFunction(spec, namespace, exportName, value);
  return {
    fn: value as TaskFunction,
    label: spec,
    reference: `${module}#${exportName}`,
    exportName,
    execArgv,
  };
}

/** An export of a module, whatever it is. */
interface LoadedExport {
  readonly value: unknown;
  readonly namespace: Record<string, unknown>;
  /** An absolute file name, or the name of a module of Node. */
  readonly module: string;
  readonly exportName: string;
  readonly execArgv: readonly string[];
}

/**
 * Loads a module once and finds an export; undefined where there is none.
 * @param spec - as of {@link loadTask}.
 * @throws UsageError in one line: no such file, or why loading failed.
 */
export async function loadExport(spec: string): Promise<LoadedExport> {
  const { module, isFile: fromFile, exportName } = locate(spec);
  let imported: ImportedModule;
  try {
    imported = fromFile
      ? await importFile(module)
      : { namespace: (await import(module)) as Record<string, unknown>, execArgv: [] };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `cannot load ${moduleOf(spec)}: ${describeLoadError(error, fromFile ? module : undefined)}`,
      { cause: error },
    );
  }
  const { namespace, execArgv } = imported;
  return { value: pick(namespace, exportName), namespace, module, exportName, execArgv };
}

function locate(spec: string): Location {
  const hash = spec.lastIndexOf("#");
  // a file name may hold a hash itself
  const plain = hash < 0 || isFile(spec);
  const name = plain ? spec : spec.slice(0, hash);
  const exportName = plain ? "default" : spec.slice(hash + 1);
  if (name === "" || exportName === "") {
    throw new UsageError(`the task must be MODULE or MODULE#EXPORT, got "${spec}"`);
  }
  if (name.startsWith("node:") && builtinModules.includes(name.slice(5))) {
    return { module: name, isFile: false, exportName };
  }
  return { module: findFile(name), isFile: true, exportName };
}

function findFile(name: string): string {
  const file = path.resolve(name);
  if (isFile(file)) return realpathSync(file);
  if (existsSync(file)) throw new UsageError(`the task's module ${name} is a directory: name a file in it`);
  const isPath = path.isAbsolute(name) || /^\.{1,2}[/\\]/.test(name);
  if (!isPath) {
    try {
      return createRequire(path.resolve("task.js")).resolve(name);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "MODULE_NOT_FOUND") {
        throw new UsageError(`cannot resolve the package ${name}: ${messageOf(error)}`, { cause: error });
      }
    }
  }
  const what = isPath || /\.\w+$/.test(name) ? "" : ", and no package of this name is installed";
  throw new UsageError(`the task's module ${name} does not exist (looked for ${file})${what}`);
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

function moduleOf(spec: string): string {
  const hash = spec.lastIndexOf("#");
  return hash < 0 || isFile(spec) ? spec : spec.slice(0, hash);
}

/**
 * An export by its name. What Node sees of a CommonJS module's exports depends on how they are written (TypeScript
 * compiled to CommonJS has them all in `default`), so they are looked for there too.
 */
function pick(namespace: Record<string, unknown>, name: string): unknown {
  const own = Object.hasOwn(namespace, name) ? namespace[name] : undefined;
  if (typeof own === "function") return own;
  const commonJs = namespace["default"];
  const isObject = typeof commonJs === "object" && commonJs !== null;
  if (isObject && Object.hasOwn(commonJs, name)) {
    const inner = (commonJs as Record<string, unknown>)[name];
    if (name !== "default" || typeof inner === "function") return inner;
  }
  return own;
}

function noSuchFunction(
  spec: string,
  namespace: Record<string, unknown>,
  name: string,
  found: unknown,
): UsageError {
  const module = moduleOf(spec);
  const inner = namespace["default"];
  const all = { ...(typeof inner === "object" && inner !== null ? inner : {}), ...namespace };
  const functions = Object.keys(all)
    .filter((key) => typeof pick(namespace, key) === "function")
    .toSorted((left, right) => Number(right === "default") - Number(left === "default"));
  const remedy =
    functions.length === 0
      ? "it exports no function"
      : `it exports ${functions.map((key) => (key === "default" ? "a default" : `#${key}`)).join(", ")}`;
  const what =
    found === undefined
      ? name === "default"
        ? `${module} has no default export`
        : `${module} has no export "${name}"`
      : `export "${name}" of ${module} is not a function but ${typeof found}`;
  return new UsageError(`${what}; ${remedy}`);
}

/** What went wrong in one line, with the place where that is known and not in the message. */
function describeLoadError(error: unknown, file: string | undefined): string {
  if (!(error instanceof Error)) return String(error);
  // esbuild, which tsx runs, has the first error and its place in the second line
  const [first = "", second = ""] = error.message.split("\n");
  const message = first.endsWith(":") ? `${first} ${second.trim()}` : first;
  const place = error instanceof SyntaxError ? placeOfSyntaxError(file) : placeInStack(error);
  return `${error.name}: ${message}${place ? ` (${place})` : ""}`;
}

/** The first place in a stack that is not Node's own. */
function placeInStack(error: Error): string | undefined {
  const frame = (error.stack ?? "")
    .split("\n")
    .find((line) => /^\s+at /.test(line) && !line.includes("node:internal"));
  return /((?:file:|\/|[A-Z]:\\).+:\d+:\d+)\)?$/.exec(frame ?? "")?.[1];
}

/** Node prints the place of a syntax error in a module, but does not tell it to whoever catches the error. */
function placeOfSyntaxError(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const { stderr } = spawnSync(process.execPath, ["--check", file], { encoding: "utf8" });
  const [first = ""] = stderr.split("\n");
  return /:\d+$/.test(first) ? first : undefined;
}
