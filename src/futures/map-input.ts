import { captureContext } from "../async-context.js";
import { InvalidArgumentError } from "../errors.js";
import { streamOpener } from "./stream-input.js";
import { warn } from "./unobserved.js";

type Step<T> = IteratorResult<T, unknown>;

const arrayValues: unknown = Array.prototype[Symbol.iterator];

/** One way to read a sync or an async iterable item by item, and to close it early. */
export class MapInput<T> {
  /** Number of items where the input tells: the length of an array, the size of a set or map. */
  readonly length: number | undefined;
  /** Where `map` was called: whoever reads the input does it there. */
  readonly context = captureContext();
  readonly #open: () => Iterator<T> | AsyncIterator<T>;
  /** Whether it has to be closed even if nothing was read of it. */
  readonly #isStream: boolean;
  /** Whether reading it runs code of the user's. */
  readonly isForeign: boolean;
  /** The items, where reading them step by step would give the same and take longer. */
  readonly array: readonly T[] | undefined;
  #iterator: Iterator<T> | AsyncIterator<T> | undefined;
  #ended = false;
  #inNext = false;
  #awaitsNext = false;
  #closeAfterNext = false;

  /** @throws InvalidArgumentError when `items` can't be iterated. */
  constructor(items: Iterable<T> | AsyncIterable<T>) {
    const openStream = streamOpener<T>(items);
    const source = items as (Partial<Iterable<T> & AsyncIterable<T>> & object) | null | undefined;
    const open = (openStream ?? source?.[Symbol.asyncIterator] ?? source?.[Symbol.iterator]) as
      | (() => Iterator<T> | AsyncIterator<T>)
      | undefined;
    if (typeof open !== "function") {
      throw new InvalidArgumentError("items", items, "an iterable or an async iterable");
    }
    this.length = lengthOf(items);
    this.isForeign = !Array.isArray(items);
    this.array = open === arrayValues && !this.isForeign ? (items as readonly T[]) : undefined;
    this.#open = () => open.call(items);
    this.#isStream = openStream !== undefined;
  }

  /** The next step: at once from a sync iterable. Throws, or rejects, what the input throws. */
  next(): Step<T> | Promise<Step<T>> {
    let step: Step<T> | Promise<Step<T>>;
    this.#inNext = true;
    try {
      this.#iterator ??= this.#open();
      step = this.#iterator.next();
    } catch (error) {
      this.#ended = true;
      throw error;
    } finally {
      this.#inNext = false;
      if (this.#closeAfterNext) this.closeQuietly();
    }
    if (typeof (step as Partial<PromiseLike<unknown>> | undefined)?.then !== "function") {
      return this.#check(step as Step<T>);
    }
    this.#awaitsNext = true;
    return Promise.resolve(step).then(
      (result) => {
        this.#awaitsNext = false;
        return this.#check(result);
      },
      (error: unknown) => {
        this.#ended = true;
        throw error;
      },
    );
  }

  /**
   * Tells the input that no more is wanted. The promise settles when the input has cleaned up, and rejects
   * with what its clean-up throws. It does not wait for an input that is in the middle of a read, which may
   * never end.
   */
  close(): Promise<void> {
    return this.context.runInAsyncScope(this.#close, this);
  }

  async #close(): Promise<void> {
    if (this.#ended) return;
    if (this.#inNext) {
      // a generator that runs can't be closed from within
      this.#closeAfterNext = true;
      return;
    }
    this.#ended = true;
    if (this.#isStream) this.#iterator ??= this.#open();
    const returned = this.#iterator?.return?.();
    if (this.#awaitsNext) Promise.resolve(returned).catch(warnOfClosing);
    else await returned;
  }

  /** `close` for where nobody can be told of a failure but through a process warning. */
  closeQuietly(): void {
    this.close().catch(warnOfClosing);
  }

  #check(step: Step<T>): Step<T> {
    if (typeof step !== "object" || step === null) {
      this.#ended = true;
      throw new TypeError(`the iterator of a map's items answered with ${String(step)} instead of an object`);
    }
    if (step.done) this.#ended = true;
    return step;
  }
}

function warnOfClosing(error: unknown): void {
  warn("the items of a map threw while they were closed", error);
}

/** Number of items where the input tells. */
export function lengthOf(items: unknown): number | undefined {
  if (Array.isArray(items)) return items.length;
  if (ArrayBuffer.isView(items) && !(items instanceof DataView)) {
    return (items as unknown as { length: number }).length;
  }
  if (items instanceof Set || items instanceof Map) return items.size;
  return undefined;
}
