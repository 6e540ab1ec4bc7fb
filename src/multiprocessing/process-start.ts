/**
 * How a `Process` starts, and what is known of it from then on.
 *
 * @module
 */
import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { outermostContext } from "../async-context.js";
import { WorkerExitError } from "../errors.js";
import { Ending } from "../target/ending.js";
import {
  type ShippedTarget,
  shipArguments,
  shipTarget,
  toProcess,
  type Work,
} from "../target/send-target.js";
import { descriptors } from "./descriptors.js";
import { spawnEntry, whyNotStarted } from "./entry.js";
import { execArgvForProcesses } from "./exec-argv.js";
import type { Identity } from "./identity.js";
import { orphanGuard } from "./orphan-guard.js";
import type { ProcessSettings } from "./process-options.js";
import { writeRecord } from "./records.js";

/** How a process ended: one of the two is `null`. */
export interface ProcessExit {
  /** 0 after its work, 1 after an error that nobody caught, else what it gave to `process.exit`. */
  readonly exitCode: number | null;
  /** The signal that ended it. */
  readonly signal: NodeJS.Signals | null;
}

/** The first message to a process: who it is, and what it runs. */
export interface ProcessSetup extends ShippedTarget {
  readonly identity: Identity;
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
  const records = [
    ...shipTarget(target, toProcess, (shipped) =>
      writeRecord([0, { process: { identity, ...shipped } satisfies ProcessSetup }], []),
    ),
    ...shipArguments(args, toProcess, (shipped, transfer) => writeRecord([0, shipped], transfer)),
  ];
  // it outlives the call that starts it, and would keep the stores of that call's context
  return outermostContext.runInAsyncScope(() => new StartedProcess(identity, settings, records, ended));
}

function notStarted(name: string, { cwd, execPath = process.execPath }: ProcessSettings): WorkerExitError {
  const message = `${name} could not be started with ${execPath}${cwd === undefined ? "" : ` in ${cwd}`}`;
  const cause = whyNotStarted(execPath, cwd);
  if (cause) return new WorkerExitError(`${message}: ${cause.message}`, { reason: "exit", cause });
  return new WorkerExitError(`${message}: it can't be run, or the system has no room for another process`, {
    reason: "exit",
  });
}
