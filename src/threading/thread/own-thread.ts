/**
 * Who the thread is that this code runs in.
 *
 * @module
 */
import * as workerThreads from "node:worker_threads";
import { mainSeat, noSeat, threadTable } from "./thread-table.js";

/** What a thread is told of itself by the one that starts it. */
export interface ThreadIdentity {
  readonly name: string;
  readonly daemon: boolean;
  /** Its seat in the table of threads. */
  readonly seat: number;
}

const { isMainThread, threadId, workerData } = workerThreads;

let identity: ThreadIdentity | undefined;

/** Who this thread is. */
export function ownThread(): ThreadIdentity {
  identity ??= find();
  return identity;
}

function find(): ThreadIdentity {
  if (isMainThread) return { name: "MainThread", daemon: false, seat: mainSeat };
  const told = (workerData as { readonly ungil?: { readonly thread?: ThreadIdentity } } | null)?.ungil
    ?.thread;
  if (told) {
    threadTable().tellSystemId(told.seat);
    return told;
  }
  // started by others; Node tells its name from 22.20 and 24.6 on
  const { threadName } = workerThreads as { readonly threadName?: string };
  return { name: threadName || `Worker-${threadId}`, daemon: false, seat: noSeat };
}
