import nodeTest, { describe as nodeDescribe } from "node:test";
import type { Executor } from "../../futures/executor.js";
import type { UnobservedFailure } from "../../futures/unobserved.js";
import { CellMaker, type Cells } from "../cells.js";
import { checkSuite } from "../check-suite.js";
import { Gate } from "../gate.js";
import { giveUp } from "../give-up.js";
import { blockAtGate, blockItem, type GatedItem, pollAtGate, pollItem } from "../tasks.js";
import { collected, until } from "../until.js";

/** What the contract asks of an executor's constructor. What a capability excludes is never asked. */
export interface ContractExecutorOptions {
  /** Tasks that may run at once. */
  readonly maxWorkers?: number;
  /** Tasks that may wait; one more is a `QueueFullError`. */
  readonly maxQueue?: number;
  /** Receives failures that nobody observed. */
  readonly onUnobserved?: (failure: UnobservedFailure) => void;
}

/** What an executor can do. Everything that it can't leaves out the tests that need it, with the reason. */
export interface ContractCapabilities {
  /**
   * Tasks run in another isolate: arguments and results are copies, memory is shared only through
   * `SharedArrayBuffer`, and a task may block its thread. Default false.
   */
  readonly isolated?: boolean;
  /** Tasks see the memory of a `SharedArrayBuffer` that they are given. Default true. */
  readonly sharesMemory?: boolean;
  /** Tasks wait for a worker, `maxWorkers` run at once. false: all start at their submission. Default true. */
  readonly queues?: boolean;
  /** `maxQueue` is kept. Default: `queues`. */
  readonly boundedQueue?: boolean;
  /** `abort` stops a task that never gives way, by ending its worker. Default: `isolated`. */
  readonly stopsSynchronousTasks?: boolean;
  /** `with` takes `timeout`, `deadline`, `retries` and `priority`, beside `signal` and `name`. Default true. */
  readonly taskOptions?: boolean;
  /** `onUnobserved` is kept. Default true. */
  readonly reportsUnobserved?: boolean;
}

/** The part of a test framework's `test` that the contract needs. */
export type TestFunction = (
  name: string,
  options: { readonly timeout: number; readonly skip?: string },
  fn: () => Promise<void>,
) => unknown;

/** The part of a test framework's `describe` that the contract needs. */
export type DescribeFunction = (name: string, fn: () => void) => unknown;

/** What `executorContract` is told. */
export interface ExecutorContract {
  /** Name of the executor's class, for the report. */
  readonly name: string;
  /** Makes a fresh executor. */
  readonly create: (options?: ContractExecutorOptions) => Executor;
  /** What it can do. */
  readonly capabilities?: ContractCapabilities;
  /** Registers one test; `test` of `node:test` by default. */
  readonly test?: TestFunction;
  /** Registers a group; `describe` of `node:test` by default. */
  readonly describe?: DescribeFunction;
  /**
   * Limit of one test in ms; half of it is the patience with one condition. Default 60 000: so generous that
   * only a defect reaches it.
   */
  readonly limit?: number;
  /** Start of the repeated race tests; a failure prints the seed to give here. Default: a new one each time. */
  readonly seed?: number;
}

const names = {
  name: true,
  create: true,
  capabilities: true,
  test: true,
  describe: true,
  limit: true,
  seed: true,
} satisfies Record<keyof ExecutorContract, true>;

const capabilityNames = {
  isolated: true,
  sharesMemory: true,
  queues: true,
  boundedQueue: true,
  stopsSynchronousTasks: true,
  taskOptions: true,
  reportsUnobserved: true,
} satisfies Record<keyof ContractCapabilities, true>;

type Need = keyof ContractCapabilities | "pending" | "gc" | "inProcess";

const reasons: Record<Need, string> = {
  isolated: "tasks share the isolate of the test",
  sharesMemory: "no memory is shared",
  inProcess: "tasks run in another isolate",
  queues: "tasks never wait for a worker",
  pending: "tasks never wait for a worker",
  boundedQueue: "the queue has no bound",
  stopsSynchronousTasks: "a synchronous task can't be stopped",
  taskOptions: "with() takes signal and name only",
  reportsUnobserved: "onUnobserved is not kept",
  gc: "needs node --expose-gc",
};

