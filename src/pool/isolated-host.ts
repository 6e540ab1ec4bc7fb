/**
 * What hosts with workers of their own isolates have in common: how functions are prepared, and what every
 * worker is started with.
 *
 * @module
 */
import { type BrokenExecutorError, TimeoutError, type UngilErrorOptions } from "../errors.js";
import { analyseModule, analyseText } from "../functions/analysis/index.js";
import {
  assertNotReviving,
  captureFunction,
  provideAnalysis,
  type ShippedFunction,
} from "../functions/index.js";
import { encode, refusal } from "../wire/index.js";
import { ChunkCall } from "./chunk-call.js";
import type { Host, HostWorker, WorkerEvents } from "./host.js";
import type { ResolvedExecutorOptions, WorkerExecutorOptions } from "./options.js";
import { outbound } from "./outbound.js";
import type { Printer } from "./printers.js";
import type { WorkerSetup } from "./protocol.js";
import { outputListener, type WorkerOutput } from "./worker-output.js";

export abstract class IsolatedHost implements Host {
  abstract readonly kind: string;
  abstract readonly sharesMemory: boolean;
  readonly immediate = false;
  readonly isolated = true;
  readonly prefetches = true;
  readonly spinCells: Int32Array | undefined;
  executorId = 0;
  protected readonly resolved: ResolvedExecutorOptions;
  protected readonly onOutput: ((output: WorkerOutput) => void) | undefined;
  readonly #options: WorkerExecutorOptions;
  readonly #initializer: WorkerSetup["initializer"];

  /**
   * @param clone - copies what is sent as the way to the workers does, and throws what it throws.
   * @throws CaptureError, SerializationError for an initializer that can't be sent.
   */
  constructor(
    options: WorkerExecutorOptions,
    resolved: ResolvedExecutorOptions,
    clone: (value: unknown) => unknown,
    spinCells?: Int32Array,
  ) {
    provideAnalysis({ analyseModule, analyseText });
    assertNotReviving();
    this.#options = options;
    this.resolved = resolved;
    this.spinCells = spinCells;
    this.onOutput = options.onOutput && outputListener(options.onOutput);
    const { initializer } = options;
    if (initializer) {
      const { graph, codes } = captureFunction(initializer);
      const given = [...(options.initargs ?? [])];
      const { value: args, marked } = encode(given, "initargs", outbound);
      try {
        // now, and not three workers later
        clone(args);
      } catch (error) {
        throw refusal(given, "initargs", error);
      }
      this.#initializer = { graph, codes, args, marked };
    }
  }

  abstract broken(message: string, options: UngilErrorOptions): BrokenExecutorError;

  abstract startWorker(index: number, events: WorkerEvents): HostWorker;

  prepare(fn: (...args: never[]) => unknown): unknown {
    return captureFunction(fn);
  }

  costKey(fn: unknown): unknown {
    if (fn instanceof ChunkCall) return fn.functions;
    const { stable, id, location } = fn as ShippedFunction;
    return stable ? id : location;
  }

  /** What a worker is started with. */
  protected get setup(): WorkerSetup {
    return {
      executor: this.executorId,
      tasksPerWorker: this.resolved.tasksPerWorker,
      spinCells: this.spinCells,
      executorName: this.resolved.name,
      tellOutput: this.onOutput !== undefined,
      reportMemory: this.resolved.maxMemoryPerWorker !== Number.POSITIVE_INFINITY,
      importTimeout: this.#options.importTimeout ?? 60_000,
      initializer: this.#initializer,
    };
  }

  /** The events of a worker, of which the first two may not take longer than the initializer may. */
  protected limitInitializer(events: WorkerEvents): { events: WorkerEvents; cancel(): void } {
    if (!this.#initializer) return { events, cancel: () => {} };
    const ms = this.#options.initializerTimeout ?? 60_000;
    const timer = this.resolved.clock.setTimer(() => {
      events.initializerFailed(
        new TimeoutError(`the initializer took longer than ${ms} ms (initializerTimeout)`),
      );
    }, ms);
    return {
      events: {
        ...events,
        ready: () => {
          timer.cancel();
          events.ready();
        },
        initializerFailed: (error) => {
          timer.cancel();
          events.initializerFailed(error);
        },
      },
      cancel: () => timer.cancel(),
    };
  }

  /**
   * @param keepAlive - whether what is not handed in yet keeps the process.
   * @param askToHandIn - asks the worker for what it has printed.
   */
  protected printer(
    keepAlive: (alive: boolean) => void,
    askToHandIn: () => void,
  ): Printer & { handedIn(): void } {
    let limit: { cancel(): void } | undefined;
    const handedIn = (): void => {
      limit?.cancel();
      keepAlive(false);
    };
    return {
      handIn: () => {
        keepAlive(true);
        // what keeps a worker's event loop busy must not keep the process
        limit = this.resolved.clock.setTimer(handedIn, this.resolved.grace, true);
        askToHandIn();
      },
      handedIn,
    };
  }
}
