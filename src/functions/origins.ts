/**
 * Where values came from, per isolate: what was made from an import is captured again as that import, and a
 * class that was sent by value is recognised when it comes back (rules 8 and 9).
 *
 * @module
 */
import { nextId } from "./ids.js";
import type { CodeRecord, GraphNode } from "./payload.js";

const sources = new WeakMap<object, GraphNode>();

/** The node from which this isolate made a value, if it names a place rather than holding a copy. */
export function sourceOf(value: unknown): GraphNode | undefined {
  return isObject(value) ? sources.get(value) : undefined;
}

/** Notes that a value was found through a node. The first place wins. */
export function noteSource(value: unknown, node: GraphNode): void {
  if (isObject(value) && !sources.has(value)) sources.set(value, node);
}

const idByClass = new WeakMap<object, number>();
const classById = new Map<number, WeakRef<object>>();
const collected = new FinalizationRegistry<number>((id) => {
  // a later revival of the same class may have taken the id over
  if (classById.get(id)?.deref() === undefined) classById.delete(id);
});

/** The identity of a class that is sent by value; the same in every isolate that it reaches. */
export function originId(fn: object): number {
  const known = idByClass.get(fn);
  if (known !== undefined) return known;
  const id = nextId();
  noteOrigin(fn, id);
  return id;
}

/** The identity of a class, where it was ever sent or received by value. */
export const knownOriginId = (fn: object): number | undefined => idByClass.get(fn);

/** Notes the identity of a class that arrived by value. The latest arrival answers to the id. */
export function noteOrigin(fn: object, id: number): void {
  idByClass.set(fn, id);
  classById.set(id, new WeakRef(fn));
  collected.register(fn, id);
}

/** The class of an identity, while it lives in this isolate. */
export const classOfOrigin = (id: number): object | undefined => classById.get(id)?.deref();

const receivedCodes = new Map<string, CodeRecord[]>();

/** Notes a text that runs here under another module's name. */
export function noteReceivedCode(record: CodeRecord): void {
  const records = receivedCodes.get(record.url);
  if (records) records.push(record);
  else receivedCodes.set(record.url, [record]);
}

/** Forgets it again. */
export function forgetReceivedCode(record: CodeRecord): void {
  const rest = receivedCodes.get(record.url)?.filter((each) => each !== record) ?? [];
  if (rest.length > 0) receivedCodes.set(record.url, rest);
  else receivedCodes.delete(record.url);
}

/** The received text in which a function stands that was made here. */
export function receivedCodeAt(url: string, line: number): CodeRecord | undefined {
  return receivedCodes.get(url)?.find((record) => {
    const lines = record.text.split("\n").length;
    return record.line <= line && line < record.line + lines;
  });
}

type ImportNode = GraphNode & { type: "import" };
const receivedImports = new Map<string, Map<string, ImportNode>>();

/** Notes that a received text of the module at `url` has a name by import: primitives have no other trace. */
export function noteReceivedImport(url: string, name: string, node: ImportNode): void {
  let names = receivedImports.get(url);
  if (!names) {
    names = new Map();
    receivedImports.set(url, names);
  }
  names.set(name, node);
}

/** The import by which the module at `url` has a name. */
export const receivedImport = (url: string, name: string): ImportNode | undefined =>
  receivedImports.get(url)?.get(name);

const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function";
