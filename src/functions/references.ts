/**
 * Functions and classes by the place where another isolate finds them (rules 3 and 9).
 *
 * @module
 */
import { anyCommonJsExport } from "./by-reference.js";
import { findReference } from "./capture-function.js";
import { releaseHandles } from "./inspector.js";
import { builtinReference, nativeReference } from "./natives.js";
import { classOfOrigin, knownOriginId, sourceOf } from "./origins.js";
import type { GraphNode, ReferenceNode } from "./payload.js";
import { findReferenced } from "./resolve.js";
import { captureMode } from "./self-test.js";

/** How another isolate finds the same function or class. Structured-clonable. */
export type FunctionReference = ReferenceNode | { readonly type: "origin"; readonly id: number };

const found = new WeakMap<object, { reference: FunctionReference | undefined }>();
const referenceTypes = new Set<GraphNode["type"]>(["global", "constructor", "builtin", "module", "import"]);

/**
 * How another isolate finds this function or class: as a global, a builtin's or a module's export, or as what
 * was captured there. Never throws; undefined where there is no such way.
 */
export function referenceTo(fn: (...args: never[]) => unknown): FunctionReference | undefined;
// oxlint-disable-next-line typescript/no-unsafe-function-type -- a class is not callable by its type
export function referenceTo(fn: Function): FunctionReference | undefined;
// oxlint-disable-next-line typescript/no-unsafe-function-type
export function referenceTo(fn: Function): FunctionReference | undefined {
  if (typeof fn !== "function") return undefined;
  const source = sourceOf(fn);
  if (source && referenceTypes.has(source.type)) return source as ReferenceNode;
  const id = knownOriginId(fn);
  if (id !== undefined) return { type: "origin", id };
  let entry = found.get(fn);
  if (!entry) {
    entry = { reference: search(fn) };
    found.set(fn, entry);
  }
  return entry.reference;
}

function search(fn: object): ReferenceNode | undefined {
  try {
    const shared = nativeReference(fn) ?? builtinReference(fn);
    if (shared) return shared;
    if (captureMode().mode !== "full") return anyCommonJsExport(fn);
    try {
      return findReference(fn as (...args: never[]) => unknown);
    } finally {
      releaseHandles();
    }
  } catch {
    // this is asked for while an error is on its way: an unreadable function has no reference, that is all
    return undefined;
  }
}

/**
 * The function or class of a reference in this isolate; undefined where there is none. Imports its module
 * where that was not loaded yet. Never rejects.
 */
// oxlint-disable-next-line typescript/no-unsafe-function-type
export async function resolveReference(reference: FunctionReference): Promise<Function | undefined> {
  try {
    const value = reference.type === "origin" ? classOfOrigin(reference.id) : await findReferenced(reference);
    return typeof value === "function" ? value : undefined;
  } catch {
    // a module that can't be loaded here has no such function here
    return undefined;
  }
}
