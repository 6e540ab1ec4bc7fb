import { InvalidArgumentError, InvalidStateError } from "../../errors.js";
import { isPrimitive } from "../../wire/index.js";
import { Carried, Endpoint, Handle, own, type WaitOptions } from "../sharing/index.js";
import { type QueueMethods, ServedQueue } from "./queue-served.js";

/** What handles of a queue know. */
interface QueueDetails {
  readonly maxsize: number;
}

/** What all kinds of queues have. */
export abstract class QueueBase<T> extends Handle {
  /** Puts that have not ended: who closes waits for them. */
  #putting = 0;
  #allPut: (() => void) | undefined;
  #isClosed = false;
  readonly #hasPut = (): void => {
    if (--this.#putting === 0) this.#allPut?.();
  };

  /** @param made - the most items, or what has arrived. */
  protected constructor(kind: string, made: number | Endpoint) {
    if (!(made instanceof Endpoint) && (typeof made !== "number" || Number.isNaN(made)))
      throw new InvalidArgumentError("maxsize", made, "a number of items, 0 or less for no limit");
    super(made instanceof Endpoint ? made : newQueue(kind, made));
  }

  protected get limit(): number {
    return (this.details as QueueDetails).maxsize;
  }

  protected ask<M extends keyof QueueMethods>(
    method: M,
    args: Parameters<QueueMethods[M]> | [],
    wait?: WaitOptions,
  ): Promise<ReturnType<QueueMethods[M]>> {
    return this.#closedError() ?? this.call(method, args, wait);
  }

  protected add(method: "put" | "putNowait", item: T, wait?: WaitOptions): Promise<void> {
    try {
      const closed = this.#closedError();
      if (closed) return closed;
      // as it is now, whenever it leaves
      const written = isPrimitive(item) ? item : Carried.of(item, "the item");
      const put = this.call<void>(method, [written], wait, undefined, this.#hasPut);
      this.#putting++;
      return put;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  protected take(method: "get" | "getNowait", wait?: WaitOptions): Promise<T> {
    try {
      return this.#closedError() ?? this.call<T>(method, [], wait, opened);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #closedError(): Promise<never> | undefined {
    if (!this.#isClosed) return undefined;
    return Promise.reject(new InvalidStateError(`${this.toString()} is closed here: close() was called`));
  }

  /**
   * Says that this process (or thread) puts nothing in and takes nothing out any more; others go on. What it has put in
   * stays. May be called again.
   */
  close(): void {
    this.#isClosed = true;
  }

  /** Closes it, when what was put in here has arrived: Python's `close` and `join_thread`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    if (this.#putting === 0) return;
    await new Promise<void>((resolve) => {
      const before = this.#allPut;
      this.#allPut = () => {
        before?.();
        resolve();
      };
    });
  }
}

function opened<T>(item: unknown): T | PromiseLike<T> {
  return (item instanceof Carried ? item.open() : item) as T;
}

function newQueue(kind: string, given: number): Endpoint {
  const maxsize = given > 0 ? given : Number.POSITIVE_INFINITY;
  return own(kind, new ServedQueue(maxsize), { maxsize } satisfies QueueDetails);
}
