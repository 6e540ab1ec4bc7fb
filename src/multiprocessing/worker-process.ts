/**
 * The process of one worker: how it starts, how it is reached, and how its end is told.
 *
 * @module
 */
import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import type { Clock, Timer } from "../clock.js";
import type { WorkerExit } from "../pool/host.js";
import { spawnEntry, whyNotStarted } from "./entry.js";
import { orphanGuard } from "./orphan-guard.js";

/** ms that output may take to arrive after the process has ended: another that inherited it may hold it open. */
const outputTime = 200;

/** How a process is started. */
export interface ProcessStart {
  readonly execPath: string;
  readonly execArgv: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>> | undefined;
  /** Descriptor of the file with the status words. */
  readonly claims: number;
  /** Whether what it prints goes on to this process's own stdout and stderr. */
  readonly handsOnOutput: boolean;
  /** ms between SIGTERM and SIGKILL. */
  readonly grace: number;
  readonly clock: Clock;
}

export interface ProcessEvents {
  /** It sent something. */
  data(piece: Uint8Array): void;
  /** All that was written has gone to the system, after much had not. */
  drained(): void;
  stdout(piece: Uint8Array): void;
  stderr(piece: Uint8Array): void;
  /** Nothing more comes from it, though it has not ended. */
  deaf(): void;
  /** It has ended, and all that it sent was told. */
  ended(exit: WorkerExit): void;
}

export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #input: Writable;
  readonly #events: ProcessEvents;
  readonly #start: ProcessStart;
  /** What it keeps this process alive for. */
  readonly #reasons = new Set<string>(["work"]);
  #killTimer: Timer | undefined;
  #terminated = false;
  #ended = false;
  #error: unknown;

  /** @throws Error where the system has no room for another process. */
  constructor(start: ProcessStart, events: ProcessEvents) {
    this.#start = start;
    this.#events = events;
    const { execPath, execArgv, cwd, env, claims, handsOnOutput } = start;
    const stdio = ["pipe", "pipe", "pipe", "pipe", claims] as const;
    const child = spawnEntry({ execPath, execArgv, cwd, env, stdio }, (error) => this.fail(error));
    this.#child = child;
    const [, , , input, output] = child.stdio as [unknown, unknown, unknown, Socket, Socket];
    this.#input = input;
    for (const stream of [child.stdin, child.stdout, child.stderr, input, output])
      (stream as Socket | null)?.unref();
    // a worker that dies while something is on its way to it: its end says so
    input.on("error", () => {});
    input.on("drain", () => events.drained());
    output.on("data", (piece: Buffer) => events.data(piece));
    for (const name of ["stdout", "stderr"] as const) {
      child[name]!.on("data", (piece: Buffer) => {
        events[name](piece);
        if (handsOnOutput) handOn(child[name]!, piece, process[name]);
      });
    }
    const outputEnds = Promise.all([output, child.stdout, child.stderr].map((stream) => ends(stream)));
    void ends(output).then(() => {
      if (!this.#ended) events.deaf();
    });
    child.on("error", (failure) => {
      // one that could not even start has no other event
      const error = child.pid === undefined ? (whyNotStarted(execPath, cwd) ?? failure) : failure;
      this.#error = error;
      if (child.pid === undefined) this.#end({ reason: "exit", error });
    });
    child.on("exit", (exitCode, signal) => {
      if (child.pid !== undefined) orphanGuard.ended(child.pid);
      const limit = setTimeout(() => this.#end(this.#exitOf(exitCode, signal)), outputTime);
      // whoever waits for its tasks has to be told; an idle one keeps nobody
      if (this.#reasons.size === 0) limit.unref();
      void outputEnds.then(() => {
        clearTimeout(limit);
        this.#end(this.#exitOf(exitCode, signal));
      });
    });
    if (child.pid !== undefined) orphanGuard.started(child.pid);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Bytes that the system has not taken yet. */
  get unwritten(): number {
    return this.#input.writableLength;
  }

  /** Sends bytes to it; they are not copied, and told when they are not read any more. */
  write(pieces: readonly Uint8Array[], written?: () => void): void {
    if (pieces.length === 1) return void this.#input.write(pieces[0], written);
    this.#input.cork();
    for (const [at, piece] of pieces.entries())
      this.#input.write(piece, at === pieces.length - 1 ? written : undefined);
    this.#input.uncork();
  }

  /** Ends it now: by SIGTERM, and by SIGKILL where that does not help. */
  terminate(): void {
    this.#terminated = true;
    if (this.#ended || this.#killTimer) return;
    this.kill("SIGTERM");
    this.#killTimer = this.#start.clock.setTimer(() => this.kill("SIGKILL"), this.#start.grace, true);
  }

  /** @param signal - sent at once. */
  kill(signal: "SIGTERM" | "SIGKILL"): void {
    this.#child.kill(signal);
  }

  /** Ends it because of an error that is not its own. */
  fail(error: unknown): void {
    this.#error ??= error;
    this.terminate();
  }

  /** @param reason - it keeps this process alive as long as there is one. */
  keepAlive(alive: boolean, reason: "work" | "output"): void {
    if (alive) this.#reasons.add(reason);
    else this.#reasons.delete(reason);
    if (this.#reasons.size > 0) this.#child.ref();
    else this.#child.unref();
  }

  #exitOf(exitCode: number | null, signal: NodeJS.Signals | null): WorkerExit {
    const reason = this.#terminated ? "terminated" : signal === null ? "exit" : "signal";
    return {
      reason,
      exitCode: exitCode ?? undefined,
      signal: signal ?? undefined,
      ...(this.#error !== undefined && { error: this.#error }),
    };
  }

  #end(exit: WorkerExit): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#killTimer?.cancel();
    this.#input.destroy();
    this.#events.ended(exit);
  }
}

/** One piece after the other: who reads slowly slows the writer down. */
function handOn(from: Readable, piece: Uint8Array, to: Writable): void {
  from.pause();
  to.write(piece, () => from.resume());
}

function ends(stream: Readable | Socket | null): Promise<void> {
  return new Promise((resolve) => {
    if (!stream) return resolve();
    stream.once("close", resolve);
    stream.once("error", () => {}); // `close` follows
  });
}
