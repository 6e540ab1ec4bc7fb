/**
 * How a `Process` starts, and what is known of it from then on.
 *
 * @module
 */
import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { outermostContext } from "../async-context.js";
import { SerializationError, WorkerExitError } from "../errors.js";
import { analyseModule, analyseText } from "../functions/analysis/index.js";
import {
  assertNotReviving,
  type CodeRecord,
  captureFunction,
  type FunctionGraph,
  provideAnalysis,
} from "../functions/index.js";
import { executorReviver } from "../pool/base-executor.js";
import { outbound } from "../pool/outbound.js";
import { encode, refusal } from "../wire/index.js";
import { Ending } from "./ending.js";
import { spawnEntry, whyNotStarted } from "./entry.js";
import { execArgvForProcesses } from "./exec-argv.js";
import type { Identity } from "./identity.js";
import { orphanGuard } from "./orphan-guard.js";
import type { ProcessSettings } from "./process-options.js";
import { writeRecord } from "./records.js";
import { descriptors } from "./worker-process.js";

/** How a process ended: one of the two is `null`. */
export interface ProcessExit {
  /** 0 after its work, 1 after an error that nobody caught, else what it gave to `process.exit`. */
  readonly exitCode: number | null;
  /** The signal that ended it. */
  readonly signal: NodeJS.Signals | null;
}

/** The first message to a process: who it is, and what it runs. */
export interface ProcessSetup {
  readonly identity: Identity;
  readonly graph: FunctionGraph;
  readonly codes: readonly CodeRecord[];
}

/** The second, apart so that an error can tell which of the two could not be sent. */
export interface ProcessArguments {
  readonly args: unknown;
  readonly marked: boolean;
}

/** What is to run in a process. */
export interface Work {
  readonly target: (...args: never[]) => unknown;
  readonly args: readonly unknown[];
}

/** A process that was started. */
export class StartedProcess {
  readonly pid: number;
  readonly ending: Ending<ProcessExit>;
  /** How it ended; undefined while it runs. */
  exit: ProcessExit | undefined;
  readonly #child: ChildProcess;

  /** @throws WorkerExitError where the system does not start it. */
  constructor(
    identity: Identity,
    settings: ProcessSettings,
    records: readonly Uint8Array[],
    ended: () => void,
  ) {
    const { name, daemon } = identity;
    const { cwd, env, execPath = process.execPath, execArgv = execArgvForProcesses() } = settings;
    const stdio = ["inherit", "inherit", "pipe"] as const;
    const child = spawnEntry({ execPath, execArgv, cwd, env, stdio }, () => child.kill("SIGKILL"));
    this.#child = child;
    // what could not start has no other event, and this constructor says so; later ones are of signals that came late
    child.on("error", () => {});
    if (child.pid === undefined) throw notStarted(name, settings);
    this.pid = child.pid;
    const pipe = child.stdio[descriptors.toWorker] as Socket;
    // one that ends while its arguments are on their way: its end says so
    pipe.on("error", () => {});
    pipe.unref();
    for (const record of records) pipe.write(record);
    if (daemon) {
      child.unref();
      (child.stdin as Socket | null)?.unref();
      orphanGuard.started(child.pid);
    }
    this.ending = new Ending(name, (alive) => {
      if (daemon) child[alive ? "ref" : "unref"]();
    });
    child.on("exit", (exitCode, signal) => {
      this.exit = { exitCode, signal };
      pipe.destroy();
      if (daemon) orphanGuard.ended(this.pid);
      ended();
      this.ending.come(this.exit);
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/**
 * Starts a process.
 * @param ended - called before anybody who waits for its end.
 * @throws CaptureError, SerializationError for what can't be sent; WorkerExitError where it can't be started.
 */
export function startProcess(
  identity: Identity,
  { target, args }: Work,
  settings: ProcessSettings,
  ended: () => void,
): StartedProcess {
  assertNotReviving();
  provideAnalysis({ analyseModule, analyseText });
  const { name, graph, codes } = captureFunction(target);
  refuseExecutors(graph.nodes, `the target ${name}`);
  const setup: ProcessSetup = { identity, graph, codes };
  const records = [...recordOf({ process: setup }, `the target ${name}`), ...argumentsRecord(args)];
  // it outlives the call that starts it, and would keep the stores of that call's context
  return outermostContext.runInAsyncScope(() => new StartedProcess(identity, settings, records, ended));
}

function recordOf(message: unknown, what: string): readonly Uint8Array[] {
  try {
    return writeRecord([0, message], []);
  } catch (cause) {
    throw new SerializationError(`${what} can't be sent: ${(cause as Error).message}`, what, { cause });
  }
}

function argumentsRecord(given: readonly unknown[]): readonly Uint8Array[] {
  const { value: args, marked, transfer } = encode([...given], "args", outbound);
  if (marked) refuseExecutors(args, "args");
  try {
    return writeRecord([0, { args, marked } satisfies ProcessArguments], transfer);
  } catch (error) {
    throw refusal(args, "args", error);
  }
}

/** An executor submits through the worker that a task runs on, and a `Process` is none. */
function refuseExecutors(root: unknown, what: string): void {
  const seen = new Set<unknown>([root]);
  for (const value of seen) {
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) continue;
    if ((value as { readonly reviver?: unknown }).reviver === executorReviver) {
      throw new SerializationError(
        `${what} can't be sent to a Process: an executor in it runs tasks for the process that made it. Make one ` +
          "inside the target, or submit the target to a ProcessPoolExecutor",
        what,
      );
    }
    if (value instanceof Map) for (const entry of value) seen.add(entry[0]).add(entry[1]);
    else if (value instanceof Set) for (const item of value) seen.add(item);
    else for (const part of Object.values(value)) seen.add(part);
  }
}

function notStarted(name: string, { cwd, execPath = process.execPath }: ProcessSettings): WorkerExitError {
  const message = `${name} could not be started with ${execPath}${cwd === undefined ? "" : ` in ${cwd}`}`;
  const cause = whyNotStarted(execPath, cwd);
  if (cause) return new WorkerExitError(`${message}: ${cause.message}`, { reason: "exit", cause });
  return new WorkerExitError(`${message}: it can't be run, or the system has no room for another process`, {
    reason: "exit",
  });
}
