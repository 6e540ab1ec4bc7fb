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
export type ErrorClassMark =
  | { readonly builtin: string }
  | { readonly ungil: string }
  | { readonly reference: unknown; readonly name: string; readonly fallback: string };

/** An error with all that it carries. */
export interface ErrorMark {
  readonly [markKey]: "error";
  readonly errorClass: ErrorClassMark;
  readonly message: string;
  readonly stack: string | undefined;
  /** Own properties besides the standard ones: name, value, whether enumerable. */
  readonly properties: [key: string, value: unknown, enumerable: boolean][];
  readonly cause: { value: unknown } | undefined;
  readonly errors: unknown[] | undefined;
}

/** A mark: one kind a line. */
export type Mark =
  | { readonly [markKey]: "buffer"; readonly bytes: Uint8Array }
  | { readonly [markKey]: "url"; readonly href: string }
  | { readonly [markKey]: "portable"; readonly reference: PortableReference }
  | { readonly [markKey]: "function"; readonly shipped: unknown }
  | { readonly [markKey]: "escaped"; readonly value: Record<string, unknown> }
  | ErrorMark;

/** Whether an object is a mark. */
export function isMark(value: object): value is Mark {
  return Object.hasOwn(value, markKey);
}
