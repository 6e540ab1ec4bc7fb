/**
 * Finds the place from which every isolate can get the same function: an export of the module that defines
 * it, found by identity (rule 3).
 *
 * @module
 */
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { types } from "node:util";
import { fileSystem } from "../file-system.js";
import { type FunctionLocation, readVariable, type ScopeSnapshot } from "./inspector.js";
import { originalPosition } from "./map-stack.js";
import type { ReferenceNode, Span } from "./payload.js";
import type { Script, TextPosition } from "./scripts.js";

/** For its cache, which is one for all modules: a CommonJS bundle has no `import.meta.url`. */
const requireHere = createRequire(process.execPath);
let entries: Set<string> | undefined;

/**
 * Whether a URL is that of the program's entry module, as Node resolves `node .`, a folder, a missing
 * extension or a symbolic link. Importing it again would run the program again.
 */
export function isEntryModule(url: string): boolean {
  entries ??= entryUrls();
  return entries.has(url.replace(/[?#].*$/, ""));
}

function entryUrls(): Set<string> {
  const urls = new Set<string>();
  const argument = process.argv[1];
  if (!argument) return urls;
  const candidates = [path.resolve(argument)];
  try {
    candidates.push(createRequire(path.join(process.cwd(), "entry")).resolve(path.resolve(argument)));
  } catch {
    // an entry that require can't resolve (a URL, a name for a custom loader) stands for itself
  }
  for (const candidate of candidates) {
    urls.add(pathToFileURL(candidate).href);
    try {
      urls.add(pathToFileURL(fileSystem().realpathSync(candidate)).href);
    } catch {
      // it does not exist under this name, so nothing was loaded from it
    }
  }
  return urls;
}

/** The member of an ES module through which every isolate finds this function. */
export function moduleExport(
  fn: object,
  text: string,
  script: Script,
  scope: ScopeSnapshot,
  position: TextPosition,
): ReferenceNode | undefined {
  const facts = script.facts(true);
  if (!facts || !script.url.startsWith("file:") || isEntryModule(script.url)) return undefined;
  const within = ([start, end]: Span): boolean =>
    start <= position.offset && position.offset + text.length <= end;
  for (const { exported, local, span } of facts.exports) {
    // only what the text of the export itself makes: anything put there later would be missing elsewhere
    if (!within(span)) continue;
    const node = (names: string[]): ReferenceNode => ({ type: "module", url: script.url, path: names });
    if (local === undefined) {
      if (span[0] === position.offset && span[1] - span[0] === text.length) return node([exported]);
      continue;
    }
    const value = readVariable(scope, local);
    if (value === fn) return node([exported]);
    const member = memberHolding(value, fn);
    if (member !== undefined) return node([exported, member]);
  }
  return undefined;
}

/** The member of a CommonJS module through which every isolate finds this function. */
export function commonJsExport(fn: object, script: Script): ReferenceNode | undefined {
  if (!script.url.startsWith("file:") || isEntryModule(script.url)) return undefined;
  const file = fileURLToPath(script.url);
  return memberOfCommonJs(fn, file);
}

/** The same without knowing where the function was defined: by all modules that `require` has loaded. */
export function anyCommonJsExport(value: object): ReferenceNode | undefined {
  for (const file of Object.keys(requireHere.cache)) {
    const found = memberOfCommonJs(value, file);
    if (found && !isEntryModule(pathToFileURL(file).href)) return found;
  }
  return undefined;
}

let exportsIndex = new Map<unknown, string>();
let indexedModules = -1;

/** The CommonJS module whose `module.exports` a captured object is. */
export function commonJsModule(value: object): ReferenceNode | undefined {
  const { cache } = requireHere;
  const files = Object.keys(cache);
  if (files.length !== indexedModules) {
    indexedModules = files.length;
    exportsIndex = new Map(files.map((file) => [cache[file]?.exports as unknown, file]));
  }
  const file = exportsIndex.get(value);
  if (file === undefined || cache[file]?.exports !== value) return undefined;
  const url = pathToFileURL(file).href;
  return isEntryModule(url) ? undefined : { type: "module", url, path: [], file };
}

function memberOfCommonJs(fn: object, file: string): ReferenceNode | undefined {
  const exports: unknown = requireHere.cache[file]?.exports;
  if (exports === undefined) return undefined;
  const node = (names: string[]): ReferenceNode => ({
    type: "module",
    url: pathToFileURL(file).href,
    path: names,
    file,
  });
  if (exports === fn) return node([]);
  const member = memberHolding(exports, fn);
  return member === undefined ? undefined : node([member]);
}

function memberHolding(holder: unknown, fn: object): string | undefined {
  if ((typeof holder !== "object" && typeof holder !== "function") || holder === null) return undefined;
  if (types.isProxy(holder)) return undefined;
  // compilers define the exports of a module as getters
  const readsGetters = Object.hasOwn(holder, "__esModule");
  return Object.getOwnPropertyNames(holder).find((name) => {
    if (typeof holder === "function" && (name === "caller" || name === "arguments")) return false;
    const descriptor = Object.getOwnPropertyDescriptor(holder, name);
    if (!descriptor) return false;
    if ("value" in descriptor) return descriptor.value === fn;
    return readsGetters && descriptor.get?.call(holder) === fn;
  });
}

/** `file:line:column` for messages, in the original source where a source map leads there; V8 counts from 0. */
export function describeLocation(url: string, { lineNumber, columnNumber }: FunctionLocation): string {
  const original = originalPosition(url, lineNumber + 1, columnNumber + 1);
  if (original !== undefined) return original;
  const file = url.startsWith("file:") ? fileURLToPath(url) : url || "(evaluated code)";
  return `${file}:${lineNumber + 1}:${columnNumber + 1}`;
}

/** Whether a class or function is one that Node itself defines. */
export const isNodeScript = (script: Script): boolean => script.url.startsWith("node:");
