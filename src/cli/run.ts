/**
 * The engine of `ungil map`: reads records into a bounded window, settles each by itself, delivers the outcomes in
 * order or as they come, and stops when it is told to.
 *
 * ```text
 *   source ──▶ window ──▶ executor ──▶ settled ──▶ (order) ──▶ deliver
 *                ▲                                              │
 *                └────────────── a place is free ◀──────────────┘
 * ```
 *
 * A place is given back when the outcome is delivered, not when the task ends: a slow reader of the results, or one
 * slow record with `ordered`, holds the input back, and memory stays bounded however long the input is.
 *
 * @module
 */
import type { Clock } from "../clock.js";
import { BrokenExecutorError } from "../errors.js";
import { type HaltRule, haltReached, type StopMode } from "./halt.js";
import { Histogram } from "./histogram.js";
import type { BadRecordError, InputRecord } from "./records.js";
import { noCounts, type RunCounts } from "./summary.js";
import type { RecordTask, TaskTimes } from "./tasks.js";

/** The most characters of records in the window beyond one record a task. */
const windowCharacters = 32 * 1024 * 1024;

/** Time in ms after which reading lets timers and signals have a turn. */
const turn = 20;

/** What became of a record. */
export interface Outcome extends TaskTimes {
  readonly record: InputRecord;
  readonly status: "ok" | "failed" | "cancelled";
  /** The result as it is to be written, of a record that went well. */
  readonly text: string;
  /** Why it failed. */
  readonly error: unknown;
}

/** Why a run ended before its input did. */
export type StopCause =
  | { readonly kind: "halt"; readonly rule: HaltRule }
  | { readonly kind: "signal"; readonly signal: NodeJS.Signals }
  | { readonly kind: "deadline" }
  /** Nobody reads the results any more. */
  | { readonly kind: "output-closed" }
  /** Input, output, job log or executor can't go on. */
  | { readonly kind: "broken"; readonly error: unknown };

/** A source of records that can be closed while it waits for input. */
export interface ClosableSource extends AsyncIterable<InputRecord> {
  close(): void;
}

/** What a run needs. */
export interface RunOptions {
  readonly source: ClosableSource;
  /** Starts a record's task. What it throws ends the run. */
  readonly submit: (record: unknown, index: number) => RecordTask;
  /** Ends all tasks at once. */
  readonly terminate: () => Promise<void>;
  /** The text of a result. What it throws fails the record. */
  readonly format: (record: InputRecord, result: unknown) => string;
  /** Takes an outcome; a promise holds the next one back. What it throws ends the run. */
  readonly deliver: (outcome: Outcome) => Promise<void> | undefined;
  /** Whether a record is done already. */
  readonly skip: (record: InputRecord) => boolean;
  /** Called when counters have changed. */
  readonly onChange: () => void;
  /** Called when the run begins to stop, or goes from `soon` to `now`. */
  readonly onStop: (mode: StopMode, cause: StopCause) => void;
  /** Records read and not delivered, at most. */
  readonly window: number;
  /** Tasks that run at once: so many records may be out however long they are. */
  readonly jobs: number;
  readonly ordered: boolean;
  readonly halt: HaltRule | undefined;
  /** Number of records, when known. */
  readonly total: number | undefined;
  /** Limit of the whole run in ms. */
  readonly deadline: number | undefined;
  readonly clock: Clock;
}

interface Place {
  readonly record: InputRecord;
  readonly task: RecordTask | undefined;
}

