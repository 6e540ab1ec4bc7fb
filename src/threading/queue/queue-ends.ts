import type { Environment } from "../sync/environment.js";
import { ItemCodec } from "./item-codec.js";
import type { Layout } from "./layout.js";
import { QueueFlow } from "./queue-flow.js";
import { SharedShapes } from "./shared-shapes.js";
import { TakenItem } from "./text-items.js";

/** Where values go into a queue and come out of it, as one thread sees it. */
export class QueueEnds {
  readonly words: Int32Array;
  readonly environment: Environment;
  readonly flow: QueueFlow;
  readonly codec: ItemCodec;
  readonly #item: TakenItem;

  constructor(memory: SharedArrayBuffer, layout: Layout, maxBytes: number, environment: Environment) {
    const words = new Int32Array(memory);
    const part = (start: number, count: number): Int32Array => words.subarray(start, start + count);
    const { waitersStart, waitersWords, shapesStart, shapesWords } = layout;
    this.words = words;
    this.#item = new TakenItem(memory);
    this.environment = environment;
    const items = part(waitersStart, waitersWords);
    const room = part(waitersStart + waitersWords, waitersWords);
    this.flow = new QueueFlow({ words, items, room }, layout, environment);
    this.codec = new ItemCodec(
      new SharedShapes(part(shapesStart, shapesWords), environment),
      maxBytes,
      memory,
    );
  }

  /** Takes an item out, whose value `taken` answers then; answers as the core does. */
  take(): number {
    return this.flow.take(this.#item);
  }

  /** The same, for a thread that is about to sleep otherwise. */
  takeSoon(): number {
    return this.flow.takeSoon(this.#item);
  }

  /**
   * The value of the item that was taken, to be asked for once and at once.
   * @throws Error for an item that can't be read; it is gone.
   */
  taken<T>(): T {
    return this.codec.read(this.#item) as T;
  }
}
