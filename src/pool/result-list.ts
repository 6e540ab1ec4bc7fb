import type { ChunkPart } from "../futures/chunks.js";
import { PackWriter, packValues } from "../wire/codec/pack.js";
import { isPrimitive, type Transferable } from "../wire/index.js";

/** As many primitive results go as they are: packing costs more. */
const few = 16;

/** Results of a chunk that wait to be handed in. Objects are packed at once: later items may change them. */
export class ResultList {
  /** Primitive values, until there is an object. */
  #values: unknown[] = [];
  #writer: PackWriter | undefined;

  /** One result more; false: it is not plain, and has to travel alone. */
  add(value: unknown): boolean {
    if (this.#writer) return this.#writer.add(value);
    if (isPrimitive(value)) {
      this.#values.push(value);
      return true;
    }
    const writer = new PackWriter();
    // a string may be one that is not packed
    if (!this.#values.every((each) => writer.add(each)) || !writer.add(value)) return false;
    this.#writer = writer;
    this.#values = [];
    return true;
  }

  /** Empties the list into parts. @param at - place of the first result. */
  take(at: number, parts: ChunkPart[], transfer: Transferable[]): void {
    const writer = this.#writer;
    if (writer) {
      this.#writer = undefined;
      const packed = writer.finish();
      parts.push({ kind: "packed", at, count: writer.count, packed });
      transfer.push(packed);
      return;
    }
    const values = this.#values;
    this.#values = [];
    for (let from = 0; from < values.length; ) {
      const { packed, count } =
        values.length > few ? packValues(values, from, values.length) : { packed: undefined, count: 0 };
      if (packed && count > 0) {
        parts.push({ kind: "packed", at: at + from, count, packed });
        transfer.push(packed);
        from += count;
      } else {
        const some = values.slice(from, from + few);
        parts.push({ kind: "plain", at: at + from, values: some });
        from += some.length;
      }
    }
  }
}
