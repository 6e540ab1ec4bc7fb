/**
 * Who this thread is for others, and how it becomes known that a thread has ended.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import { getEnvironmentData, isMainThread, setEnvironmentData, threadId } from "node:worker_threads";
import { onThreadEnd } from "../thread-ends.js";
import { machineAtomics } from "./atomics.js";
import type { Environment } from "./environment.js";
import { ThreadTable, type ThreadTableReference } from "./thread-table.js";

/** Where threads find the table of the thread that started them. */
const environmentKey = "ungil.threading.threads";

/** How long who waits sleeps before it looks whether somebody has died whose end nobody has told, in ms. */
export const patience = 100;

/** A microsecond or two: longer costs more than it saves where others want the cores. With one core nobody can come. */
const spins = availableParallelism() > 1 ? 100 : 0;

const environments = new Map<number, { readonly table: ThreadTable; readonly environment: Environment }>();
const deathListeners = new Set<() => void>();
let home: ThreadTableReference | undefined;
let watching = false;

/** The table that primitives of this thread are made with, which travels with them. */
export function homeTable(): ThreadTableReference {
  if (home) return home;
  const inherited = getEnvironmentData(environmentKey) as ThreadTableReference | undefined;
  if (inherited) {
    home = inherited;
    environmentOf(inherited);
    return home;
  }
  watch();
  const table = new ThreadTable(undefined, threadId);
  home = table.reference;
  remember(table);
  // threads that are started from now on need not wait for a primitive to arrive
  setEnvironmentData(environmentKey, home);
  return home;
}

/** What the algorithms need, with this thread as a member of a table. */
export function environmentOf(reference: ThreadTableReference): Environment {
  const known = environments.get(reference.id);
  if (known) return known.environment;
  watch();
  home ??= reference;
  return remember(new ThreadTable(reference, threadId));
}

/** Calls a function whenever this thread has seen that another has ended, and before it ends itself. */
export function onDeath(listener: () => void): void {
  deathListeners.add(listener);
}

function remember(table: ThreadTable): Environment {
  const environment: Environment = {
    atomics: machineAtomics,
    threads: table,
    now: () => performance.now(),
    patience,
    spins,
  };
  environments.set(table.reference.id, { table, environment });
  return environment;
}

/** Takes notice of ends: of threads that this one starts, of workers of its pools, and of its own. */
function watch(): void {
  if (watching) return;
  watching = true;
  process.on("worker", (worker) => {
    const { threadId: thread } = worker;
    worker.on("exit", () => ended((table) => table.threadEnded(thread)));
  });
  onThreadEnd((thread) => ended((table) => table.threadEnded(thread)));
  if (!isMainThread) process.on("exit", () => ended((table) => table.leave(threadId)));
}

function ended(tell: (table: ThreadTable) => void): void {
  for (const { table } of environments.values()) tell(table);
  for (const listener of deathListeners) listener();
}
