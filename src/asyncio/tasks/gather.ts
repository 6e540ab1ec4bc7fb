import { type CancelledError, InvalidArgumentError } from "../../errors.js";
import type { Future } from "../../futures/future.js";
import { observe, outcomeOf, whenDone } from "../../futures/future.js";
import { checkBoolean, checkOptionNames, checkSignal } from "../../validate.js";
import { type Awaitable, type AwaitedOf, checkAwaitable } from "./awaitable.js";
import { wasTold } from "./cancel-chain.js";
import { cancelBySignal, openTask, type Task, taskName } from "./task.js";
import { ensureFuture } from "./wrap-future.js";

/** Options of {@link gather}. */
export interface GatherOptions {
  /** Cancels the targets when it aborts, as `cancel` of the task that `gather` answers with. */
  readonly signal?: AbortSignal | undefined;
  /** Whether errors take their places among the results, instead of the first one being thrown. Default false. */
  readonly returnExceptions?: boolean | undefined;
}

/** What {@link gather} gives for its targets. */
export type Gathered<A extends readonly unknown[], Settled extends boolean = false> = {
  -readonly [K in keyof A]: Settled extends true ? AwaitedOf<A[K]> | Error : AwaitedOf<A[K]>;
};

/**
 * Waits for several at once, and gives their results in the order of the targets. Functions are started, each as a task
 * (one that is named twice is started twice); tasks, futures and promises go on already, and one that is named twice
 * gives its result twice.
 *
 * The first error is what `gather` fails with; the others go on, and their failures are taken note of. To cancel them
 * together use a `TaskGroup`. With `returnExceptions` what was thrown takes its place among the results, the
 * `CancelledError` of a cancelled one too (typed as `Error`, although JavaScript lets functions throw anything).
 *
 * *Cancellation*: of the task that it answers with cancels all targets, and ends with a `CancelledError` in any case; so
 * does the cancellation of a task that awaits it.
 *
 * *Errors*: `InvalidArgumentError`, thrown from the call before anything is started, for something that can't be waited
 * for.
 *
 * @example
 * const [user, orders] = await gather([() => loadUser(id), () => loadOrders(id)]);
 */
export function gather<const A extends readonly Awaitable<unknown>[]>(
  targets: A,
  options: GatherOptions & { readonly returnExceptions: true },
): Task<Gathered<A, true>>;
export function gather<const A extends readonly Awaitable<unknown>[]>(
  targets: A,
  options?: GatherOptions & { readonly returnExceptions?: false | undefined },
): Task<Gathered<A>>;
export function gather<T>(targets: Iterable<Awaitable<T>>, options?: GatherOptions): Task<Awaited<T>[]>;
export function gather(targets: Iterable<Awaitable<unknown>>, options: GatherOptions = {}): Task<unknown[]> {
  checkOptionNames("options", options, ["returnExceptions", "signal"]);
  const { returnExceptions = false, signal } = options;
  if (signal !== undefined) checkSignal("signal", signal);
  checkBoolean("returnExceptions", returnExceptions);
  const all = checkTargets(targets);
  const futures = new Map<Awaitable<unknown>, Future<unknown>>();
  const children = all.map((target) => {
    if (typeof target === "function") return ensureFuture(target);
    const future = futures.get(target) ?? ensureFuture(target);
    futures.set(target, future);
    return future;
  });
  const { task } = new Gathering(children, returnExceptions);
  cancelBySignal(task, signal);
  return task;
}

function checkTargets(targets: unknown): Awaitable<unknown>[] {
  if (typeof (targets as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] !== "function") {
    throw new InvalidArgumentError(
      "targets",
      targets,
      "an iterable of functions, tasks, futures or promises",
    );
  }
  const all = [...(targets as Iterable<Awaitable<unknown>>)];
  for (const [index, target] of all.entries()) checkAwaitable(`targets[${index}]`, target);
  return all;
}

class Gathering {
  readonly task: Task<unknown[]>;
  readonly #children: readonly Future<unknown>[];
  readonly #returnExceptions: boolean;
  readonly #resolve: (results: unknown[]) => void;
  readonly #reject: (error: unknown) => void;
  #left: number;
  #cancelledBy: CancelledError | undefined;

  constructor(children: readonly Future<unknown>[], returnExceptions: boolean) {
    this.#children = children;
    this.#returnExceptions = returnExceptions;
    const different = new Set(children);
    this.#left = different.size;
    const { task, resolve, reject } = openTask<unknown[]>(taskName(undefined, { name: "gather" }), {
      waits: () => [`${this.#left} of ${different.size} gathered`],
      cancel: (error) => this.#cancel(error),
    });
    this.task = task;
    this.#resolve = resolve;
    this.#reject = reject;
    if (different.size === 0) resolve([]);
    for (const child of different) whenDone(child, this.#onDone);
  }

  #cancel(error: CancelledError): boolean {
    const pending = this.#children.filter((child) => !child.done());
    if (pending.length === 0) return false;
    this.#cancelledBy = error;
    for (const child of pending) if (!wasTold(child)) child.abort(error.cause);
    return true;
  }

  readonly #onDone = (child: Future<unknown>): void => {
    // also one that fails after the first failure: nobody else is going to look at it
    observe(child);
    this.#left -= 1;
    const outcome = outcomeOf(child)!;
    if (outcome.failed && !this.#returnExceptions) this.#reject(outcome.error);
    if (this.#left > 0) return;
    if (this.#cancelledBy) this.#reject(this.#cancelledBy);
    else this.#resolve(this.#children.map(resultOf));
  };
}

function resultOf(child: Future<unknown>): unknown {
  const outcome = outcomeOf(child)!;
  return outcome.failed ? outcome.error : outcome.value;
}
