/**
 * The messages between a scheduler's process and its isolated workers (threads and processes), one
 * discriminated union a direction. Values inside are encoded by `wire/`; `marked` says whether they hold marks.
 * What is common travels in frames instead (`frames.ts`).
 *
 * @module
 */
import type { CodeRecord, FunctionGraph, ShippedFunction } from "../functions/index.js";
import type { ChunkAnswer, ChunkRequest } from "../futures/chunks.js";
import type { TaskOptions } from "../futures/executor.js";
import type { WireCarried } from "./carried.js";
import type { OutputStream } from "./worker-output.js";

/** A function in a message: by the id under which the worker keeps it, or whole where it changes each time. */
export type WireFunction =
  | { readonly id: number }
  | { readonly graph: FunctionGraph; readonly codes: readonly CodeRecord[] };

/** A task on its way to a worker. */
export interface WireTask {
  readonly id: number;
  readonly attempt: number;
  readonly fn: WireFunction;
  readonly args: unknown;
  readonly marked: boolean;
  /**
   * Which status word is the task's: page and index in one number. It also names this sending of the task in
   * all that the worker says of it: a task that was prevented may be sent again before the worker has answered
   * for the first time.
   */
  readonly word: number;
  readonly carried: WireCarried | undefined;
  /** Whether memory moves with the arguments. */
  readonly moves: boolean;
}

/** Scheduler to worker. */
export type ToWorker =
  | {
      /** What tasks to come refer to. */
      readonly kind: "learn";
      /** Functions the worker keeps from now on. */
      readonly functions: readonly { readonly id: number; readonly graph: FunctionGraph }[];
      /** Code the worker keeps from now on. */
      readonly codes: readonly CodeRecord[];
      /** New pages of status words. */
      readonly pages: readonly SharedArrayBuffer[];
    }
  | {
      readonly kind: "run";
      readonly task: WireTask;
      /** Whether it runs at once, beside what the worker has in hand. */
      readonly lent: boolean;
    }
  | {
      readonly kind: "chunk";
      readonly word: number;
      readonly id: number;
      readonly attempt: number;
      /** The function of the map, and for a reduction the one that combines: the worker keeps them by number. */
      readonly functions: readonly number[];
      readonly request: ChunkRequest;
      readonly lent: boolean;
      readonly carried: WireCarried | undefined;
    }
  | { readonly kind: "forget"; readonly functions: readonly number[]; readonly codes: readonly number[] }
  | { readonly kind: "abort"; readonly word: number; readonly reason: unknown; readonly marked: boolean }
  | { readonly kind: "settled"; readonly ticket: number; readonly outcome: WireOutcome }
  | { readonly kind: "reported"; readonly ticket: number; readonly value: unknown; readonly marked: boolean }
  /** Asks for what was printed: lines may wait in the worker until the loop there runs. */
  | { readonly kind: "handIn" }
  | { readonly kind: "stop" };

/** How a task ended, in a message. */
export interface WireOutcome {
  readonly ok: boolean;
  readonly value: unknown;
  readonly marked: boolean;
  /** Whether a failed one was cancelled. */
  readonly cancelled?: boolean;
}

/** A submission from inside a task. */
export interface WireSubmission {
  /** Number of the submission within its worker. */
  readonly ticket: number;
  /** Status word of the task that submits; -1 for none. */
  readonly parent: number;
  /** The executor it submits to. */
  readonly executor: number;
  readonly fn: ShippedFunction;
  readonly args: unknown;
  readonly marked: boolean;
  readonly options: Omit<TaskOptions, "signal" | "transfer" | "context">;
  readonly carried: WireCarried | undefined;
}

/** Worker to scheduler. */
export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "broken"; readonly error: unknown; readonly marked: boolean }
  /** What the worker is about to end of, where its end alone would not tell. */
  | { readonly kind: "dying"; readonly error: unknown; readonly marked: boolean }
  | { readonly kind: "done"; readonly result: WireResult }
  /** What is done of a chunk that goes on. */
  | {
      readonly kind: "part";
      readonly word: number;
      readonly answer: ChunkAnswer;
      /** Whether memory moves with the results. */
      readonly moves: boolean;
    }
  | { readonly kind: "handedIn" }
  /** What was printed with one write; `task` is the number of the task that did, below 0 for none. */
  | {
      readonly kind: "output";
      readonly stream: OutputStream;
      readonly text: string | Uint8Array;
      readonly task: number;
      readonly word: number;
    }
  /** Bytes in use, before results: a worker that is to be replaced gets nothing more to do. */
  | { readonly kind: "memory"; readonly bytes: number }
  | { readonly kind: "progress"; readonly word: number; readonly value: unknown; readonly marked: boolean }
  | { readonly kind: "submit"; readonly submission: WireSubmission }
  /** These tasks submitted others and gave way to the event loop: they wait, and lend their places. */
  | { readonly kind: "gaveWay"; readonly tasks: readonly number[] }
  | { readonly kind: "cancel"; readonly ticket: number; readonly reason: unknown; readonly marked: boolean };

/** A task that ended, in a message; `ran` in ms. */
export interface WireResult extends WireOutcome {
  /** The status word of the task. */
  readonly word: number;
  readonly ran: number;
  /** Whether it returned a promise. */
  readonly waited: boolean;
  /** Whether memory moves with the value. */
  readonly moves: boolean;
}

/** The states of a task's status word. Both sides change it by compare-and-exchange: see README.md, rule 2. */
export const status = {
  /** Sent; whoever is first decides whether it runs. */
  sent: 0,
  /** The worker runs it. */
  begun: 1,
  /** It runs and was asked to stop. */
  asked: 2,
  /** It was stopped before it began, and never will. */
  prevented: 3,
} as const;

/** Status words in a page, as a power of two. */
export const pageBits = 10;

/** What a worker is started with. */
export interface WorkerSetup {
  /** Number of the executor in the process that made it. */
  readonly executor: number;
  readonly executorName: string;
  readonly reportMemory: boolean;
  /** Whether somebody listens to what it prints, as text. */
  readonly tellOutput: boolean;
  /** See `spin-lane.ts`; undefined where nobody spins. */
  readonly spinCells: Int32Array | undefined;
  /** Tasks it runs at the same time. */
  readonly tasksPerWorker: number;
  /** ms that what a task consists of may take to load. */
  readonly importTimeout: number;
  /** What tasks run under. */
  readonly executionLock?: { readonly value: unknown; readonly marked: boolean } | undefined;
  readonly initializer:
    | {
        readonly graph: FunctionGraph;
        readonly codes: readonly CodeRecord[];
        readonly args: unknown;
        readonly marked: boolean;
      }
    | undefined;
}
