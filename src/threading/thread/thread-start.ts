/**
 * How a `Thread` starts, and what is known of it from then on.
 *
 * @module
 */
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  type WorkerOptions,
} from "node:worker_threads";
import { outermostContext } from "../../async-context.js";
import { WorkerExitError, type WorkerExitReason } from "../../errors.js";
import type { WorkerExit } from "../../pool/host.js";
import { inbound } from "../../pool/inbound.js";
import { mayPrint, type Printer, printsNoMore } from "../../pool/printers.js";
import { type OutputStream, OutputTeller, Tail } from "../../pool/worker-output.js";
import { Ending } from "../../target/ending.js";
import { neverSettled } from "../../target/run-target.js";
import { shipArguments, shipTarget, toThread, type Work } from "../../target/send-target.js";
import { decode } from "../../wire/index.js";
import { execArgvForWorkers } from "../exec-argv.js";
import { loadingWords } from "../loading-words.js";
import { LazyThread } from "../thread-host.js";
import type { ThreadIdentity } from "./own-thread.js";
import type { ThreadSettings } from "./thread-options.js";

/** How a thread ended. */
export interface ThreadExit {
  /** `"exit"` also after an error: then `error` is there. */
  readonly reason: Extract<WorkerExitReason, "exit" | "out-of-memory" | "terminated">;
  /**
   * 0 after its work, 1 after an error that nobody caught and for one that was ended, 13 where what the target awaits
   * never comes, else what it gave to `process.exit`.
   */
  readonly exitCode: number;
  /** What nobody caught; a `WorkerExitError` where it was out of memory, or waited for what never comes. */
  readonly error?: unknown;
}

/** What the thread finds as its `workerData`; its target and the arguments wait in the port. */
export interface ThreadSetup {
  readonly thread: ThreadIdentity;
  readonly port: MessagePort;
  readonly loading: Int32Array;
}

/** What a thread tells. */
export type FromThread =
  | { readonly kind: "begun"; readonly nativeId: number | null }
  | { readonly kind: "output"; readonly stream: OutputStream; readonly text: string | Uint8Array }
  | { readonly kind: "failed"; readonly error: unknown; readonly marked: boolean }
  | { readonly kind: "stuck" };

/** A thread that was started. */
export class StartedThread {
  readonly ending: Ending<ThreadExit>;
  /** Node's number for it; `null` in a bundle until it has begun. */
  ident: number | null = null;
  /** The system's, once it has told it. */
  nativeId: number | null = null;
  /** How it ended; undefined while it runs. */
  exit: ThreadExit | undefined;
  readonly #name: string;
  readonly #port: MessagePort;
  readonly #thread: LazyThread;
  readonly #stderr = new Tail();
  readonly #output = new OutputTeller(undefined, 0, this.#stderr);
  readonly #printer: Printer = { handIn: () => this.#receiveAll() };
  /** The error that nobody caught there, on its way. */
  #failure: Promise<{ readonly error: unknown }> | undefined;
  #stuck = false;

