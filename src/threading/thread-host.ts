/**
 * Worker threads as a host of the scheduler: how a thread starts, and how its end is told.
 *
 * @module
 */
import { MessageChannel, type MessagePort, Worker, type WorkerOptions } from "node:worker_threads";
import { outermostContext } from "../async-context.js";
import { BrokenThreadPoolError, TimeoutError } from "../errors.js";
import { fileSystem } from "../file-system.js";
import { analyseModule, analyseText } from "../functions/analysis/index.js";
import {
  assertNotReviving,
  captureFunction,
  provideAnalysis,
  type ShippedFunction,
} from "../functions/index.js";
import { packageHome } from "../package-home.js";
import { ChunkCall } from "../pool/chunk-call.js";
import type { Host, HostWorker, WorkerEvents, WorkerExit } from "../pool/host.js";
import { createLinkMemory, type LinkMemory, threadPort } from "../pool/link/index.js";
import { type Channel, MessageWorker } from "../pool/message-worker.js";
import type { ResolvedExecutorOptions } from "../pool/options.js";
import { outbound } from "../pool/outbound.js";
import type { WorkerSetup } from "../pool/protocol.js";
import { spareCores } from "../pool/spin-lane.js";
import { OutputTeller, outputListener, Tail, type WorkerOutput } from "../pool/worker-output.js";
import { encode, refusal } from "../wire/index.js";
import { execArgvForWorkers } from "./exec-argv.js";
import type { ThreadPoolExecutorOptions } from "./options.js";
import { followStderr, followStreams, mayPrint, type Printer, printsNoMore } from "./output.js";

/** The worker's entry file; a bundle does not have it. */
let entry: URL | false | undefined;

function entryFile(): URL | false {
  const url = packageHome && new URL("node/worker.js", packageHome);
  return url && url.protocol === "file:" && fileSystem().existsSync(url) ? url : false;
}

/** What a thread finds as its `workerData`. */
export interface ThreadData {
  readonly ungil: {
    readonly port: MessagePort;
    readonly memory: LinkMemory;
    readonly setup: WorkerSetup;
  };
}

export class ThreadHost implements Host {
  readonly kind = "thread";
  readonly immediate = false;
  readonly isolated = true;
  readonly prefetches = true;
  readonly spinCells: Int32Array | undefined;
  executorId = 0;
  readonly #options: ThreadPoolExecutorOptions;
  readonly #resolved: ResolvedExecutorOptions;
  readonly #initializer: WorkerSetup["initializer"];
  readonly #onOutput: ((output: WorkerOutput) => void) | undefined;

  /** @throws CaptureError, SerializationError for an initializer that can't be sent. */
  constructor(options: ThreadPoolExecutorOptions, resolved: ResolvedExecutorOptions) {
    provideAnalysis({ analyseModule, analyseText });
    assertNotReviving();
    this.#options = options;
    this.#resolved = resolved;
    this.#onOutput = options.onOutput && outputListener(options.onOutput);
    if (options.spin !== false && spareCores > 0)
      this.spinCells = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
    const { initializer } = options;
    if (initializer) {
      const { graph, codes } = captureFunction(initializer);
      const given = [...(options.initargs ?? [])];
      const { value: args, marked } = encode(given, "initargs", outbound);
      try {
        // now, and not three workers later
        structuredClone(args);
      } catch (error) {
        throw refusal(given, "initargs", error);
      }
      this.#initializer = { graph, codes, args, marked };
    }
  }

  prepare(fn: (...args: never[]) => unknown): unknown {
    return captureFunction(fn);
  }

