import { Future, type Settled } from "./future.js";

/** A submitted item: its future, which may be made only when somebody asks for it. */
export interface Begun<R> {
  readonly future: Future<R>;
}

/** An item of a map whose result is not delivered yet. It is told how it ended. */
export class Entry<R> implements Settled {
  readonly index: number;
  readonly #engine: { settled(entry: Entry<R>): void };
  /** While it waits for a place: the item, and when it was read, in ms by the executor's clock. */
  item: unknown;
  readonly readAt: number;
  begun: Begun<R> | Future<R> | undefined = undefined;
  /** Whether its future is not settled and its result is wanted. */
  inFlight = false;
  failed = false;
  /** The value, or the error. */
  result: unknown = undefined;
  /** Neighbours in the list of its map. */
  previous: Entry<R> | undefined = undefined;
  next: Entry<R> | undefined = undefined;

  constructor(index: number, engine: { settled(entry: Entry<R>): void }, item?: unknown, readAt = 0) {
    this.index = index;
    this.#engine = engine;
    this.item = item;
    this.readAt = readAt;
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

/** Entries of a map in the order of its items, chained through themselves. */
export class EntryList<R> {
  first: Entry<R> | undefined = undefined;
  last: Entry<R> | undefined = undefined;

  push(entry: Entry<R>): void {
    const { last } = this;
    entry.previous = last;
    if (last) last.next = entry;
    else this.first = entry;
    this.last = entry;
  }

  remove(entry: Entry<R>): void {
    const { previous, next } = entry;
    if (previous) previous.next = next;
    else this.first = next;
    if (next) next.previous = previous;
    else this.last = previous;
    entry.previous = entry.next = undefined;
  }

  /** Takes out, and answers with, an entry that is there and all behind it. */
  cutFrom(entry: Entry<R> | undefined): Entry<R>[] {
    const cut: Entry<R>[] = [];
    for (let at = entry; at; ) {
      const { next } = at;
      this.remove(at);
      cut.push(at);
      at = next;
    }
    return cut;
  }
}
