/**
 * What runs inside an isolated worker: receives tasks, runs them, answers. How messages travel is the
 * entry file's business; the rest is the same for threads and processes.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import { FunctionReviver, referenceTo, resolveReference } from "../functions/index.js";
import type { Executor } from "../futures/executor.js";
import { warn } from "../futures/unobserved.js";
import { registerReviver } from "../portable.js";
import {
  type DecodeHooks,
  decode,
  type EncodeHooks,
  encode,
  isPrimitive,
  refusal,
  type Transferable,
} from "../wire/index.js";
import { type ExecutorReference, executorReviver } from "./base-executor.js";
import { type CurrentTask, taskStorage } from "./current-task.js";
import { isThenable } from "./local-host.js";
import { viewOf } from "./pool-executor.js";
import {
  type FromWorker,
  status,
  type ToWorker,
  type WireFunction,
  type WireResult,
  type WireTask,
  type WorkerSetup,
} from "./protocol.js";
import { schedulerById } from "./registry.js";
import { RemoteSubmissions, remoteExecutor } from "./remote-executor.js";
import { StatusWords } from "./status-words.js";

type AnyFunction = (...args: unknown[]) => unknown;

/** How the runtime reaches its scheduler. */
export interface RuntimePort {
  post(message: FromWorker, transfer: readonly Transferable[]): void;
  /** Lets the worker end when nothing else keeps it. */
  close(): void;
}

/** Lanes give way to timers and I/O after this many ms. */
const turnTime = 10;

/** Results of tasks that took less than `shortTime` ms travel together, for up to `flushTime` ms. */
const shortTime = 0.01;
const flushTime = 1;

/** What travels back: data and errors. */
const outbound: EncodeHooks = { referenceTo: (errorClass) => referenceTo(errorClass) };

export class WorkerRuntime {
  readonly #port: RuntimePort;
  readonly #setup: WorkerSetup;
  readonly #reviver = new FunctionReviver();
  readonly #functions = new Map<number, AnyFunction | Promise<AnyFunction>>();
  readonly #words = new StatusWords();
  readonly #running = new Map<number, RunningTask>();
  readonly #submissions: RemoteSubmissions;
  readonly #inbound: DecodeHooks;
  readonly #executor: Executor;
  /** Tasks that have submitted others since the event loop last had a turn. */
  readonly #submitters = new Set<number>();
  #results: WireResult[] = [];
  #flushed = 0;
  /** ms that tasks have kept the event loop busy since it last had a turn of its own. */
  #busy = 0;
  #lastLane: Promise<void> | undefined;

