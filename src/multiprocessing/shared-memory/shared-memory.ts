/**
 * Blocks of memory with a name, for several processes at once.
 *
 * @module
 */
import { closeSync } from "node:fs";
import { inspect } from "node:util";
import { InvalidStateError } from "../../errors.js";
import { type PortableReference, portable, registerReviver } from "../../portable.js";
import { ownIdentity } from "../identity.js";
import {
  type BlockFile,
  blocksFolder,
  createBlock,
  openBlock,
  randomName,
  unlinkBlock,
} from "./block-file.js";
import { enter } from "./entries.js";
import { koffiFile, libc } from "./libc.js";
import { type Mapping, mapFile } from "./mapping.js";
import {
  type AttachSharedMemoryOptions,
  type CreateSharedMemoryOptions,
  checkSharedMemoryOptions,
} from "./options.js";
import { ensureTracker } from "./tracker.js";
import { type SharedArrayOptions, type TypedArrayClass, typedArray } from "./typed-array.js";

/** What travels in place of a block. */
export interface Travelling {
  readonly name: string;
  readonly folder: string;
  readonly inode: string;
  /** Where koffi is: a worker of a bundled program may not find it. */
  readonly koffi: string;
}

const reviver = "ungil.SharedMemory";

/** What travels in place of a block: its name, and what tells it from a later one of that name. */
export let travellingOf: (block: SharedMemory) => Travelling;

/** For this side only: which block an arriving one is. */
const arriving: unique symbol = Symbol("arriving");

/**
 * A block of memory that several processes and threads use at once, without copies: Python's
 * `multiprocessing.shared_memory.SharedMemory`. It has a name, by which any process of the machine attaches to it.
 *
 * Given as an argument, captured or returned, it arrives in workers as the same memory. What several write at once
 * has to be agreed upon: with `Atomics` on an integer array, or a lock.
 *
 * `close()` gives the memory back in this process; the block is there until somebody calls `unlink()`. One that is
 * forgotten is removed when the program has ended, by whatever means.
 *
 * Needs the optional package koffi: `npm install koffi`. Linux, macOS and the BSDs.
 *
 * @example
 * using block = new SharedMemory({ create: true, size: 8 * 1_000 });
 * const numbers = block.array(Float64Array);
 * await pool.submit((shared) => void shared.array(Float64Array).fill(1), block);
 * console.log(numbers[999]); // 1
 * block.unlink();
 */
export class SharedMemory implements Disposable {
  readonly #name: string;
  readonly #folder: string;
  readonly #inode: string;
  readonly #size: number;
  #mapping: Mapping | undefined;

  /**
   * Makes a block of zeros with `{ create: true, size }`, or attaches to one with `{ name }`.
   * @throws InvalidArgumentError for an option that can't be; FileExistsError for a name that is taken;
   *   FileNotFoundError where no block has the name; MemoryError where there is no room; MissingDependencyError
   *   without the package koffi; InvalidStateError on Windows, or for a file that is no block; the system's own error
   *   where it refuses (EACCES: the block is another user's).
   */
  constructor(options: CreateSharedMemoryOptions | AttachSharedMemoryOptions) {
    checkSharedMemoryOptions(options);
    const known = (options as { readonly [arriving]?: Travelling })[arriving];
    libc(known?.koffi);
    this.#folder = known?.folder ?? blocksFolder();
    const file = options.create
      ? createBlock(options.name ?? randomName, options.size, options.track ?? true)
      : openBlock(options.name, this.#folder, known?.inode);
    this.#name = file.name;
    this.#size = file.size;
    this.#inode = file.inode;
    try {
      this.#mapping = mapFile(file.fd, file.size);
      if (!options.create && options.track === true) track(file);
    } catch (error) {
      if (options.create) this.unlink();
      throw error;
    } finally {
      closeSync(file.fd);
    }
  }

  /** By which others attach to it. */
  get name(): string {
    return this.#name;
  }

  /** In bytes. */
  get size(): number {
    return this.#size;
  }

  /**
   * The memory itself. It can't be moved; after `close()` it is empty.
   * @throws InvalidStateError after `close()`.
   */
  get buffer(): ArrayBuffer {
    if (!this.#mapping) {
      throw new InvalidStateError(
        `shared memory "${this.#name}" is closed here: attach again with new SharedMemory({ name })`,
      );
    }
    return this.#mapping.buffer;
  }

  /**
   * The memory, or a part of it, as a typed array: NumPy's `ndarray(n, dtype, buffer=shm.buf)`. After `close()` it is
   * empty.
   * @param type - `Float64Array`, `Int32Array` or another class of typed arrays.
   * @param options - `byteOffset` from the start of the block, `length` in elements: all that fit by default.
   * @throws InvalidArgumentError for a part that does not fit; InvalidStateError after `close()`.
   *
   * @example
   * const counters = block.array(Int32Array, { length: 4 });
   * const samples = block.array(Float64Array, { byteOffset: 16 });
   */
  array<T>(type: TypedArrayClass<T>, options?: SharedArrayOptions): T {
    return typedArray(this.buffer, type, options);
  }

  /**
   * Gives the memory back in this process: arrays on it are empty from then on. Others keep it, and so does its
   * name. A second call does nothing.
   */
  close(): void {
    this.#mapping?.close();
    this.#mapping = undefined;
  }

  /**
   * Removes the name: nobody can attach to the block any more, and the memory is free as soon as all who have it
   * have closed it. To be called once, by anybody, also after `close()`.
   * @throws FileNotFoundError where it was unlinked before.
   */
  unlink(): void {
    unlinkBlock(this.#name, this.#folder, this.#inode);
  }

  /** `close()`, which leaves the block to others. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** `<SharedMemory ungil_1f2e3d4c5b6a size=4096>`. */
  toString(): string {
    return `<SharedMemory ${this.#name} size=${this.#size}${this.#mapping ? "" : " closed"}>`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  static {
    registerReviver(reviver, attachArriving);
    travellingOf = (block) => ({
      name: block.#name,
      folder: block.#folder,
      inode: block.#inode,
      koffi: koffiFile(),
    });
    // how it travels is nobody's business but the wire's
    Object.defineProperty(this.prototype, portable, {
      value(this: SharedMemory) {
        return { reviver, entry: "multiprocessing", data: travellingOf(this) } satisfies PortableReference;
      },
    });
  }
}

function track({ inode, name }: BlockFile): void {
  ensureTracker();
  enter(inode, name);
}

/** A block as it arrives from another process or thread. */
export function attachArriving(data: unknown): SharedMemory {
  const travelling = data as Travelling;
  const options = { name: travelling.name, [arriving]: travelling };
  const block = new SharedMemory(options);
  // rule 7: whoever made it may end before this program does
  if (ownIdentity().parent === null && travelling.folder === blocksFolder()) ensureTracker();
  return block;
}
