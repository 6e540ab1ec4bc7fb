/**
 * Worker threads as a host of the scheduler: how a thread starts, and how its end is told.
 *
 * @module
 */
import { MessageChannel, type MessagePort, Worker, type WorkerOptions } from "node:worker_threads";
import { outermostContext } from "../async-context.js";
import { BrokenThreadPoolError } from "../errors.js";
import { fileSystem } from "../file-system.js";
import { packageHome } from "../package-home.js";
import type { Channel } from "../pool/channel.js";
import type { HostWorker, WorkerEvents, WorkerExit } from "../pool/host.js";
import { IsolatedHost } from "../pool/isolated-host.js";
import { createLinkMemory, type LinkMemory, threadPort } from "../pool/link/index.js";
import { MessageWorker } from "../pool/message-worker.js";
import type { ResolvedExecutorOptions } from "../pool/options.js";
import { outbound } from "../pool/outbound.js";
import { mayPrint, printsNoMore } from "../pool/printers.js";
import type { WorkerSetup } from "../pool/protocol.js";
import { spareCores, spinCellCount } from "../pool/spin-lane.js";
import { StatusWords } from "../pool/status-words.js";
import { OutputTeller, Tail } from "../pool/worker-output.js";
import { type EncodedValue, encode } from "../wire/index.js";
import { execArgvForWorkers } from "./exec-argv.js";
import { endWhenLoaded, loadingWords } from "./loading-words.js";
import type { ThreadPoolExecutorOptions } from "./options.js";
import { followStderr, followStreams } from "./output.js";
import type { ThreadIdentity } from "./thread/own-thread.js";
import { threadTable } from "./thread/thread-table.js";
import { threadEnded } from "./thread-ends.js";

/** Entry files of threads; a bundle has none. */
type Entry = "worker" | "thread";

const entries = new Map<Entry, URL | false>();

function entryFile(name: Entry): URL | false {
  let entry = entries.get(name);
  if (entry === undefined) {
    const url = packageHome && new URL(`node/${name}.cjs`, packageHome);
    entry = url && url.protocol === "file:" && fileSystem().existsSync(url) ? url : false;
    entries.set(name, entry);
  }
  return entry;
}

/** What a worker of a pool finds as its `workerData`. */
export interface ThreadData {
  readonly ungil: {
    readonly thread: ThreadIdentity;
    readonly port: MessagePort;
    readonly memory: LinkMemory;
    readonly setup: WorkerSetup;
    readonly loading: Int32Array;
  };
}

export class ThreadHost extends IsolatedHost {
  readonly kind = "thread";
  readonly sharesMemory = true;
  readonly #options: ThreadPoolExecutorOptions;
  readonly #executionLock: EncodedValue | undefined;

  /** @throws CaptureError, SerializationError for an initializer that can't be sent. */
  constructor(options: ThreadPoolExecutorOptions, resolved: ResolvedExecutorOptions) {
    const spins = options.spin !== false && spareCores() > 0;
    const cells = spins
      ? new Int32Array(new SharedArrayBuffer(spinCellCount * Int32Array.BYTES_PER_ELEMENT))
      : undefined;
    super(options, resolved, structuredClone, cells);
    this.#options = options;
    if (options.gil) this.#executionLock = encode(options.gil, "gil", outbound);
  }

  protected override get setup(): WorkerSetup {
    const { value, marked } = this.#executionLock ?? {};
    return { ...super.setup, executionLock: marked === undefined ? undefined : { value, marked } };
  }

  broken(message: string, options: { cause?: unknown }): BrokenThreadPoolError {
    return new BrokenThreadPoolError(message, options);
  }

