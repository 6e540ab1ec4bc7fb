import { type Layout, layoutOf } from "./layout.js";

/** Most shapes of a table; objects with further key lists carry their keys with them. */
export const mostShapes = 2_000;

/** Most keys of a shape, and most characters of all its keys: both sides keep them as long as they are connected. */
const mostKeys = 64;
const mostCharacters = 1_000;

/** The keys of a plain object, in order. */
export interface Shape {
  readonly id: number;
  readonly keys: readonly string[];
  /** Whether objects other than plain ones often have these keys: none, or indices. */
  readonly doubtful: boolean;
}

/** A tree of keys: the way from its root spells a key list. */
interface Branch {
  readonly next: Map<string, Branch>;
  shape: Shape | undefined;
}

/**
 * Key lists of plain objects that one side has told the other; belongs to one direction of one connection (or
 * one packed buffer). A number stands for each on the wire.
 */
export class ShapeTable {
  readonly #root: Branch = { next: new Map(), shape: undefined };
  readonly #shapes: Shape[] = [];
  /** The latest shape by its count of keys: objects of one kind come in rows. */
  readonly #latest: (Shape | undefined)[] = [];

  /** How many there are. */
  get size(): number {
    return this.#shapes.length;
  }

  /** The shape with exactly these keys in this order, where the other side knows it. */
  find(keys: readonly string[]): Shape | undefined {
    const count = keys.length;
    if (count > mostKeys) return undefined;
    const latest = this.#latest[count];
    if (latest !== undefined && isSame(latest.keys, keys)) return latest;
    let branch = this.#root;
    for (let i = 0; i < count; i++) {
      const next = branch.next.get(keys[i]!);
      if (next === undefined) return undefined;
      branch = next;
    }
    if (branch.shape !== undefined) this.#latest[count] = branch.shape;
    return branch.shape;
  }

  /** Adds a shape that `find` has not found; undefined where the table is full or the keys are too many. */
  define(keys: readonly string[]): Shape | undefined {
    if (this.#shapes.length >= mostShapes || keys.length > mostKeys) return undefined;
    let characters = 0;
    for (const key of keys) characters += key.length;
    if (characters > mostCharacters) return undefined;
    let branch = this.#root;
    for (const key of keys) {
      let next = branch.next.get(key);
      if (next === undefined) branch.next.set(key, (next = { next: new Map(), shape: undefined }));
      branch = next;
    }
    const doubtful = keys.length === 0 || /^\d/.test(keys[0]!);
    const shape = { id: this.#shapes.length, keys, doubtful };
    branch.shape = shape;
    this.#shapes.push(shape);
    this.#latest[keys.length] = shape;
    return shape;
  }

  /** Takes the latest shapes back, down to a size: the other side will not hear of them. */
  truncate(size: number): void {
    while (this.#shapes.length > size) {
      const shape = this.#shapes.pop()!;
      remove(this.#root, shape.keys);
      if (this.#latest[shape.keys.length] === shape) this.#latest[shape.keys.length] = undefined;
    }
  }
}

/** The shapes that the other side has told this one: the counterpart of a `ShapeTable`. */
export class ReadShapes {
  readonly #layouts: Layout[] = [];

  /** Adds the next shape. */
  define(keys: readonly string[]): Layout {
    const layout = layoutOf(keys);
    this.#layouts.push(layout);
    return layout;
  }

  /** The shape of a number; undefined where the other side has told none. */
  get(id: number): Layout | undefined {
    return this.#layouts[id];
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** Removes a shape, and the branches that led only to it. */
function remove(root: Branch, keys: readonly string[]): void {
  const way = [root];
  for (const key of keys) way.push(way.at(-1)!.next.get(key)!);
  way.at(-1)!.shape = undefined;
  for (let i = keys.length; i > 0; i--) {
    const branch = way[i]!;
    if (branch.shape !== undefined || branch.next.size > 0) return;
    way[i - 1]!.next.delete(keys[i - 1]!);
  }
}
