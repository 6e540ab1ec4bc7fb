/**
 * A list of values in shared memory.
 *
 * @module
 */
import { inspect } from "node:util";
import { InvalidArgumentError } from "../../errors.js";
import { type PortableReference, portable, registerReviver } from "../../portable.js";
import { checkOptionNames } from "../../validate.js";
import { encodeValue, ListLayout, layoutSize, type ShareableValue } from "./list-layout.js";
import { attachArriving, SharedMemory, travellingOf } from "./shared-memory.js";

/** Options of a new list. */
export interface ShareableListOptions {
  /** Name of its block; one that nobody has by default. */
  readonly name?: string | undefined;
  /** As of `SharedMemory` (default true). */
  readonly track?: boolean | undefined;
}

const reviver = "ungil.ShareableList";

/** For this side only: the block of a list that arrives. */
class ArrivingBlock {
  readonly block: SharedMemory;

  constructor(block: SharedMemory) {
    this.block = block;
  }
}

/**
 * A list in shared memory, of a length that is fixed: Python's `multiprocessing.shared_memory.ShareableList`, in the
 * same layout. Values are numbers, bigints of 64 bits, booleans, strings, `Uint8Array`s and null. A slot may get a
 * value of another type; a text or bytes have to fit in, which have the room of what was there first, rounded up to
 * the next multiple of 8 bytes.
 *
 * Given as an argument, captured or returned, it arrives in workers as the same list. What one process writes while
 * another reads the same slot is not ordered: use a lock.
 *
 * @example
 * using list = new ShareableList([1.5, 42n, "text", null, true]);
 * await pool.submit((shared) => shared.set(2, "other"), list);
 * console.log([...list]); // [1.5, 42n, "other", null, true]
 * list.shm.unlink();
 */
export class ShareableList implements Iterable<ShareableValue>, Disposable {
  /** The block that it is in: its name, `close()` and `unlink()`. */
  readonly shm: SharedMemory;
  readonly #layout: ListLayout;

  /**
   * Makes a list of values, or attaches to one with `{ name }`.
   * @throws InvalidArgumentError for a value that no slot can hold, or a block that is no list; else what
   *   `SharedMemory` throws.
   */
  constructor(items: Iterable<ShareableValue>, options?: ShareableListOptions);
  constructor(options: { readonly name: string; readonly track?: boolean | undefined });
  constructor(
    items: Iterable<ShareableValue> | { readonly name: string; readonly track?: boolean | undefined },
    options: ShareableListOptions = {},
  ) {
    if (items instanceof ArrivingBlock) {
      this.shm = items.block;
      this.#layout = new ListLayout(this.shm.buffer, this.shm.name);
    } else if (isIterable(items)) {
      checkOptionNames("options", options, ["name", "track"]);
      const values = Array.from(items, (item, index) => encodeValue(`items[${index}]`, item));
      this.shm = new SharedMemory({ create: true, size: layoutSize(values), ...options });
      this.#layout = ListLayout.write(this.shm.buffer, this.shm.name, values);
    } else {
      if (typeof items !== "object" || items === null)
        throw new InvalidArgumentError("items", items, "an iterable of values, or { name }");
      checkOptionNames("options", items, ["name", "track"]);
      this.shm = new SharedMemory(items);
      try {
        this.#layout = new ListLayout(this.shm.buffer, this.shm.name);
      } catch (error) {
        this.shm.close();
        throw error;
      }
    }
  }

  /** Number of slots. */
  get length(): number {
    return this.#layout.length;
  }

  /** The formats of all slots, as of Python's `struct`. */
  get format(): string {
    this.#open();
    return Array.from({ length: this.length }, (_, index) => this.#layout.format(index)).join("");
  }

  /**
   * What a slot holds.
   * @param index - from 0; a negative one counts from the end.
   * @throws InvalidArgumentError for an index that the list does not have; InvalidStateError after `close()`.
   */
  get(index: number): ShareableValue {
    this.#open();
    return this.#layout.read(this.#at(index));
  }

  /**
   * Puts a value into a slot.
   * @param index - from 0; a negative one counts from the end.
   * @throws InvalidArgumentError for an index that the list does not have, or a value that does not fit in;
   *   InvalidStateError after `close()`.
   */
  set(index: number, value: ShareableValue): void {
    this.#open();
    const at = this.#at(index);
    const encoded = encodeValue("value", value);
    const room = this.#layout.room(at);
    if (encoded.bytes.length > room) {
      throw new InvalidArgumentError(
        "value",
        value,
        `of at most ${room} bytes, which slot ${at} has room for`,
      );
    }
    this.#layout.write(at, encoded);
  }

  /** How often a value is in the list. */
  count(value: ShareableValue): number {
    let count = 0;
    for (const each of this) if (isSame(each, value)) count++;
    return count;
  }

  /**
   * The first slot that holds a value.
   * @throws InvalidArgumentError where none does, as Python's raises a ValueError.
   */
  index(value: ShareableValue): number {
    for (let index = 0; index < this.length; index++) if (isSame(this.get(index), value)) return index;
    throw new InvalidArgumentError("value", value, "in the list");
  }

  /** What the slots hold, one by one. */
  *[Symbol.iterator](): Generator<ShareableValue, void, undefined> {
    for (let index = 0; index < this.length; index++) yield this.get(index);
  }

  /** `shm.close()`, which leaves the list to others. */
  [Symbol.dispose](): void {
    this.shm.close();
  }

  /** `<ShareableList ungil_1f2e3d4c5b6a length=3>`. */
  toString(): string {
    return `<ShareableList ${this.shm.name} length=${this.length}>`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  /** A layout on a buffer that is empty would read nothing where there was something. */
  #open(): void {
    void this.shm.buffer;
  }

  #at(index: number): number {
    const { length } = this;
    if (!Number.isInteger(index) || index < -length || index >= length) {
      throw new InvalidArgumentError(
        "index",
        index,
        length === 0 ? "none: the list is empty" : `a whole number from ${-length} to ${length - 1}`,
      );
    }
    return index < 0 ? index + length : index;
  }

  static {
    registerReviver(reviver, (data) => {
      const Arriving = ShareableList as unknown as new (block: ArrivingBlock) => ShareableList;
      return new Arriving(new ArrivingBlock(attachArriving(data)));
    });
    // how it travels is nobody's business but the wire's
    Object.defineProperty(this.prototype, portable, {
      value(this: ShareableList) {
        return {
          reviver,
          entry: "multiprocessing",
          data: travellingOf(this.shm),
        } satisfies PortableReference;
      },
    });
  }
}

const isIterable = (value: unknown): value is Iterable<ShareableValue> =>
  typeof (value as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] === "function";

/** As `includes` compares, bytes by what they are. */
function isSame(one: ShareableValue, other: ShareableValue): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other) === 0;
  return one === other || (Number.isNaN(one) && Number.isNaN(other));
}