  startWorker(index: number, events: WorkerEvents): HostWorker {
    // a thread outlives the call that starts it, and would keep the stores of that call's context
    return outermostContext.runInAsyncScope(this.#startThread, this, index, events);
  }

  #startThread(index: number, events: WorkerEvents): HostWorker {
    const { port1: port, port2 } = new MessageChannel();
    const { env, resourceLimits } = this.#options;
    const execArgv = this.#options.execArgv ?? execArgvForWorkers();
    const memory = createLinkMemory();
    const { setup } = this;
    const loading = loadingWords();
    const name = `${this.resolved.name}_${index}`;
    const identity: ThreadIdentity = { name, daemon: true, seat: threadTable().take(name, true) };
    const options: WorkerOptions = {
      name,
      workerData: { ungil: { thread: identity, port: port2, memory, setup, loading } } satisfies ThreadData,
      transferList: [port2],
      ...(env && { env }),
      ...(execArgv && { execArgv: [...execArgv] }),
      ...(resourceLimits && { resourceLimits }),
    };
    const stderr = new Tail();
    const output = new OutputTeller(this.onOutput, index, stderr);
    const thread = new LazyThread("worker", options, identity.seat, loading, (worker) => {
      if (this.onOutput) followStreams(worker, output);
      else followStderr(worker, stderr);
    });
    const printer = this.printer(
      (alive) => thread.keepAlive(alive, "output"),
      () => worker.handIn(),
    );
    const channel: Channel = {
      port: threadPort(port),
      memory,
      words: new StatusWords(),
      // what is posted has arrived
      unwritten: 0,
      copiesMemory: false,
      output,
      sending: () => mayPrint(printer),
      handedIn: () => printer.handedIn(),
      terminate: () => thread.terminate(),
      keepAlive: (alive) => thread.keepAlive(alive, "work"),
    };
    const limited = this.limitInitializer(events);
    const worker = new MessageWorker(channel, limited.events, this.resolved.name);
    port.on("message", (envelope: unknown) => worker.receive(envelope));
    // an answer that can't be read here, as one nested too deeply for this stack: nobody knows whose it was
    port.on("messageerror", (error: unknown) => thread.fail(error));
    let ended = false;
    let deaf: { cancel(): void } | undefined;
    port.on("close", () => {
      // a thread that ends closes it too; one that goes on without it can't answer any more
      if (ended || worker.stopping) return;
      deaf = this.resolved.clock.setTimer(() => thread.terminate(), this.resolved.grace);
    });
    // the thread alone keeps the process alive, or not
    port.unref();
    thread.onEnd((exit) => {
      ended = true;
      limited.cancel();
      deaf?.cancel();
      printsNoMore(printer);
      printer.handedIn();
      // what it sent before its end has arrived, but was not looked at yet
      worker.takeInAll();
      port.close();
      void worker.exited({ ...exit, stderrTail: stderr.lines });
    });
    return worker;
  }
}

/**
 * A thread that starts at once from its file, or a moment later from the source that a bundle carries along. Its
 * beginning and its end are written down in the table of threads here.
 */
export class LazyThread {
  #worker: Worker | undefined;
  /** What it keeps the process alive for. */
  readonly #reasons = new Set<string>(["work"]);
  readonly #started: (worker: Worker) => void;
  readonly #seat: number;
  readonly #loading: Int32Array;
  #patience: NodeJS.Timeout | undefined;
  #ended = false;
  #terminated = false;
  #listener: ((exit: WorkerExit) => void) | undefined;
  #error: unknown;

  /**
   * @param seat - in the table of threads.
   * @param loading - where the thread says that it loads modules.
   * @param started - told of the thread as soon as it is there.
   */
  constructor(
    entry: Entry,
    options: WorkerOptions,
    seat: number,
    loading: Int32Array,
    started: (worker: Worker) => void,
  ) {
    this.#seat = seat;
    this.#loading = loading;
    this.#started = started;
    threadTable().start(seat);
    const file = entryFile(entry);
    if (!file) void this.#startFromSource(options);
    else {
      try {
        this.#start(new Worker(file, options));
      } catch (error) {
        threadTable().end(seat);
        throw error;
      }
    }
  }

  onEnd(listener: (exit: WorkerExit) => void): void {
    this.#listener = listener;
  }

  terminate(): void {
    this.#terminated = true;
    const worker = this.#worker;
    if (worker) {
      const patience = endWhenLoaded(this.#loading);
      if (patience === 0) void worker.terminate();
      else this.#patience ??= setTimeout(() => void worker.terminate(), patience).unref();
    } else this.#end({ reason: "terminated", exitCode: 1 });
  }

  /** Ends it because of an error that is not its own. */
  fail(error: unknown): void {
    this.#error ??= error;
    this.terminate();
  }

  /** @param reason - it keeps the process alive as long as there is one. */
  keepAlive(alive: boolean, reason: "work" | "output"): void {
    if (alive) this.#reasons.add(reason);
    else this.#reasons.delete(reason);
    this.#applyKeepAlive();
  }

  #applyKeepAlive(): void {
    if (this.#reasons.size > 0) this.#worker?.ref();
    else this.#worker?.unref();
  }

  async #startFromSource(options: WorkerOptions): Promise<void> {
    try {
      const { workerSource } = await import("./worker-source.js");
      if (this.#ended) return;
      this.#start(new Worker(workerSource, { ...options, eval: true }));
      this.#applyKeepAlive();
    } catch (error) {
      this.#end({ reason: "exit", exitCode: 1, error });
    }
  }

  #start(worker: Worker): void {
    this.#worker = worker;
    threadTable().identify(this.#seat, worker.threadId);
    this.#started(worker);
    const { threadId } = worker;
    worker.on("error", (error) => {
      this.#error = error;
    });
    worker.on("exit", (exitCode) => {
      threadEnded(threadId);
      clearTimeout(this.#patience);
      const error = this.#error;
      if ((error as { code?: unknown } | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY") {
        this.#end({ reason: "out-of-memory", exitCode, error });
      } else if (error !== undefined) this.#end({ reason: "exit", exitCode, error });
      else this.#end({ reason: this.#terminated ? "terminated" : "exit", exitCode });
    });
  }

  #end(exit: WorkerExit): void {
    if (this.#ended) return;
    this.#ended = true;
    threadTable().end(this.#seat);
    // never within the call that started or ended it: the scheduler is in the middle of its own step then
    setImmediate(() => this.#listener?.(exit));
  }
}
