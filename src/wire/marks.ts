/**
 * Marks: what stands in a message for a value that structured clone would lose, change or refuse. A message
 * says whether it holds any, so that ordinary data is neither rebuilt nor searched on arrival.
 *
 * @module
 */
import type { PortableReference } from "../portable.js";

/** The key that makes an object a mark. A user's object with this very key travels as an `escaped` mark. */
export const markKey = "\u0000ungil";

/** How an error's class is found again. */
export interface ErrorClassMark {
  /** The nearest class that every isolate has: where it is looked up, and its name there. */
  readonly nearest: readonly [home: "builtin" | "ungil", name: string];
  /** Leads to a class of the user, where the sender knows a way to it. */
  readonly reference?: unknown;
}

/** An error with all that it carries. */
export interface ErrorMark {
  readonly [markKey]: "error";
  readonly errorClass: ErrorClassMark;
  /** `error.name`; where that says no more than the nearest class does, the name of the error's own class. */
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Own properties besides message and stack: name, value, whether enumerable. */
  readonly properties: [key: string, value: unknown, enumerable: boolean][];
}

/** A mark: one kind a line. */
export type Mark =
  | { readonly [markKey]: "buffer"; readonly bytes: Uint8Array }
  | { readonly [markKey]: "url"; readonly href: string }
  | { readonly [markKey]: "portable"; readonly reference: PortableReference }
  | { readonly [markKey]: "function"; readonly shipped: unknown }
  | { readonly [markKey]: "escaped"; readonly value: object }
  | ErrorMark;

/** Whether an object is a mark. */
export function isMark(value: object): value is Mark {
  return Object.hasOwn(value, markKey);
}
