/**
 * Worker processes as a host of the scheduler.
 *
 * @module
 */
import { StringDecoder } from "node:string_decoder";
import { outermostContext } from "../async-context.js";
import { BrokenProcessPoolError } from "../errors.js";
import type { Channel } from "../pool/channel.js";
import type { HostWorker, WorkerEvents, WorkerExit } from "../pool/host.js";
import { IsolatedHost } from "../pool/isolated-host.js";
import type { LinkPort } from "../pool/link/index.js";
import { MessageWorker } from "../pool/message-worker.js";
import type { ResolvedExecutorOptions } from "../pool/options.js";
import { mayPrint, printsNoMore } from "../pool/printers.js";
import { OutputTeller, Tail } from "../pool/worker-output.js";
import { clone } from "../wire/serialize.js";
import { SchedulerClaims } from "./claim-file.js";
import { CopyPool } from "./copy-pool.js";
import { execArgvForProcesses, limitsAsOptions } from "./exec-argv.js";
import { identityOfChild } from "./identity.js";
import type { ProcessPoolExecutorOptions } from "./options.js";
import { RecordReader, writeRecord } from "./records.js";
import { WorkerProcess } from "./worker-process.js";

/** The last words of a process whose heap is full. */
const outOfMemory = /JavaScript heap out of memory/;

export class ProcessHost extends IsolatedHost {
  readonly kind = "process";
  readonly sharesMemory = false;
  readonly #options: ProcessPoolExecutorOptions;
  readonly #running = new Set<WorkerProcess>();

  /** @throws CaptureError, SerializationError for an initializer that can't be sent. */
  constructor(options: ProcessPoolExecutorOptions, resolved: ResolvedExecutorOptions) {
    super(options, resolved, clone);
    this.#options = options;
  }

  broken(message: string, options: { cause?: unknown }): BrokenProcessPoolError {
    return new BrokenProcessPoolError(message, options);
  }

  startWorker(index: number, events: WorkerEvents): HostWorker {
    // a process outlives the call that starts it, and would keep the stores of that call's context
    return outermostContext.runInAsyncScope(this.#startProcess, this, index, events);
  }

  /** Sends a signal to all workers. */
  kill(signal: "SIGTERM" | "SIGKILL"): void {
    for (const each of this.#running) each.kill(signal);
  }

  #startProcess(index: number, events: WorkerEvents): HostWorker {
    const { env, resourceLimits, cwd, execPath = process.execPath, execArgv } = this.#options;
    const stderr = new Tail();
    const output = this.onOutput && new OutputTeller(this.onOutput, index, stderr);
    const reader = new RecordReader();
    const claims = new SchedulerClaims();
    const decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
    let ranOutOfMemory = false;
    let child: WorkerProcess;
    try {
      child = new WorkerProcess(
        {
          execPath,
          execArgv: [...(execArgv ?? execArgvForProcesses()), ...limitsAsOptions(resourceLimits)],
          cwd,
          env,
          claims: claims.fd,
          handsOnOutput: output === undefined,
          grace: this.resolved.grace,
          clock: this.resolved.clock,
        },
        {
          data: (piece) => {
            try {
              worker.receiveAll(reader.push(piece));
            } catch (error) {
              // an answer that can't be read here: nobody knows whose it was
              child.fail(error);
            }
          },
          stdout: (piece) => output?.tell("stdout", decoders.stdout.write(piece)),
          stderr: (piece) => {
            const text = decoders.stderr.write(piece);
            ranOutOfMemory ||= outOfMemory.test(text);
            if (output) output.tell("stderr", text);
            else stderr.add(text);
          },
          drained: () => limited.events.told(),
          deaf: () => {
            // one that goes on without it can't answer any more
            if (worker.stopping) return;
            deaf = this.resolved.clock.setTimer(() => child.terminate(), this.resolved.grace);
          },
          ended: (exit) => ended(exit),
        },
      );
    } catch (error) {
      claims.close();
      throw error;
    }
    this.#running.add(child);
    const port = new ProcessPort((pieces, written) => child.write(pieces, written));
    const printer = this.printer(
      (alive) => child.keepAlive(alive, "output"),
      () => worker.handIn(),
    );
    const channel: Channel = {
      port,
      memory: undefined,
      words: claims,
      copiesMemory: true,
      get unwritten() {
        return child.unwritten;
      },
      output,
      sending: () => mayPrint(printer),
      // what it wrote before has arrived, and is read in the turn of the loop that goes on now
      handedIn: () => setImmediate(() => printer.handedIn()),
      terminate: () => child.terminate(),
      keepAlive: (alive) => child.keepAlive(alive, "work"),
    };
    const limited = this.limitInitializer(events);
    const worker = new MessageWorker(channel, limited.events, this.resolved.name);
    let deaf: { cancel(): void } | undefined;
    const ended = (exit: WorkerExit): void => {
      this.#running.delete(child);
      limited.cancel();
      deaf?.cancel();
      printsNoMore(printer);
      printer.handedIn();
      // what it sent before its end has arrived, but was not looked at yet
      worker.takeInAll();
      const reason = ranOutOfMemory && exit.reason !== "terminated" ? "out-of-memory" : exit.reason;
      // not before: until its end is told it may be sent tasks, and the number of the file may soon be another's
      void worker.exited({ ...exit, reason, stderrTail: stderr.lines }).finally(() => claims.close());
    };
    // as in Python, a worker may have children
    const identity = identityOfChild((numbers) => `${this.resolved.name}-${numbers}`, false);
    port.send({ setup: this.setup, identity });
    return worker;
  }
}

const copies = new CopyPool();

/** What goes to a worker, gathered until there is nothing more to do here and now. */
class ProcessPort implements LinkPort {
  readonly #write: (pieces: readonly Uint8Array[], written: () => void) => void;
  #gathered: Uint8Array[] = [];
  /** Of memory in what is gathered. */
  #copies: Uint8Array[] = [];

  /** @param write - its second argument is to be called when the pieces are not read any more. */
  constructor(write: (pieces: readonly Uint8Array[], written: () => void) => void) {
    this.#write = write;
  }

  postMessage(message: unknown, transfer: Parameters<LinkPort["postMessage"]>[1] = []): void {
    const pieces = writeRecord(message, transfer, (memory) => {
      const copy = copies.copy(memory);
      this.#copies.push(copy);
      return copy;
    });
    if (this.#gathered.length === 0) queueMicrotask(() => this.flush());
    this.#gathered.push(...pieces);
  }

  /** Sends a message outside of any link. */
  send(message: unknown): void {
    this.postMessage([0, message]);
  }

  receive(): undefined {
    // all that arrives is told at once
    return undefined;
  }

  flush(): void {
    if (this.#gathered.length === 0) return;
    const pieces = this.#gathered;
    const made = this.#copies;
    this.#gathered = [];
    this.#copies = [];
    this.#write(pieces.length === 1 ? pieces : together(pieces), () => {
      for (const copy of made) copies.giveBack(copy);
    });
  }
}

/** Pieces up to this size, in bytes, are put together: a call of the system costs more than a copy. */
const smallPiece = 4_096;

function together(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  const result: Uint8Array[] = [];
  let small: Uint8Array[] = [];
  const endSmall = (): void => {
    if (small.length > 0) result.push(small.length === 1 ? small[0]! : Buffer.concat(small));
    small = [];
  };
  for (const piece of pieces) {
    if (piece.length <= smallPiece) small.push(piece);
    else {
      endSmall();
      result.push(piece);
    }
  }
  endSmall();
  return result;
}
