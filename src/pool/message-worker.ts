/**
 * The scheduler's side of a worker that is reached by messages: what is common to threads and processes.
 * A host adds how messages travel and how the worker ends.
 *
 * @module
 */
import { InvalidStateError, SerializationError } from "../errors.js";
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
import { postReason } from "./reason.js";
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
  /** Every word that the worker has not answered for, and its task unless the scheduler is done with it. */
  readonly #sent = new Map<number, Task | undefined>();
  /** The same the other way round. */
  readonly #wordOf = new Map<Task, number>();
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
    const refusals: [Task, SerializationError][] = [];
    let together: WireTask[] = [];
    let goesOn = false;
    const post = (some: readonly WireTask[], transfer: readonly Transferable[]): void => {
      this.#channel.post({ kind: "run", tasks: some, goesOn }, transfer);
      goesOn = true;
    };
    const flush = (): void => {
      if (together.length > 0) post(together, []);
      together = [];
    };
    for (const task of tasks) {
      let wireTask: WireTask | undefined;
      let args: unknown = task.args;
      try {
        const encoded = encodeArguments(task);
        args = encoded.value;
        wireTask = this.#register(task, encoded);
        // rule 9: only primitives share a message, else two tasks would share objects
        if ("id" in wireTask.fn && task.args.every(isPrimitive)) together.push(wireTask);
        else {
          flush();
          post([wireTask], encoded.transfer);
          task.moved = encoded.transfer.length > 0;
        }
      } catch (error) {
        if (wireTask) this.#forget(wireTask.word);
        refusals.push([task, refusal(args, "arguments", error)]);
      }
    }
    flush();
    const forget = this.#ledger.takeOldest();
    if (forget) this.#channel.post(forget, []);
    // last: the scheduler calls the user's callbacks, which may stop the other tasks
    for (const [task, error] of refusals) refused(task, error);
  }

  askToStop(task: Task, reason: unknown): "prevented" | "asked" {
    const word = this.#wordOf.get(task);
    if (word === undefined) return "asked";
    if (this.#words.change(word, status.sent, status.prevented)) return "prevented";
    if (this.#words.change(word, status.begun, status.asked)) {
      postReason(reason, outbound, (value, marked) =>
        this.#channel.post({ kind: "abort", id: task.id, reason: value, marked }, []),
      );
    }
    return "asked";
  }

  hasBegun(task: Task): boolean {
    const word = this.#wordOf.get(task);
    return word !== undefined && this.#words.read(word) !== status.sent;
  }

  release(task: Task): void {
    const word = this.#wordOf.get(task);
    if (word === undefined) return;
    this.#wordOf.delete(task);
    // rule 2: the word stays in use until the worker has answered for it, which may not have looked yet
    this.#sent.set(word, undefined);
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
        // first: a worker that is to be replaced gets nothing more to do
        if (message.memory !== undefined) this.#events.memory(message.memory);
        for (const result of message.results) this.#done(result);
        return;
      case "progress":
        return this.#decoded(message.value, message.marked, (report) =>
          this.#events.progress(message.id, report),
        );
      case "submit":
        return this.#submitted(message.submission);
      case "gaveWay":
        for (const id of message.tasks) this.#events.gaveWay(id);
        return;
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
    this.#sent.clear();
    this.#wordOf.clear();
    this.#nested.clear();
  }

  /** Gives a task its word, and teaches the worker what the task refers to. @throws SerializationError */
  #register(task: Task, encoded: EncodedValue): WireTask {
    const fn = this.#ledger.refer(task.fn as ShippedFunction);
    const word = this.#words.take();
    try {
      this.#teach();
    } catch (cause) {
      this.#words.giveBack(word);
      throw new SerializationError(`the function ${task.name} can't be sent: ${String(cause)}`, task.name, {
        cause,
      });
    }
    this.#sent.set(word, task);
    this.#wordOf.set(task, word);
    return { id: task.id, attempt: task.attempt, fn, args: encoded.value, marked: encoded.marked, word };
  }

  /** Before the tasks, in a message of its own: a task's arguments may turn out not to be cloneable. */
  #teach(): void {
    const pages = this.#words.takeFreshPages();
    const news = this.#ledger.takeNews();
    if (pages.length === 0 && !news) return;
    const { functions, codes } = news ?? { functions: [], codes: [] };
    try {
      this.#channel.post({ kind: "learn", functions, codes, pages }, []);
    } catch (error) {
      this.#words.untold(pages);
      if (news) this.#ledger.untold(news);
      throw error;
    }
  }

  #forget(word: number): Task | undefined {
    const task = this.#sent.get(word);
    if (!this.#sent.delete(word)) return undefined;
    this.#words.giveBack(word);
    if (task) this.#wordOf.delete(task);
    return task;
  }

  #done(result: WireResult): void {
    const task = this.#forget(result.word);
    if (!task) return;
    if (result.ok && !result.marked) {
      return this.#events.finished(task.id, { ok: true, value: result.value }, result.ran);
    }
    const finished = (outcome: Outcome): void => this.#events.finished(task.id, outcome, result.ran);
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
      try {
        const { value, marked } = encode(report, "progress", outbound);
        this.#channel.post({ kind: "reported", ticket, value, marked }, []);
      } catch (error) {
        warn(`a progress report to a task of ${this.#executorName} could not be passed on`, error);
      }
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
