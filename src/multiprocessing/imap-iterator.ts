import type { CancelledError } from "../errors.js";
import { Fifo } from "../fifo.js";
import type { WaitOptions } from "../futures/future.js";
import type { TaskStream } from "../futures/task-stream.js";
import { limitedWait } from "../pool/limited.js";
import { checkWaitOptions } from "../sync/wait-options.js";
import type { PoolJob, PoolJobs } from "./pool-jobs.js";

/**
 * The results of `imap` and `imapUnordered` of a {@link Pool}: Python's `IMapIterator`, with `for await` or step by
 * step. An item that failed throws at its place, and the next step is the next item; a loop ends there. Leaving
 * a loop stops the reading, cancels what has not started and aborts what runs, as with the `map` of an executor.
 *
 * @example
 * for await (const page of pool.imap(render, documents)) await write(page);
 *
 * const pages = pool.imapUnordered(render, documents);
 * const first = await pages.next({ timeout: 5_000 });
 */
export interface IMapIterator<R> extends AsyncIterable<R> {
  /**
   * The next result.
   * @param options - limit of this wait, in ms, and a signal that ends it. The result is that of the next call then.
   * @returns `{ done: true }` when there are no more, where Python raises `StopIteration`.
   * @throws What the function threw for the item; what the input threw, after all results before it; TimeoutError;
   *   CancelledError when the pool was terminated, or the signal aborts.
   */
  next(options?: WaitOptions): Promise<IteratorResult<R, undefined>>;
  /** Ends the iteration, and the work for it. */
  return(): Promise<IteratorResult<R, undefined>>;
  /** Itself: who iterates a second time goes on where the first time ended. */
  [Symbol.asyncIterator](): this;
}

/** One step of the iteration. */
type Step<R> =
  | { readonly failed: false; readonly result: IteratorResult<R, undefined> }
  | { readonly failed: true; readonly error: unknown };

/** A call of `next` that waits: it is given its step. */
type Waiter<R> = (step: Step<R>) => void;

const theEnd = { failed: false, result: { done: true, value: undefined } } as const;

/** Takes results of a stream one by one when they are asked for, or all of them when the pool closes. */
export class ImapJob<R> implements IMapIterator<R>, PoolJob {
  readonly #jobs: PoolJobs;
  readonly #stream: TaskStream<PromiseSettledResult<R>>;
  #results: AsyncIterator<PromiseSettledResult<R>, undefined> | undefined;
  /** Steps that were taken from the stream and that nobody waited for any more, or yet. */
  readonly #steps = new Fifo<Step<R>>();
  readonly #waiters = new Set<Waiter<R>>();
  #pulling = false;
  #finishing = false;
  #ended = false;

  constructor(jobs: PoolJobs, stream: TaskStream<PromiseSettledResult<R>>) {
    this.#jobs = jobs;
    this.#stream = stream;
    jobs.add(this);
  }

  async next(options: WaitOptions = {}): Promise<IteratorResult<R, undefined>> {
    const limits = checkWaitOptions(options);
    let step: Step<R> | undefined = this.#steps.shift() ?? (this.#ended ? theEnd : undefined);
    if (!step) {
      const late = `there was no result within ${limits.timeout} ms; the work goes on`;
      await limitedWait(limits, this.#jobs.clock, late, (end) => {
        const waiter: Waiter<R> = (given) => {
          step = given;
          end();
        };
        this.#waiters.add(waiter);
        this.#pull();
        return () => this.#waiters.delete(waiter);
      });
    }
    const { failed, ...rest } = step!;
    if (failed) throw (rest as { error: unknown }).error;
    return (rest as { result: IteratorResult<R, undefined> }).result;
  }

  async return(): Promise<IteratorResult<R, undefined>> {
    this.#steps.clear();
    this.#end();
    await this.#iterator.return?.();
    return theEnd.result;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  get [Symbol.toStringTag](): string {
    return "IMapIterator";
  }

  // ---- for the pool ----

  finish(): void {
    this.#finishing = true;
    this.#pull();
  }

  end(error: CancelledError): void {
    this.#stream.cancel(error);
    this.finish();
  }

  // ---- taking results ----

  /** Only now: a failure counts as seen once somebody asks for results. */
  get #iterator(): AsyncIterator<PromiseSettledResult<R>, undefined> {
    this.#results ??= this.#stream[Symbol.asyncIterator]() as AsyncIterator<
      PromiseSettledResult<R>,
      undefined
    >;
    return this.#results;
  }

  #pull(): void {
    if (this.#pulling || this.#ended || (this.#waiters.size === 0 && !this.#finishing)) return;
    this.#pulling = true;
    this.#iterator.next().then(
      ({ done, value }) => {
        if (done) this.#end();
        else if (value.status === "rejected") this.#take({ failed: true, error: value.reason });
        else this.#take({ failed: false, result: { done: false, value: value.value } });
      },
      (error: unknown) => this.#take({ failed: true, error }),
    );
  }

  #take(step: Step<R>): void {
    this.#pulling = false;
    // what `return` found under way is wanted by nobody
    if (this.#ended) return;
    const [waiter] = this.#waiters;
    if (waiter) {
      this.#waiters.delete(waiter);
      waiter(step);
    } else this.#steps.push(step);
    this.#pull();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) waiter(theEnd);
    this.#jobs.remove(this);
  }
}
