import { types } from "node:util";
import {
  constant,
  shortLength,
  tagAscii,
  tagBits,
  tagConstant,
  tagDouble,
  tagInt,
  tagObject,
  tagSmallInt,
  tagUtf16,
} from "../../wire/codec/tags.js";
import type { Shape } from "../../wire/index.js";
import { transferListOf } from "../../wire/transfer.js";
import type { Item } from "./item.js";
import { isWide } from "./text-items.js";

const undefinedWord = (constant.undefined << tagBits) | tagConstant;
const nullWord = (constant.null << tagBits) | tagConstant;
const trueWord = (constant.true << tagBits) | tagConstant;
const falseWord = (constant.false << tagBits) | tagConstant;

const objectPrototype: object = Object.prototype;
const empty: object = {};

/** After so many objects with the same keys the next one counts as such until it turns out otherwise. */
const enoughInARow = 64;

/** Finds the shape of an object's keys, if all threads know it. */
interface KnownShapesSource {
  find(keys: readonly string[]): Shape | undefined;
}

interface FlatShape {
  /** The word that its objects begin with. */
  readonly head: number;
  /** The engine's own strings, which it compares by their places. */
  readonly keys: readonly string[];
  /** Whether an object of it had more than numbers, constants and texts. */
  nested: boolean;
}

/**
 * Writes plain objects of numbers, constants and texts, whose keys all threads know, in one go: what most items are.
 * The writer of the wire, whose frames these are, takes all others.
 */
export class FlatObjects {
  readonly #source: KnownShapesSource;
  /** By their numbers. */
  readonly #shapes: FlatShape[] = [];
  #latest: FlatShape = { head: 0, keys: [], nested: true };
  /** How many objects had its keys, one after the other. */
  #inARow = 0;
  /** The texts of the object that is being written, and the words of their tags. */
  readonly #texts: string[] = [];
  readonly #tags: number[] = [];
  #count = 0;
  #busy = false;

  constructor(source: KnownShapesSource) {
    this.#source = source;
  }

  /** Whether an object is being written: then a getter of it has called whoever asks. */
  get busy(): boolean {
    return this.#busy;
  }

  /**
   * Writes an object to the memory of an item, and counts its words in `first`.
   * @returns how many bytes it takes; 0 where it is one of the others.
   */
  write(value: object, item: Item): number {
    if (this.#busy || types.isProxy(value) || transferListOf(value) !== undefined) return 0;
    if (Object.getPrototypeOf(value) !== objectPrototype || inheritsKeys()) return 0;
    const latest = this.#latest;
    const alike = this.#inARow >= enoughInARow || hasKeys(value, latest.keys);
    const shape = alike ? latest : this.#shapeOf(value);
    if (shape === undefined || shape.nested) return 0;
    this.#busy = true;
    try {
      if (this.#values(value, shape, item)) {
        this.#inARow++;
        return this.#bytes(item);
      }
      this.#inARow = 0;
      return 0;
    } catch {
      // a getter threw, or the stack is full: the other writer meets the same, and tells it
      return 0;
    } finally {
      this.#forget();
      this.#busy = false;
    }
  }

  #shapeOf(value: object): FlatShape | undefined {
    this.#inARow = 0;
    const keys = Object.keys(value);
    const shape = this.#source.find(keys);
    if (shape === undefined || shape.doubtful) return undefined;
    const known = (this.#shapes[shape.id] ??= {
      head: (shape.id << tagBits) | tagObject,
      keys,
      nested: false,
    });
    this.#latest = known;
    return known;
  }

  #values(value: object, shape: FlatShape, item: Item): boolean {
    const { words, doubles } = item.memory;
    const { keys } = shape;
    words[0] = shape.head;
    let word = 1;
    let at = 0;
    // the quickest way to the values
    for (const key in value) {
      // another kind of object, or a getter has changed what was to come
      if (key !== keys[at++]) return false;
      const each = (value as Record<string, unknown>)[key];
      if (typeof each === "string") {
        this.#texts[this.#count] = each;
        this.#tags[this.#count++] = word++;
      } else if (typeof each === "number") {
        const shifted = each << tagBits;
        // asked of each number: what V8 has not seen when it compiles this makes it start over
        if (shifted >> tagBits === each && !Object.is(each, -0)) words[word++] = shifted | tagSmallInt;
        else if ((each | 0) === each && each !== 0) {
          words[word] = tagInt;
          words[word + 1] = each;
          word += 2;
        } else {
          words[word] = tagDouble;
          const double = (word + 2) >> 1;
          doubles[double] = each;
          word = 2 * double + 2;
        }
      } else if (each === true) words[word++] = trueWord;
      else if (each === false) words[word++] = falseWord;
      else if (each === null) words[word++] = nullWord;
      else if (each === undefined) words[word++] = undefinedWord;
      else {
        shape.nested = true;
        return false;
      }
    }
    item.first = word;
    return at === keys.length;
  }

  /** Writes the texts, behind the words. */
  #bytes(item: Item): number {
    const { words, bytes } = item.memory;
    let at = 4 * item.first;
    for (let i = 0; i < this.#count; i++) {
      const text = this.#texts[i]!;
      const { length } = text;
      if (at + 2 * length > bytes.length) return 0;
      if (writeShort(text, bytes, at)) {
        words[this.#tags[i]!] = (length << tagBits) | tagAscii;
        at += length;
      } else {
        const wide = isWide(text);
        const count = wide ? 2 * length : length;
        bytes.write(text, at, count, wide ? "utf16le" : "latin1");
        words[this.#tags[i]!] = (count << tagBits) | (wide ? tagUtf16 : tagAscii);
        at += count;
      }
    }
    return at;
  }

  #forget(): void {
    for (let i = 0; i < this.#count; i++) this.#texts[i] = "";
    this.#count = 0;
  }
}

/** Writes a short text of one byte for each code unit one by one, the quicker way; false for any other. */
export function writeShort(text: string, bytes: Uint8Array, at: number): boolean {
  const { length } = text;
  if (length > shortLength) return false;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) return false;
    bytes[at + i] = code;
  }
  return true;
}

/** Whether exactly these keys come up in an object, in this order. */
function hasKeys(value: object, keys: readonly string[]): boolean {
  let at = 0;
  for (const key in value) if (key !== keys[at++]) return false;
  return at === keys.length;
}

/** Whether somebody has given keys to all objects, which come up with their own. */
function inheritsKeys(): boolean {
  for (const _ in empty) return true;
  return false;
}