  /**
   * @param port - the near end of a channel in whose `far` end target and arguments wait.
   * @param ended - told before anybody who waits.
   * @throws what Node throws where it does not start it.
   */
  constructor(
    identity: ThreadIdentity,
    settings: ThreadSettings,
    port: MessagePort,
    far: MessagePort,
    ended: (exit: ThreadExit) => void,
  ) {
    const { name, daemon, seat } = identity;
    const { env, execArgv = execArgvForWorkers(), resourceLimits } = settings;
    const loading = loadingWords();
    this.#name = name;
    this.#port = port;
    const options: WorkerOptions = {
      name,
      workerData: { ungil: { thread: identity, port: far, loading } satisfies ThreadSetup },
      transferList: [far],
      ...(env && { env }),
      ...(execArgv && { execArgv: [...execArgv] }),
      ...(resourceLimits && { resourceLimits }),
    };
    const thread = new LazyThread("thread", options, seat, loading, ({ threadId }) => {
      this.ident = threadId;
    });
    this.#thread = thread;
    port.on("message", (message: FromThread) => this.#receive(message));
    // what can't be read is most likely the error that has ended the thread
    port.on("messageerror", (error: unknown) => this.#receive({ kind: "failed", error, marked: false }));
    // the thread alone keeps the program alive, or not
    port.unref();
    if (daemon) thread.keepAlive(false, "work");
    this.ending = new Ending(name, (awaited) => {
      if (daemon) thread.keepAlive(awaited, "work");
    });
    mayPrint(this.#printer);
    thread.onEnd((exit) => {
      this.#receiveAll();
      printsNoMore(this.#printer);
      port.close();
      void this.#exitOf(exit).then((known) => {
        this.exit = known;
        ended(known);
        this.ending.come(known);
      });
    });
  }

  terminate(): void {
    this.#thread.terminate();
  }

  /** What it has told so far. */
  #receiveAll(): void {
    for (let held = receiveMessageOnPort(this.#port); held; held = receiveMessageOnPort(this.#port))
      this.#receive(held.message as FromThread);
  }

  #receive(message: FromThread): void {
    switch (message.kind) {
      case "begun":
        this.nativeId = message.nativeId;
        return;
      case "output":
        mayPrint(this.#printer);
        return this.#output.tell(message.stream, message.text);
      case "failed":
        this.#failure ??= this.#errorOf(message);
        return;
      case "stuck":
        this.#stuck = true;
    }
  }

  async #errorOf({ error, marked }: { error: unknown; marked: boolean }): Promise<{ error: unknown }> {
    try {
      return { error: marked ? await decode(error, inbound) : error };
    } catch (unreadable) {
      return { error: unreadable };
    }
  }

  async #exitOf(end: WorkerExit): Promise<ThreadExit> {
    const { exitCode = 1 } = end;
    const failure = await this.#failure;
    if (end.reason === "out-of-memory") {
      const error = this.#exitError("ran out of memory", { ...end, reason: "out-of-memory" });
      return { reason: "out-of-memory", exitCode, error };
    }
    if (failure) return { reason: "exit", exitCode, error: failure.error };
    if (this.#stuck) {
      const why = "ended: nothing was left that its target could have been waiting for";
      const error = this.#exitError(why, { reason: "exit", exitCode: neverSettled });
      return { reason: "exit", exitCode: neverSettled, error };
    }
    if (end.error !== undefined) return { reason: "exit", exitCode, error: end.error };
    return { reason: end.reason === "terminated" ? "terminated" : "exit", exitCode };
  }

  #exitError(what: string, { reason, exitCode, error }: WorkerExit): WorkerExitError {
    return new WorkerExitError(`${this.#name} ${what}`, {
      reason,
      exitCode,
      stderrTail: this.#stderr.lines,
      ...(error !== undefined && { cause: error }),
    });
  }
}

/**
 * Starts a thread.
 * @param identify - who it is; asked when all that it is to run could be sent.
 * @param ended - called before anybody who waits for its end.
 * @throws CaptureError, SerializationError for what can't be sent; WorkerExitError where it can't be started.
 */
export function startThread(
  { target, args }: Work,
  settings: ThreadSettings,
  identify: () => ThreadIdentity,
  ended: (exit: ThreadExit) => void,
): StartedThread {
  const { port1: port, port2: far } = new MessageChannel();
  try {
    shipTarget(target, toThread, (shipped) => port.postMessage(shipped));
    shipArguments(args, toThread, (shipped, transfer) => port.postMessage(shipped, transfer));
    const identity = identify();
    // it outlives the call that starts it, and would keep the stores of that call's context
    return outermostContext.runInAsyncScope(() => start(identity, settings, port, far, ended));
  } catch (error) {
    port.close();
    throw error;
  }
}

function start(
  identity: ThreadIdentity,
  settings: ThreadSettings,
  port: MessagePort,
  far: MessagePort,
  ended: (exit: ThreadExit) => void,
): StartedThread {
  try {
    return new StartedThread(identity, settings, port, far, ended);
  } catch (cause) {
    throw new WorkerExitError(`${identity.name} could not be started: ${(cause as Error).message}`, {
      reason: "exit",
      cause,
    });
  }
}
