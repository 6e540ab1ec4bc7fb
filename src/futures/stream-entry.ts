import { Future, type Settled } from "./future.js";

/** A submitted item: its future, which may be made only when somebody asks for it. */
export interface Begun<R> {
  readonly future: Future<R>;
}

/** An item of a map whose result is not delivered yet. It is told how it ended. */
export class Entry<R> implements Settled {
  readonly index: number;
  readonly #engine: { settled(entry: Entry<R>): void };
  /** While it waits for a place: the item, and when it was read. */
  item: unknown = undefined;
  readAt = 0;
  begun: Begun<R> | Future<R> | undefined = undefined;
  /** Whether its future is not settled and its result is wanted. */
  inFlight = false;
  failed = false;
  /** The value, or the error. */
  result: unknown = undefined;

  constructor(index: number, engine: { settled(entry: Entry<R>): void }) {
    this.index = index;
    this.#engine = engine;
  }

  get future(): Future<R> {
    const begun = this.begun!;
    return begun instanceof Future ? begun : begun.future;
  }

  /** The item, which is not kept. */
  takeItem(): unknown {
    const { item } = this;
    this.item = undefined;
    return item;
  }

  resolve(value: unknown): void {
    this.result = value;
    this.#engine.settled(this);
  }

  reject(error: unknown): void {
    this.failed = true;
    this.result = error;
    this.#engine.settled(this);
  }
}