  costKey(fn: unknown): unknown {
    if (fn instanceof ChunkCall) return fn.functions;
    const { stable, id, location } = fn as ShippedFunction;
    return stable ? id : location;
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
    const setup: WorkerSetup = {
      executor: this.executorId,
      tasksPerWorker: this.#resolved.tasksPerWorker,
      spinCells: this.spinCells,
      executorName: this.#resolved.name,
      tellOutput: this.#onOutput !== undefined,
      reportMemory: this.#resolved.maxMemoryPerWorker !== Number.POSITIVE_INFINITY,
      importTimeout: this.#options.importTimeout ?? 60_000,
      initializer: this.#initializer,
    };
    const options: WorkerOptions = {
      name: `${this.#resolved.name}_${index}`,
      workerData: { ungil: { port: port2, memory, setup } } satisfies ThreadData,
      transferList: [port2],
      ...(env && { env }),
      ...(execArgv && { execArgv: [...execArgv] }),
      ...(resourceLimits && { resourceLimits }),
    };
    const stderr = new Tail();
    const output = new OutputTeller(this.#onOutput, index, stderr);
    const thread = new LazyThread(options, (worker) => {
      if (this.#onOutput) followStreams(worker, output);
      else followStderr(worker, stderr);
    });
    const printer = this.#printer(thread, () => worker.handIn());
    const channel: Channel = {
      port: threadPort(port),
      memory,
      output,
      sending: () => mayPrint(printer),
      handedIn: () => printer.handedIn(),
      terminate: () => thread.terminate(),
      keepAlive: (alive) => thread.keepAlive(alive, "work"),
    };
    let limit: { cancel(): void } | undefined;
    const worker = new MessageWorker(
      channel,
      {
        ...events,
        ready: () => {
          limit?.cancel();
          events.ready();
        },
        initializerFailed: (error) => {
          limit?.cancel();
          events.initializerFailed(error);
        },
      },
      this.#resolved.name,
    );
    if (this.#initializer) limit = this.#limitInitializer(events);
    port.on("message", (envelope: unknown) => worker.receive(envelope));
    // an answer that can't be read here, as one nested too deeply for this stack: nobody knows whose it was
    port.on("messageerror", (error: unknown) => thread.fail(error));
    let ended = false;
    let deaf: { cancel(): void } | undefined;
    port.on("close", () => {
      // a thread that ends closes it too; one that goes on without it can't answer any more
      if (ended || worker.stopping) return;
      deaf = this.#resolved.clock.setTimer(() => thread.terminate(), this.#resolved.grace);
    });
    // the thread alone keeps the process alive, or not
    port.unref();
    thread.onEnd((exit) => {
      ended = true;
      limit?.cancel();
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

  #printer(thread: LazyThread, askToHandIn: () => void): Printer & { handedIn(): void } {
    let limit: { cancel(): void } | undefined;
    const handedIn = (): void => {
      limit?.cancel();
      thread.keepAlive(false, "output");
    };
    return {
      handIn: () => {
        thread.keepAlive(true, "output");
        // what keeps a thread's event loop busy must not keep the process
        limit = this.#resolved.clock.setTimer(handedIn, this.#resolved.grace, true);
        askToHandIn();
      },
      handedIn,
    };
  }

  #limitInitializer(events: WorkerEvents): { cancel(): void } {
    const limit = this.#options.initializerTimeout ?? 60_000;
    return this.#resolved.clock.setTimer(() => {
      events.initializerFailed(
        new TimeoutError(`the initializer took longer than ${limit} ms (initializerTimeout)`),
      );
    }, limit);
  }
}

/** A thread that starts at once from its file, or a moment later from the source that a bundle carries along. */
class LazyThread {
  #worker: Worker | undefined;
  /** What it keeps the process alive for. */
  readonly #reasons = new Set<string>(["work"]);
  readonly #started: (worker: Worker) => void;
  #ended = false;
  #terminated = false;
  #listener: ((exit: WorkerExit) => void) | undefined;
  #error: unknown;

  /** @param started - told of the thread as soon as it is there. */
  constructor(options: WorkerOptions, started: (worker: Worker) => void) {
    this.#started = started;
    entry ??= entryFile();
    if (entry) this.#start(new Worker(entry, options));
    else void this.#startFromSource(options);
  }

  onEnd(listener: (exit: WorkerExit) => void): void {
    this.#listener = listener;
  }

  terminate(): void {
    this.#terminated = true;
    if (this.#worker) void this.#worker.terminate();
    else this.#end({ reason: "terminated", exitCode: 1 });
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
    this.#started(worker);
    worker.on("error", (error) => {
      this.#error = error;
    });
    worker.on("exit", (exitCode) => {
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
    // never within the call that started or ended it: the scheduler is in the middle of its own step then
    setImmediate(() => this.#listener?.(exit));
  }
}