/** What a test of the contract works with. */
export interface TestContext {
  /** A fresh executor; it is shut down after the test. */
  executor(options?: ContractExecutorOptions): Executor;
  /** A closed gate; it is opened after the test. */
  gate(): Gate<Cells>;
  /** A row of zeroed cells that tasks can change. */
  cells(length: number): Cells;
  /** Waits for a state; fails when it does not come. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Waits until an object is collected; fails when it is not. */
  collected(reference: WeakRef<object>, what: string): Promise<void>;
}

/** Registers tests and makes what they need. */
export class Contract {
  readonly can: Required<ContractCapabilities>;
  readonly seed: number;
  readonly #limit: number;
  readonly #create: ExecutorContract["create"];
  readonly #test: TestFunction;
  readonly #describe: DescribeFunction;

  constructor(contract: ExecutorContract) {
    checkSuite("contract", contract, names, capabilityNames);
    const { create, capabilities = {}, test, describe, seed, limit = 60_000 } = contract;
    const { isolated = false, queues = true } = capabilities;
    this.can = {
      isolated,
      sharesMemory: capabilities.sharesMemory ?? true,
      queues,
      boundedQueue: capabilities.boundedQueue ?? queues,
      stopsSynchronousTasks: capabilities.stopsSynchronousTasks ?? isolated,
      taskOptions: capabilities.taskOptions ?? true,
      reportsUnobserved: capabilities.reportsUnobserved ?? true,
    };
    this.seed = seed ?? Math.floor(Math.random() * 2 ** 31);
    this.#limit = limit;
    this.#create = create;
    this.#test = test ?? nodeTest;
    this.#describe = describe ?? nodeDescribe;
  }

  /** A task that waits at a gate in the way that suits the executor, and answers with `value`. */
  get waitAtGate(): (cells: Cells, value: number) => number | Promise<number> {
    return this.can.isolated ? blockAtGate : pollAtGate;
  }

  /** The same for the items of a `map`. */
  get waitAtItem(): (item: GatedItem) => number | Promise<number> {
    return this.can.isolated ? blockItem : pollItem;
  }

  /** An executor that nothing but the caller holds, and that nobody shuts down. */
  unheld(options?: ContractExecutorOptions): Executor {
    return this.#create(options);
  }

  group(name: string, body: () => void): void {
    this.#describe(name, body);
  }

  /** Registers a test; one that needs what the executor can't do is registered as skipped, with the reason. */
  test(name: string, needs: readonly Need[], body: (context: TestContext) => Promise<void>): void {
    const missing = needs.find((need) => !this.#has(need));
    const options = missing ? { timeout: this.#limit, skip: reasons[missing] } : { timeout: this.#limit };
    this.#test(name, options, () => this.#run(body));
  }

  #has(need: Need): boolean {
    if (need === "gc") return typeof globalThis.gc === "function";
    if (need === "pending") return this.can.queues;
    if (need === "inProcess") return !this.can.isolated;
    return this.can[need];
  }

  async #run(body: (context: TestContext) => Promise<void>): Promise<void> {
    const executors: Executor[] = [];
    const gates: Gate<Cells>[] = [];
    const memory = new CellMaker(this.can.sharesMemory);
    const patience = this.#limit / 2;
    try {
      await body({
        executor: (options) => {
          const executor = this.#create(options);
          executors.push(executor);
          return executor;
        },
        gate: () => {
          const gate = new Gate(patience, memory.make(2));
          gates.push(gate);
          return gate;
        },
        cells: (length) => memory.make(length),
        until: (condition, what) => until(condition, what, patience),
        collected: (reference, what) => collected(reference, what, patience),
      });
    } catch (error) {
      for (const gate of gates) gate.open();
      // it may have left anything behind
      await giveUp(executors);
      memory.remove();
      throw error;
    }
    for (const gate of gates) gate.open();
    for (const executor of executors) await executor.shutdown();
    memory.remove();
  }
}