/** One run over one input. */
export class MapRun {
  /** Counters; read them at any time. */
  readonly counts: RunCounts = noCounts();
  /** Run times of the finished records' last attempts. */
  readonly runTimes = new Histogram();
  readonly #options: RunOptions;
  readonly #window = new Map<number, Place>();
  /** Outcomes that wait for delivery, by the number of their place. */
  readonly #settled = new Map<number, Outcome>();
  #nextPlace = 0;
  #nextDelivery = 0;
  #unfinished = 0;
  #characters = 0;
  #stopping: StopMode | undefined;
  #cause: StopCause | undefined;
  #terminated: Promise<void> | undefined;
  #delivering = false;
  #wake: (() => void) | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  /** Records that workers have in hand. */
  get running(): number {
    let running = 0;
    for (const { task } of this.#window.values()) if (task?.future.running()) running++;
    return running;
  }

  /** Records whose task has not ended: running, queued, or between two tries. */
  get unfinished(): number {
    return this.#unfinished;
  }

  /** How the run is being stopped, if it is. */
  get stopping(): StopMode | undefined {
    return this.#stopping;
  }

  /**
   * Takes no more input. `soon` lets running records finish; `now` ends them. The first cause is kept, but for one
   * that breaks the run, or a deadline.
   */
  stop(mode: StopMode, cause: StopCause): void {
    if (this.#stopping === "now" || this.#stopping === mode) {
      if (cause.kind === "broken" && this.#cause?.kind !== "broken") this.#cause = cause;
      return;
    }
    const graver = cause.kind === "broken" || cause.kind === "deadline";
    if (!this.#cause || graver) this.#cause = cause;
    this.#stopping = mode;
    this.#options.source.close();
    for (const { task } of this.#window.values()) task?.future.cancel();
    this.#options.onStop(mode, cause);
    if (mode === "now") this.#terminated = this.#options.terminate();
    this.#notify();
  }

  /** Runs until every record that was read is delivered. @returns what ended the run, if not its input. */
  async run(): Promise<StopCause | undefined> {
    const { clock, deadline } = this.#options;
    const timer =
      deadline === undefined
        ? undefined
        : clock.setTimer(() => this.stop("now", { kind: "deadline" }), deadline, true);
    try {
      await this.#read();
      await this.#until(() => this.#window.size === 0);
      await this.#terminated;
    } finally {
      timer?.cancel();
    }
    return this.#cause;
  }

  async #read(): Promise<void> {
    const { source, skip, clock } = this.#options;
    let lastTurn = clock.now();
    try {
      for await (const record of source) {
        if (this.#stopping) return;
        if (skip(record)) {
          this.counts.skipped++;
          this.#options.onChange();
        } else {
          await this.#until(() => this.#hasRoom(record) || this.#stopping !== undefined);
          if (this.#stopping) return;
          this.#start(record);
        }
        if (clock.now() - lastTurn > turn) {
          await new Promise((resolve) => setImmediate(resolve));
          lastTurn = clock.now();
        }
      }
    } catch (error) {
      this.stop("soon", { kind: "broken", error });
    }
  }

  #hasRoom(record: InputRecord): boolean {
    if (this.#window.size >= this.#options.window) return false;
    return (
      this.#window.size < this.#options.jobs || this.#characters + record.text.length <= windowCharacters
    );
  }

  #start(record: InputRecord): void {
    const place = this.#nextPlace++;
    this.#characters += record.text.length;
    if (record.problem) {
      this.#window.set(place, { record, task: undefined });
      this.#refuse(place, record, record.problem);
      return;
    }
    let task: RecordTask;
    try {
      task = this.#options.submit(record.value, record.index);
    } catch (error) {
      this.#nextPlace--;
      this.stop("now", { kind: "broken", error });
      return;
    }
    this.#window.set(place, { record, task });
    this.#unfinished++;
    this.#options.onChange();
    task.future.then(
      (value) => this.#ended(place, record, task, value),
      (error: unknown) => this.#failed(place, record, task, error),
    );
  }

  #refuse(place: number, record: InputRecord, problem: BadRecordError): void {
    const times = { startTime: Date.now(), runTime: 0, attempts: 0 };
    this.#settle(place, { record, status: "failed", text: "", error: problem, ...times });
  }

  #ended(place: number, record: InputRecord, task: RecordTask, value: unknown): void {
    this.#unfinished--;
    const times = task.times();
    try {
      const text = this.#options.format(record, value);
      this.#settle(place, { record, status: "ok", text, error: undefined, ...times });
    } catch (error) {
      this.#settle(place, { record, status: "failed", text: "", error, ...times });
    }
  }

  #failed(place: number, record: InputRecord, task: RecordTask, error: unknown): void {
    this.#unfinished--;
    const unfinished = this.#stopping === "now" || task.future.cancelled();
    if (error instanceof BrokenExecutorError) this.stop("now", { kind: "broken", error });
    const status = unfinished || error instanceof BrokenExecutorError ? "cancelled" : "failed";
    this.#settle(place, { record, status, text: "", error, ...task.times() });
  }

  #settle(place: number, outcome: Outcome): void {
    const { counts } = this;
    counts[outcome.status]++;
    counts.retried += Math.max(0, outcome.attempts - 1);
    if (outcome.status !== "cancelled" && outcome.attempts > 0) this.runTimes.add(outcome.runTime);
    this.#settled.set(place, outcome);
    this.#options.onChange();
    const { halt, total } = this.#options;
    if (halt && !this.#stopping && haltReached(halt, counts, total)) {
      this.stop(halt.mode, { kind: "halt", rule: halt });
    }
    if (!this.#delivering) void this.#deliver();
  }

  /** Hands outcomes on, one after the other. */
  async #deliver(): Promise<void> {
    this.#delivering = true;
    for (let next = this.#next(); next; next = this.#next()) {
      const [place, outcome] = next;
      try {
        const accepted = this.#options.deliver(outcome);
        if (accepted) await accepted;
      } catch (error) {
        this.stop("now", { kind: "broken", error });
      }
      this.#window.delete(place);
      this.#characters -= outcome.record.text.length;
      this.#notify();
    }
    this.#delivering = false;
  }

  #next(): readonly [number, Outcome] | undefined {
    let place: number | undefined;
    if (this.#options.ordered) place = this.#nextDelivery;
    else [place] = this.#settled.keys();
    const outcome = place === undefined ? undefined : this.#settled.get(place);
    if (place === undefined || !outcome) return undefined;
    this.#settled.delete(place);
    this.#nextDelivery++;
    return [place, outcome];
  }

  /** Waits until something holds; checked whenever the window or the run's state changes. */
  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
