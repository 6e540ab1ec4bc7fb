/**
 * What names an object to isolates other than its owner.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { threadId } from "node:worker_threads";

/** Where an owner is reached. */
export interface OwnerAddress {
  /** Unique over isolates. */
  readonly id: string;
  /** Path of its socket. */
  readonly path: string;
  /** What both sides prove to know, 32 bytes in hexadecimal digits. */
  readonly key: string;
  /** Of its process, for messages. */
  readonly pid: number;
}

/** An object of an owner, on its way. */
export interface SharedReference {
  /** What its handles are. */
  readonly kind: string;
  readonly owner: OwnerAddress;
  /** Its number in its owner. */
  readonly object: number;
  /** Of this very reference (rule 9). */
  readonly ticket: number;
  /** What handles know without asking: anything that structured clone takes. */
  readonly details: unknown;
}

/** This isolate as an owner. */
export const ownId = `${process.pid}:${threadId}:${randomBytes(8).toString("hex")}`;

/** Name of the reviver of all kinds. */
export const sharedReviver = "ungil.shared";

let collecting: SharedReference[] | undefined;

/** Notes a reference that is about to leave. */
export function noteReference(reference: SharedReference): void {
  collecting?.push(reference);
}

/** Runs a function. @returns what it returns, and the references that left meanwhile. */
export function collectReferences<R>(run: () => R): [result: R, references: readonly SharedReference[]] {
  const outer = collecting;
  const references: SharedReference[] = [];
  collecting = references;
  try {
    return [run(), references];
  } finally {
    collecting = outer;
  }
}
