/**
 * An executor inside one of its own tasks, or in a task of another executor: submissions travel to the
 * scheduler in the process's main isolate and come back as futures.
 *
 * @module
 */

import { onAbort } from "../abort.js";
import { type Clock, systemClock } from "../clock.js";
import { CancelledError, InvalidArgumentError, InvalidStateError } from "../errors.js";
import { captureFunction } from "../functions/index.js";
import type { ExecutorStats, TaskOptions } from "../futures/executor.js";
import { Future, type FutureResolvers } from "../futures/future.js";
import { unownedFailures } from "../futures/unobserved.js";
import { encode, refusal, type Transferable } from "../wire/index.js";
import { type ExecutorCore, ExecutorView, type Submitter } from "./base-executor.js";
import { carry, encodeCarried, refusalOfCarried, type WireCarried } from "./carried.js";
import { taskStorage } from "./current-task.js";
import type { ExecutorReference } from "./executor-reference.js";
import { joinStacks } from "./join-stacks.js";

import { isObject, type ResolvedTaskOptions } from "./options.js";
import type { Origin } from "./origin.js";
import { outbound } from "./outbound.js";
import type { FromWorker, WireOutcome } from "./protocol.js";
import { postReason } from "./reason.js";
import { type RunningTask, runningTaskOf } from "./running-task.js";

type Post = (message: FromWorker, transfer: readonly Transferable[]) => void;

/** The submissions of one worker that have not come back. */
export class RemoteSubmissions {
  readonly #post: Post;
  readonly #submitted: (task: RunningTask) => void;
  readonly #waiting = new Map<number, FutureResolvers<unknown>>();
  /** Where they were made and what they went to, for the stacks of their errors. */
  readonly #origins = new WeakMap<FutureResolvers<unknown>, [Origin, executorName: string]>();
  #nextTicket = 1;

  /** @param submitted - told of the task that made a submission. */
  constructor(post: Post, submitted: (task: RunningTask) => void) {
    this.#post = post;
    this.#submitted = submitted;
  }

  /** Sends a submission off. */
  submit(
    { executor, name: executorName }: ExecutorReference,
    shipped: ReturnType<typeof captureFunction>,
    args: readonly unknown[],
    options: ResolvedTaskOptions,
    given: TaskOptions,
    origin: Origin,
  ): Future<unknown> {
    const ticket = this.#nextTicket++;
    let detach: (() => void) | undefined;
    const resolvers = Future.withResolvers<unknown>({
      name: given.name ?? shipped.name,
      onCancel: (reason) => {
        detach?.();
        if (!this.#waiting.delete(ticket)) return;
        postReason(reason, outbound, (value, marked) =>
          this.#post({ kind: "cancel", ticket, reason: value, marked }, []),
        );
      },
    });
    const { future } = resolvers;
    const { signal } = options;
    if (signal?.aborted) {
      future.cancel(signal.reason);
      return future;
    }
    const { id, name, location, stable, graph, codes } = shipped;
    const { signal: _signal, transfer: _transfer, context, ...rest } = given;
    const task = runningTaskOf(taskStorage.getStore());
    let sent: unknown = args;
    let carried: WireCarried | undefined;
    try {
      const encoded = encode(args, "arguments", outbound, given.transfer, "moved");
      sent = encoded.value;
      const carries = carry(taskStorage.getStore(), context);
      carried = carries && encodeCarried(carries, outbound);
      this.#post(
        {
          kind: "submit",
          submission: {
            ticket,
            parent: task?.word ?? -1,
            executor,
            fn: { id, name, location, stable, graph, codes },
            args: encoded.value,
            marked: encoded.marked,
            options: rest,
            carried,
          },
        },
        encoded.transfer,
      );
    } catch (error) {
      resolvers.reject(refusalOfCarried(carried, error) ?? refusal(sent, "arguments", error));
      return future;
    }
    this.#waiting.set(ticket, resolvers);
    if (task) this.#submitted(task);
    this.#origins.set(resolvers, [origin, executorName]);
    if (signal) {
      detach = onAbort(signal, () => future.abort(signal.reason));
      future.onDone(() => detach?.());
    }
    return future;
  }

  /** A submission came back. */
  settle(ticket: number, outcome: WireOutcome, value: unknown): void {
    const resolvers = this.#waiting.get(ticket);
    if (!this.#waiting.delete(ticket) || !resolvers) return;
    if (!outcome.ok) joinStacks(value, ...this.#origins.get(resolvers)!);
    if (outcome.ok) resolvers.resolve(value);
    else if (outcome.cancelled && value instanceof CancelledError) resolvers.cancelRunning(value);
    else resolvers.reject(value);
  }

  /** A submission reported. */
  report(ticket: number, report: unknown): void {
    this.#waiting.get(ticket)?.report(report);
  }
}

/** See {@link RemoteSubmissions}. */
export function remoteSubmissions(
  ...given: ConstructorParameters<typeof RemoteSubmissions>
): RemoteSubmissions {
  return new RemoteSubmissions(...given);
}

/** An executor of another isolate, as tasks hold it. */
export function remoteExecutor(reference: ExecutorReference, submissions: RemoteSubmissions): ExecutorView {
  return new ExecutorView(new RemoteCore(reference, submissions), reference.options);
}

class RemoteCore implements ExecutorCore {
  readonly clock: Clock = systemClock;
  readonly unobserved = unownedFailures;
  readonly #reference: ExecutorReference;
  readonly #submissions: RemoteSubmissions;

  constructor(reference: ExecutorReference, submissions: RemoteSubmissions) {
    this.#reference = reference;
    this.#submissions = submissions;
  }

  get name(): string {
    return this.#reference.name;
  }

  get reachableAs(): number {
    return this.#reference.executor;
  }

  submit(
    fn: (...args: never[]) => unknown,
    options: ResolvedTaskOptions,
    given: TaskOptions,
    origin: Origin,
    args: readonly unknown[],
  ): Future<unknown> {
    return this.prepareSubmit(fn, options, given, origin)(args);
  }

  prepareSubmit(
    fn: (...args: never[]) => unknown,
    options: ResolvedTaskOptions,
    given: TaskOptions,
    origin: Origin,
  ): Submitter {
    if (typeof options.pauses.backoff === "function") {
      throw new InvalidArgumentError(
        "retries.backoff",
        options.pauses.backoff,
        "a number where a task submits to its own executor (a function can't be asked across threads)",
      );
    }
    if (isObject(options.key)) {
      throw new InvalidArgumentError(
        "key",
        options.key,
        "a text or a number where a task submits to its own executor (a copy of an object is another key)",
      );
    }
    const shipped = captureFunction(fn);
    return (args) => this.#submissions.submit(this.#reference, shipped, args, options, given, origin);
  }

  roomHere(): undefined {
    return undefined;
  }

  ready(): Promise<void> {
    return Promise.reject(this.#elsewhere("waited for"));
  }

  shutdown(): Promise<void> {
    return Promise.reject(this.#elsewhere("shut down"));
  }

  terminate(): Promise<void> {
    return Promise.reject(this.#elsewhere("terminated"));
  }

  stats(): ExecutorStats {
    throw this.#elsewhere("asked for its statistics");
  }

  #elsewhere(what: string): InvalidStateError {
    return new InvalidStateError(`${this.name} can only be ${what} where it was made, not inside a task`);
  }
}
