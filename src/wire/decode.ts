/**
 * Values on arrival: every mark becomes again what it stood for. What arrived is ours alone, so that
 * containers are mended in place.
 *
 * @module
 */
import { types } from "node:util";
import { systemClock } from "../clock.js";
import { discardPortable, loadReviver, revivePortable } from "../portable.js";
import { isLeaf } from "./graph.js";
import { type ErrorMark, isMark, type Mark, markKey } from "./marks.js";
import { fillError, shellOfError } from "./revive-error.js";

type AnyFunction = (...args: never[]) => unknown;

/** What the receiver lends to the decoder. Both may take time: modules are imported. */
export interface DecodeHooks {
  /** Makes a function out of what `shipFunction` made of it. */
  readonly reviveFunction?: (shipped: unknown) => Promise<unknown>;
  /** Finds a class by its reference. */
  readonly resolveClass: (reference: unknown) => Promise<AnyFunction | undefined>;
  /** ms that finding a class may take; then the nearest builtin stands for it. Default 5,000. */
  readonly patience?: number;
}

/**
 * Mends a value that holds marks. Answers at once unless a function or a class has to be found first.
 */
export function decode(value: unknown, hooks: DecodeHooks): unknown {
  const waiting: Promise<void>[] = [];
  const found = new Map<Mark, unknown>();
  for (const mark of collectMarks(value)) {
    const promise = lookUp(mark, hooks);
    if (promise) waiting.push(promise.then((thing) => void found.set(mark, thing)));
  }
  const finish = (): unknown => new Mender(found).mend(value);
  return waiting.length > 0 ? Promise.all(waiting).then(finish) : finish();
}

/** A value with marks has come that nobody wants any more: what it holds outside of itself is given up. */
export function discard(value: unknown): void {
  for (const mark of collectMarks(value)) if (mark[markKey] === "portable") discardPortable(mark.reference);
}

function lookUp(mark: Mark, hooks: DecodeHooks): Promise<unknown> | undefined {
  if (mark[markKey] === "function") {
    if (!hooks.reviveFunction) return Promise.reject(new TypeError("a function can't arrive on this side"));
    return hooks.reviveFunction(mark.shipped);
  }
  if (mark[markKey] === "portable") return loadReviver(mark.reference);
  if (mark[markKey] === "error" && mark.errorClass.reference !== undefined)
    return withinPatience(hooks.resolveClass(mark.errorClass.reference), hooks.patience ?? 5_000);
  return undefined;
}

/** A module that never finishes loading here must not keep an error from arriving. */
function withinPatience(looking: Promise<unknown>, patience: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = systemClock.setTimer(() => resolve(undefined), patience, true);
    looking.then(resolve, reject).finally(() => timer.cancel());
  });
}

function collectMarks(root: unknown): Mark[] {
  const marks: Mark[] = [];
  const seen = new Set<object>();
  const stack: unknown[] = [root];
  const visit = (value: unknown): void => void stack.push(value);
  while (stack.length > 0) {
    const value = stack.pop();
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (!isMark(value)) {
      forEachPart(value, visit);
      continue;
    }
    marks.push(value);
    if (value[markKey] === "escaped") {
      seen.add(value.value);
      forEachPart(value.value, visit);
    } else if (value[markKey] === "error") for (const [, part] of value.properties) visit(part);
  }
  return marks;
}

function forEachPart(value: object, visit: (part: unknown) => void): void {
  if (types.isMap(value)) {
    for (const [key, item] of value) {
      visit(key);
      visit(item);
    }
  } else if (types.isSet(value)) for (const item of value) visit(item);
  // by its keys, an array too: it may have holes, and properties beside its elements
  else if (!isLeaf(value)) for (const part of Object.values(value)) visit(part);
}

class Mender {
  readonly #found: Map<Mark, unknown>;
  readonly #made = new Map<object, unknown>();

  constructor(found: Map<Mark, unknown>) {
    this.#found = found;
  }

  mend(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (this.#made.has(value)) return this.#made.get(value);
    if (isMark(value)) return this.#mark(value);
    this.#made.set(value, value);
    this.#container(value);
    return value;
  }

  #container(value: object): void {
    if (types.isMap(value)) {
      const entries = [...value];
      value.clear();
      for (const [key, item] of entries) value.set(this.mend(key), this.mend(item));
    } else if (types.isSet(value)) {
      const members = [...value];
      value.clear();
      for (const member of members) value.add(this.mend(member));
    } else if (!isLeaf(value)) this.#keys(value);
  }

  #keys(value: object): void {
    for (const key of Object.keys(value)) {
      const old = (value as Record<string, unknown>)[key];
      if (typeof old !== "object" || old === null) continue;
      const mended = this.mend(old);
      if (mended === old) continue;
      Object.defineProperty(value, key, {
        value: mended,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
  }

  #mark(mark: Mark): unknown {
    switch (mark[markKey]) {
      case "buffer":
        return this.#keep(mark, Buffer.from(mark.bytes.buffer, mark.bytes.byteOffset, mark.bytes.byteLength));
      case "url":
        return this.#keep(mark, new URL(mark.href));
      case "portable":
        return this.#keep(mark, revivePortable(mark.reference));
      case "function":
        return this.#keep(mark, this.#found.get(mark));
      case "escaped":
        this.#made.set(mark, mark.value);
        this.#container(mark.value);
        return mark.value;
      default:
        return this.#error(mark);
    }
  }

  #error(mark: ErrorMark): Error {
    const error = shellOfError(mark, this.#found.get(mark));
    this.#made.set(mark, error);
    fillError(error, mark, (part) => this.mend(part));
    return error;
  }

  #keep(mark: Mark, thing: unknown): unknown {
    this.#made.set(mark, thing);
    return thing;
  }
}
