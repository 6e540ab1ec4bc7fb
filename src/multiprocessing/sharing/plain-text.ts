/**
 * Small plain data as text. The engine's serialisation keeps every type and takes several times as long; what JSON
 * brings back exactly as it was need not go through it.
 *
 * @module
 */
import { types } from "node:util";
import { transferListOf } from "../../wire/transfer.js";

/** Most objects in it: so few that one that is there twice is found by looking through them. */
const mostObjects = 24;
/** Most elements and properties. */
const mostParts = 200;

/**
 * @returns JSON of which `JSON.parse` makes the same value as structured clone; undefined for what is not of such a
 *   kind: with a type that JSON lacks, an object that is there twice, or simply large.
 */
export function plainText(value: unknown): string | undefined {
  if (!isPlain(value, [], { parts: mostParts }) || hasToJson()) return undefined;
  return JSON.stringify(value);
}

/** Whether somebody has taught all objects how JSON is to see them. */
const hasToJson = (): boolean => "toJSON" in Object.prototype || "toJSON" in Array.prototype;

function isPlain(value: unknown, seen: object[], left: { parts: number }): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== "object") return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isArray = prototype === Array.prototype;
  if (!isArray && prototype !== Object.prototype) return false;
  if (types.isProxy(value) || Array.isArray(value) !== isArray || transferListOf(value) !== undefined)
    return false;
  if (seen.length >= mostObjects || seen.includes(value)) return false;
  // errors, maps and others whose prototype was changed are none of ours
  if (!isArray && Object.prototype.toString.call(value) !== "[object Object]") return false;
  seen.push(value);
  const keys = Object.keys(value);
  left.parts -= keys.length;
  if (left.parts < 0) return false;
  // one with holes, or with properties of its own
  if (isArray && keys.length !== (value as unknown[]).length) return false;
  for (const key of keys) {
    if (key === "__proto__" || !isPlain((value as Record<string, unknown>)[key], seen, left)) return false;
  }
  return true;
}
