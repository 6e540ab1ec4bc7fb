/**
 * The scheduler's side of a worker that is reached by messages: what is common to threads and processes.
 * A host adds how messages travel and how the worker ends.
 *
 * @module
 */
import { CancelledError, InvalidStateError, SerializationError } from "../errors.js";
import { captureFunction, referenceTo, resolveReference, type ShippedFunction } from "../functions/index.js";
import type { Future } from "../futures/future.js";
import { warn } from "../futures/unobserved.js";
import {
  type DecodeHooks,
  decode,
  type EncodedValue,
  type EncodeHooks,
  encode,
  isPrimitive,
  refusal,
  type Transferable,
} from "../wire/index.js";
import { FunctionLedger } from "./function-ledger.js";
import type { HostWorker, Outcome, WorkerEvents, WorkerExit } from "./host.js";
import { joinStacks } from "./join-stacks.js";
import {
  type FromWorker,
  status,
  type ToWorker,
  type WireResult,
  type WireSubmission,
  type WireTask,
} from "./protocol.js";
import { schedulerById } from "./registry.js";
import { StatusWords } from "./status-words.js";
import type { Task } from "./task.js";

/** How messages reach a worker. */
export interface Channel {
  /** @throws DataCloneError for what can't be cloned. */
  post(message: ToWorker, transfer: readonly Transferable[]): void;
  terminate(): void;
  keepAlive(alive: boolean): void;
}

type AnyFunction = (...args: never[]) => unknown;

/** What travels towards a worker: functions too. */
export const outbound: EncodeHooks = {
  shipFunction: (fn) => {
    const passed = passedOn.get(fn);
    if (passed) return passed;
    const { id, name, location, stable, graph, codes } = captureFunction(fn);
    return { id, name, location, stable, graph, codes };
  },
  referenceTo: (errorClass) => referenceTo(errorClass),
};

/** What arrives from a worker: data and errors. */
const inbound: DecodeHooks = {
  resolveClass: (reference) => resolveReference(reference as never) as Promise<AnyFunction | undefined>,
};

/** What functions in nested submissions stand for: this side only passes them on. */
const passedOn = new WeakMap<AnyFunction, unknown>();

/** What arrives from a worker for another one. */
const passing: DecodeHooks = {
  ...inbound,
  reviveFunction: (shipped) => {
    const standIn = (): never => {
      throw new InvalidStateError("this function is on its way from one worker to another");
    };
    passedOn.set(standIn, shipped);
    return Promise.resolve(standIn);
  },
};

export class MessageWorker implements HostWorker {
  readonly #channel: Channel;
  readonly #events: WorkerEvents;
  readonly #executorName: string;
  readonly #words = new StatusWords();
  readonly #ledger = new FunctionLedger();
  /** Status word of every task that the worker has not answered for. */
  readonly #slots = new Map<number, number>();
  readonly #tasks = new Map<number, Task>();
  /** Futures of what tasks on this worker submitted, by ticket. */
  readonly #nested = new Map<number, Future<unknown>>();
  /** Answers that are still being decoded: a worker's end is told after them. */
  readonly #decoding = new Set<Promise<void>>();
  #gone = false;

  constructor(channel: Channel, events: WorkerEvents, executorName: string) {
    this.#channel = channel;
    this.#events = events;
    this.#executorName = executorName;
  }

  send(tasks: readonly Task[], refused: (task: Task, error: SerializationError) => void): void {
    let together: WireTask[] = [];
    const flush = (): void => {
      if (together.length > 0) this.#post(together, []);
      together = [];
    };
    for (const task of tasks) {
      let encoded: EncodedValue;
      try {
        encoded = encodeArguments(task);
      } catch (error) {
        refused(task, error as SerializationError);
        continue;
      }
      const shipped = task.fn as ShippedFunction;
      const slot = this.#words.take();
      this.#slots.set(task.id, slot);
      this.#tasks.set(task.id, task);
      const fn = this.#ledger.refer(shipped);
      const { value: args, marked } = encoded;
      const wireTask: WireTask = { id: task.id, attempt: task.attempt, fn, args, marked, slot };
      // rule 9: only primitives share a message, else two tasks would share objects
      if (task.args.every(isPrimitive) && "id" in fn) {
        together.push(wireTask);
        continue;
      }
      flush();
      try {
        this.#post([wireTask], encoded.transfer);
      } catch (error) {
        this.#forget(task.id);
        refused(task, refusal(args, "arguments", error));
      }
    }
    flush();
    const forget = this.#ledger.takeOldest();
    if (forget) this.#channel.post(forget, []);
  }

