/**
 * Blocks and lists that end together.
 *
 * @module
 */
import { FileNotFoundError, InvalidStateError, SerializationError } from "../../errors.js";
import { portable } from "../../portable.js";
import { unlinkBlock } from "./block-file.js";
import type { ShareableValue } from "./list-layout.js";
import { ShareableList } from "./shareable-list.js";
import { SharedMemory, type Travelling, travellingOf } from "./shared-memory.js";

/**
 * Makes blocks and lists in shared memory, and unlinks them all at its end: Python's
 * `multiprocessing.managers.SharedMemoryManager`. Python's has a process of its own; here the program's end is looked
 * after anyway.
 *
 * @example
 * using manager = new SharedMemoryManager().start();
 * const block = manager.SharedMemory(1_000_000);
 * const list = manager.ShareableList([0.5, "name"]);
 */
export class SharedMemoryManager implements Disposable {
  #state: "initial" | "started" | "shutdown" = "initial";
  /** Not the blocks themselves: those that nobody has any more may be collected. */
  #blocks: Travelling[] = [];

  /**
   * Makes it ready.
   * @returns Itself.
   * @throws InvalidStateError when it was started before.
   */
  start(): this {
    if (this.#state !== "initial") {
      throw new InvalidStateError(`a SharedMemoryManager starts once: this one is ${this.#words()}`);
    }
    this.#state = "started";
    return this;
  }

  /**
   * A new block.
   * @param size - in bytes.
   * @throws InvalidStateError before `start()` and after `shutdown()`; else what `SharedMemory` throws.
   */
  SharedMemory(size: number): SharedMemory {
    this.#assertStarted();
    const block = new SharedMemory({ create: true, size });
    this.#blocks.push(travellingOf(block));
    return block;
  }

  /**
   * A new list.
   * @throws InvalidStateError before `start()` and after `shutdown()`; else what `ShareableList` throws.
   */
  ShareableList(items: Iterable<ShareableValue>): ShareableList {
    this.#assertStarted();
    const list = new ShareableList(items);
    this.#blocks.push(travellingOf(list.shm));
    return list;
  }

  /**
   * Unlinks all that it has made and that is still there. Who has a block open keeps it until `close()`. A second
   * call does nothing.
   */
  shutdown(): void {
    this.#state = "shutdown";
    const blocks = this.#blocks;
    this.#blocks = [];
    for (const block of blocks) unlinkIfThere(block);
  }

  /** `shutdown()`. */
  [Symbol.dispose](): void {
    this.shutdown();
  }

  /** A copy could not unlink what it makes: it lives in another process. */
  [portable](): never {
    throw new SerializationError(
      "a SharedMemoryManager can't be sent: send the blocks that it makes, or make one inside the task",
      "SharedMemoryManager",
    );
  }

  #assertStarted(): void {
    if (this.#state === "started") return;
    throw new InvalidStateError(
      `this SharedMemoryManager is ${this.#words()}: ${this.#state === "initial" ? "call start() first" : "make another"}`,
    );
  }

  #words(): string {
    return { initial: "not started", started: "started already", shutdown: "shut down" }[this.#state];
  }
}

function unlinkIfThere({ name, folder, inode }: Travelling): void {
  try {
    unlinkBlock(name, folder, inode);
  } catch (error) {
    if (!(error instanceof FileNotFoundError)) throw error;
  }
}
