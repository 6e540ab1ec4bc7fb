import { type FrameMemory, frameMemory } from "../../wire/codec/frame-memory.js";
import { unitWords } from "./layout.js";

/** Words to begin with, and to go back to after a large item. */
const fewWords = 4_096;

/** An item as it lies in the queue: a tag, two words, and what it has in the arena. */
export class Item {
  tag = 0;
  first = 0;
  second = 0;
  /** How much it takes in the arena. */
  units = 0;
  /** What lies in the arena, from the start of the memory on. */
  memory: FrameMemory = frameMemory(new ArrayBuffer(4 * fewWords));

  /**
   * Writes what it has in the arena to where it is to lie, in one piece from a byte on; false if that is to be copied
   * from the memory. Within the guard of who puts.
   */
  writeInPlace(_at: number): boolean {
    return false;
  }

  /** Writes what it has in the arena to the memory, if it is not there. */
  fill(): void {}

  /**
   * Takes what it has in the arena from where it lies, in one piece from a byte on; false if that is to be copied to the
   * memory. Within the guard of who takes.
   */
  readInPlace(_at: number): boolean {
    return false;
  }

  /** Makes room in the memory; what was in it is lost. */
  reserve(bytes: number): void {
    if (bytes > this.memory.bytes.length) this.memory = frameMemory(new ArrayBuffer(powerOfTwo(bytes)));
  }

  /** Gives back what a large item took. */
  release(): void {
    if (this.memory.words.length > fewWords * 16) this.memory = frameMemory(new ArrayBuffer(4 * fewWords));
  }

  /** One with memory of its own, which stays as it is. */
  copy(): Item {
    this.fill();
    const copy = new Item();
    copy.tag = this.tag;
    copy.first = this.first;
    copy.second = this.second;
    copy.units = this.units;
    copy.memory = frameMemory(new ArrayBuffer(4 * unitWords * this.units));
    copy.memory.words.set(this.memory.words.subarray(0, unitWords * this.units));
    return copy;
  }
}

const powerOfTwo = (least: number): number => 2 ** Math.ceil(Math.log2(least));