  askToStop(task: Task, reason: unknown): "prevented" | "asked" {
    const slot = this.#slots.get(task.id);
    if (slot === undefined) return "asked";
    if (this.#words.change(slot, status.sent, status.prevented)) return "prevented";
    if (this.#words.change(slot, status.begun, status.asked)) this.#postReason(task.id, reason);
    return "asked";
  }

  hasBegun(task: Task): boolean {
    const slot = this.#slots.get(task.id);
    return slot !== undefined && this.#words.read(slot) !== status.sent;
  }

  release(task: Task): void {
    // the word stays in use until the worker has answered for it: it may not have looked yet
    if (this.#tasks.get(task.id) === task) this.#tasks.delete(task.id);
  }

  stop(): void {
    this.#channel.post({ kind: "stop" }, []);
  }

  terminate(): void {
    this.#channel.terminate();
  }

  keepAlive(alive: boolean): void {
    this.#channel.keepAlive(alive);
  }

  /** A message came. */
  receive(message: FromWorker): void {
    switch (message.kind) {
      case "ready":
        return this.#events.ready();
      case "broken": {
        const broken = (error: unknown): void => this.#events.initializerFailed(error);
        return this.#decoded(message.error, message.marked, broken, broken);
      }
      case "done":
        for (const result of message.results) this.#done(result);
        if (message.memory !== undefined) this.#events.memory(message.memory);
        return;
      case "progress":
        return this.#decoded(message.value, message.marked, (report) =>
          this.#events.progress(message.id, report),
        );
      case "submit":
        return this.#submitted(message.submission);
      case "cancel":
        return this.#decoded(message.reason, message.marked, (reason) =>
          this.#nested.get(message.ticket)?.abort(reason),
        );
    }
  }

  /** The worker ended, and no more messages come. */
  async exited(exit: WorkerExit): Promise<void> {
    if (this.#gone) return;
    this.#gone = true;
    while (this.#decoding.size > 0) await Promise.allSettled(this.#decoding);
    this.#events.exited(exit);
    this.#slots.clear();
    this.#tasks.clear();
    for (const future of this.#nested.values())
      future.abort(new CancelledError("the task that submitted it ended with its worker"));
    this.#nested.clear();
  }

  #post(tasks: readonly WireTask[], transfer: readonly Transferable[]): void {
    const news = this.#ledger.takeNews();
    const pages = this.#words.takeFreshPages();
    try {
      this.#channel.post({ kind: "run", tasks, ...news, pages }, transfer);
    } catch (error) {
      // the task is refused, but what it brought along is what later ones go by
      this.#ledger.keep(news);
      this.#words.keep(pages);
      throw error;
    }
  }

  #postReason(id: number, reason: unknown): void {
    try {
      const { value, marked } = encode(reason, "reason", outbound);
      this.#channel.post({ kind: "abort", id, reason: value, marked }, []);
    } catch {
      // a reason that can't travel must not keep the task from being stopped
      this.#channel.post({ kind: "abort", id, reason: String(reason), marked: false }, []);
    }
  }

  #forget(id: number): void {
    const slot = this.#slots.get(id);
    if (slot !== undefined) this.#words.giveBack(slot);
    this.#slots.delete(id);
    this.#tasks.delete(id);
  }

  #done(result: WireResult): void {
    const task = this.#tasks.get(result.id);
    this.#forget(result.id);
    if (!task) return;
    if (result.ok && !result.marked) {
      return this.#events.finished(result.id, { ok: true, value: result.value }, result.ran);
    }
    const finished = (outcome: Outcome): void => this.#events.finished(result.id, outcome, result.ran);
    this.#decoded(
      result.value,
      result.marked,
      (value) => {
        if (!result.ok) joinStacks(value, task.origin, this.#executorName);
        finished(result.ok ? { ok: true, value } : { ok: false, error: value });
      },
      (cause) =>
        finished({
          ok: false,
          error: new SerializationError("the result can't be read here", "result", { cause }),
        }),
    );
  }

  /** Hands a value on once it is decoded: now, unless something has to be found first. */
  #decoded(
    raw: unknown,
    marked: boolean,
    use: (value: unknown) => void,
    failed: (error: unknown) => void = (error) =>
      warn(`a message of ${this.#executorName} could not be read`, error),
    hooks = inbound,
  ): void {
    if (!marked) return use(raw);
    let value: unknown;
    try {
      value = decode(raw, hooks);
    } catch (error) {
      return failed(error);
    }
    if (!(value instanceof Promise)) return use(value);
    const waiting: Promise<void> = value.then(use, failed).finally(() => this.#decoding.delete(waiting));
    this.#decoding.add(waiting);
  }

  // ── submissions inside tasks ──────────────────────────────────────────────────────────────────────────

  #submitted(submission: WireSubmission): void {
    const { ticket, fn, options, parent } = submission;
    const refused = (error: unknown): void => this.#settle(ticket, false, error, false);
    const accepted = (future: Future<unknown>): void => this.#watch(ticket, future);
    const submit = (args: unknown): void => {
      const executor = schedulerById(submission.executor);
      if (!executor) {
        return refused(
          new InvalidStateError(
            "the executor that the task submits to is gone, or belongs to another isolate than this one",
          ),
        );
      }
      this.#events.nested({
        executor,
        parent,
        fn,
        name: fn.name,
        args: args as unknown[],
        options,
        accepted,
        refused,
      });
    };
    this.#decoded(submission.args, submission.marked, submit, refused, passing);
  }

  #watch(ticket: number, future: Future<unknown>): void {
    this.#nested.set(ticket, future);
    void this.#forwardProgress(ticket, future);
    future.then(
      (value) => this.#settle(ticket, true, value, false),
      (error) => this.#settle(ticket, false, error, future.cancelled()),
    );
  }

  async #forwardProgress(ticket: number, future: Future<unknown>): Promise<void> {
    for await (const report of future.progress) {
      if (this.#gone) return;
      const { value, marked } = encode(report, "progress", outbound);
      this.#channel.post({ kind: "reported", ticket, value, marked }, []);
    }
  }

  #settle(ticket: number, ok: boolean, result: unknown, cancelled: boolean): void {
    this.#nested.delete(ticket);
    if (this.#gone) return;
    try {
      const { value, marked, transfer } = encode(result, "result", outbound);
      this.#channel.post({ kind: "settled", ticket, outcome: { ok, value, marked, cancelled } }, transfer);
    } catch (error) {
      const { value, marked } = encode(refusal(result, "result", error), "error", outbound);
      this.#channel.post(
        { kind: "settled", ticket, outcome: { ok: false, value, marked, cancelled: false } },
        [],
      );
    }
  }
}

function encodeArguments(task: Task): EncodedValue {
  const { args } = task;
  const { transfer } = task.options;
  if (args.every(isPrimitive) && !transfer) return { value: args, marked: false, transfer: [] };
  return encode(args, "arguments", outbound, transfer);
}