  constructor(port: RuntimePort, setup: WorkerSetup) {
    this.#port = port;
    this.#setup = setup;
    this.#submissions = new RemoteSubmissions(
      (message, transfer) => port.post(message, transfer),
      (task) => this.#submitted(task),
    );
    this.#inbound = {
      reviveFunction: (shipped) => {
        const { graph, codes } = shipped as Extract<WireFunction, { graph: unknown }>;
        this.#reviver.addCodes(codes);
        return this.#reviver.revive(graph);
      },
      resolveClass: (reference) => resolveReference(reference as never) as Promise<AnyFunction | undefined>,
    };
    const executorFor = (reference: ExecutorReference): Executor => {
      const here = schedulerById(reference.executor);
      if (here) return viewOf(here, reference.options);
      return remoteExecutor(reference, this.#submissions);
    };
    registerReviver(executorReviver, (data) => executorFor(data as ExecutorReference));
    this.#executor = executorFor({ executor: setup.executor, name: setup.executorName, options: {} });
  }

  /** Runs the initializer, then says that tasks may come. */
  async start(): Promise<void> {
    const { initializer } = this.#setup;
    try {
      if (initializer) {
        this.#reviver.addCodes(initializer.codes);
        const fn = await this.#reviver.revive(initializer.graph);
        const args = initializer.marked ? await decode(initializer.args, this.#inbound) : initializer.args;
        await fn(...(args as unknown[]));
      }
    } catch (error) {
      return this.#tellBroken(error);
    }
    this.#port.post({ kind: "ready" }, []);
  }

  /** A message came. */
  receive(message: ToWorker): void {
    switch (message.kind) {
      case "learn":
        for (const page of message.pages) this.#words.adopt(page);
        this.#reviver.addCodes(message.codes);
        for (const { id, graph } of message.functions) this.#keep(id, this.#reviver.revive(graph));
        return;
      case "run":
        return this.#take(message);
      case "forget":
        for (const id of message.functions) this.#functions.delete(id);
        return this.#reviver.forgetCodes(message.codes);
      case "abort": {
        const task = this.#running.get(message.id);
        if (!task) return;
        return this.#decoded(message.reason, message.marked, (reason) => task.abort(reason));
      }
      case "settled": {
        const { ticket, outcome } = message;
        return this.#decoded(outcome.value, outcome.marked, (value) =>
          this.#submissions.settle(ticket, outcome, value),
        );
      }
      case "reported":
        return this.#decoded(message.value, message.marked, (value) =>
          this.#submissions.report(message.ticket, value),
        );
      case "stop":
        this.flush();
        return this.#port.close();
    }
  }

  /** Hands in the results that wait to travel together; also when the worker is about to end. */
  flush(): void {
    this.#flushed = performance.now();
    if (this.#results.length === 0) return;
    const results = this.#results;
    this.#results = [];
    this.#post(results, []);
  }

  #take(message: Extract<ToWorker, { kind: "run" }>): void {
    // looked up now: a later message may make us forget them
    const functions = message.tasks.map((task) => this.#functionOf(task.fn));
    const run = (): Promise<void> => this.#lane(message.tasks, functions);
    this.#lastLane = message.goesOn && this.#lastLane ? this.#lastLane.then(run) : run();
  }

  /** Rule 3: says of a task that it lends its place, once it has given way. */
  #submitted(task: number): void {
    this.#submitters.add(task);
    if (this.#submitters.size > 1) return;
    setImmediate(() => {
      const tasks = [...this.#submitters].filter((id) => this.#running.has(id));
      this.#submitters.clear();
      if (tasks.length > 0) this.#port.post({ kind: "gaveWay", tasks }, []);
    });
  }

  #tellBroken(error: unknown): void {
    this.#postEncoded(error, "error", (value, marked) =>
      this.#port.post({ kind: "broken", error: value, marked }, []),
    );
  }

  #keep(id: number, reviving: Promise<AnyFunction>): void {
    this.#functions.set(id, reviving);
    reviving.then(
      (fn) => this.#functions.get(id) === reviving && this.#functions.set(id, fn),
      () => {}, // every task that uses it fails with the error
    );
  }

  #functionOf(fn: WireFunction): AnyFunction | Promise<AnyFunction> {
    if ("id" in fn) return this.#functions.get(fn.id)!;
    this.#reviver.addCodes(fn.codes);
    const reviving = this.#reviver.revive(fn.graph);
    reviving.catch(() => {}); // the task awaits it, perhaps later
    return reviving;
  }

  /** Runs tasks one after the other. */
  async #lane(
    tasks: readonly WireTask[],
    functions: readonly (AnyFunction | Promise<AnyFunction>)[],
  ): Promise<void> {
    for (let i = 0; i < tasks.length; i++) {
      if (this.#busy > turnTime) {
        this.flush();
        await nextTurn();
        this.#busy = 0;
      }
      const ran = await this.#run(tasks[i]!, functions[i]!);
      // what is done must not wait for a task that may take long, unless it takes less time than the message
      if (ran > shortTime || performance.now() - this.#flushed > flushTime) this.flush();
    }
    this.flush();
  }

  async #run(wireTask: WireTask, function_: AnyFunction | Promise<AnyFunction>): Promise<number> {
    const { id, word } = wireTask;
    // rule 2: whoever changes the word first decides whether the task runs
    if (!this.#words.change(word, status.sent, status.begun)) {
      this.#results.push({ word, ok: false, value: undefined, marked: false, ran: 0 });
      return 0;
    }
    const start = performance.now();
    const task = new RunningTask(wireTask, this.#words, this.#executor, (report) => this.#report(id, report));
    this.#running.set(id, task);
    let ok = true;
    let value: unknown;
    try {
      const fn = typeof function_ === "function" ? function_ : await function_;
      const args = wireTask.marked ? await decode(wireTask.args, this.#inbound) : wireTask.args;
      const entered = performance.now();
      try {
        value = taskStorage.run(task, fn, ...(args as unknown[]));
      } finally {
        this.#busy += performance.now() - entered;
      }
      if (isThenable(value)) value = await value;
    } catch (error) {
      ok = false;
      value = error;
    }
    this.#running.delete(id);
    task.end();
    const ran = performance.now() - start;
    this.#answer(word, ok, value, ran);
    return ran;
  }

  #answer(word: number, ok: boolean, value: unknown, ran: number): void {
    if (isPrimitive(value)) {
      this.#results.push({ word, ok, value, marked: false, ran });
      return;
    }
    this.flush();
    this.#postEncoded(value, ok ? "result" : "error", (encoded, marked, transfer, refused) =>
      this.#post([{ word, ok: ok && !refused, value: encoded, marked, ran }], transfer),
    );
  }

  /** Posts a value, or the error that says why it can't be sent. */
  #postEncoded(
    value: unknown,
    what: string,
    post: (value: unknown, marked: boolean, transfer: readonly Transferable[], refused: boolean) => void,
  ): void {
    let prepared = value;
    try {
      const encoded = encode(value, what, outbound);
      prepared = encoded.value;
      post(encoded.value, encoded.marked, encoded.transfer, false);
    } catch (error) {
      const encoded = encode(refusal(prepared, what, error), "error", outbound);
      post(encoded.value, encoded.marked, [], true);
    }
  }

  #post(results: readonly WireResult[], transfer: readonly Transferable[]): void {
    let memory: number | undefined;
    if (this.#setup.reportMemory) {
      const heap = getHeapStatistics();
      memory = heap.used_heap_size + heap.external_memory;
    }
    this.#port.post({ kind: "done", results, memory }, transfer);
  }

  #report(id: number, report: unknown): void {
    const { value, marked, transfer } = encode(report, "progress", outbound);
    try {
      this.#port.post({ kind: "progress", id, value, marked }, transfer);
    } catch (error) {
      throw refusal(value, "progress", error);
    }
  }

  #decoded(value: unknown, marked: boolean, use: (value: unknown) => void): void {
    if (!marked) return use(value);
    let decoded: unknown;
    try {
      decoded = decode(value, this.#inbound);
    } catch (error) {
      return unreadable(error);
    }
    if (decoded instanceof Promise) decoded.then(use, unreadable);
    else use(decoded);
  }
}

function unreadable(error: unknown): void {
  warn("a message to this worker could not be read", error);
}

/** A running task as its own code sees it. */
class RunningTask implements CurrentTask {
  readonly id: number;
  readonly attempt: number;
  readonly executor: Executor;
  readonly #words: StatusWords;
  readonly #word: number;
  readonly #report: (report: unknown) => void;
  #controller: AbortController | undefined;
  /** What `cancelled` answered when the task ended: its status word serves another task from then on. */
  #ended: boolean | undefined;

  constructor(task: WireTask, words: StatusWords, executor: Executor, report: (report: unknown) => void) {
    this.id = task.id;
    this.attempt = task.attempt;
    this.executor = executor;
    this.#words = words;
    this.#word = task.word;
    this.#report = report;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  get cancelled(): boolean {
    return this.#ended ?? this.#words.read(this.#word) === status.asked;
  }

  report(progress: unknown): void {
    this.#report(progress);
  }

  abort(reason: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }

  end(): void {
    this.#ended = this.cancelled;
  }
}
