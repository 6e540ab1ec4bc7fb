/**
 * The one table of what ungil publishes on Node's `diagnostics_channel`. Progress bars, dashboards, traces
 * and logs are subscribers of these names; a channel nobody listens to costs one property read.
 *
 * @module
 */
import { type Channel, channel } from "node:diagnostics_channel";

/** What every message on a task channel holds. */
export interface TaskEvent {
  /** Name of the executor. */
  readonly executor: string;
  /** Number of the task, unique within its executor. */
  readonly id: number;
  /** Name of the task: its `name` option, else the function's. */
  readonly name: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Number of the worker, for start and end. */
  readonly worker?: number;
  /** Time spent in the queue, in ms, for start. */
  readonly waited?: number;
  /** Time spent running, in ms, for end. */
  readonly ran?: number;
  /** The error, for a task that failed. */
  readonly error?: unknown;
}

/** What every message on a worker channel holds. */
export interface WorkerEvent {
  /** Name of the executor. */
  readonly executor: string;
  /** Number of the worker, unique within its executor. */
  readonly worker: number;
  /** Why it ended, for exit. */
  readonly reason?: string;
  /** Exit code, for exit. */
  readonly exitCode?: number | undefined;
}

/** The channels by name. */
export const channels = {
  /** A task entered the queue. {@link TaskEvent} */
  taskSubmit: channel("ungil:task:submit"),
  /** A task was sent to a worker. {@link TaskEvent} */
  taskStart: channel("ungil:task:start"),
  /** A task ended, well or with `error`. {@link TaskEvent} */
  taskEnd: channel("ungil:task:end"),
  /** A task was cancelled. {@link TaskEvent} */
  taskCancel: channel("ungil:task:cancel"),
  /** A failed attempt is going to be repeated. {@link TaskEvent} */
  taskRetry: channel("ungil:task:retry"),
  /** A worker is being started. {@link WorkerEvent} */
  workerSpawn: channel("ungil:worker:spawn"),
  /** A worker takes tasks. {@link WorkerEvent} */
  workerReady: channel("ungil:worker:ready"),
  /** A worker ended. {@link WorkerEvent} */
  workerExit: channel("ungil:worker:exit"),
} as const satisfies Record<string, Channel>;
