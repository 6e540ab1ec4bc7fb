import assert from "node:assert/strict";
import nodeTest, { describe as nodeDescribe } from "node:test";
import type { Executor } from "../../futures/executor.js";
import type { Future } from "../../futures/future.js";
import { wait } from "../../futures/wait.js";
import { CellMaker, type Cells } from "../cells.js";
import { checkSuite } from "../check-suite.js";
import type { DescribeFunction, TestFunction } from "../contract/context.js";
import { Gate } from "../gate.js";
import { giveUp } from "../give-up.js";
import { seeded } from "../seeded.js";
import { add, blockAtGate, pollAtGate } from "../tasks.js";
import { until } from "../until.js";

/** ms within which a future settles after the cause of its end, on a quiet machine. */
const promptness = 1_000;

/** ms that a machine which is busy with other work may take beyond that. */
const loadAllowance = 4_000;

/** Repetitions of each race. */
const rounds = 20;

/** What the suite asks of an executor's constructor. What a capability excludes is never asked. */
export interface FaultExecutorOptions {
  /** Workers, as many as tasks run at once. */
  readonly maxWorkers?: number;
  /** Tasks that share a worker. */
  readonly tasksPerWorker?: number;
  /** ms between asking a running task to stop and ending its worker. */
  readonly grace?: number;
  /** Limits of a worker's heap, in MB. */
  readonly resourceLimits?: {
    readonly maxOldGenerationSizeMb: number;
    readonly maxYoungGenerationSizeMb: number;
  };
  /** Runs once in each worker before its first task. */
  readonly initializer?: (...args: never[]) => unknown;
  /** ms the initializer may take. */
  readonly initializerTimeout?: number;
}

/** What an executor can do. What it can't leaves out the faults that need it, with the reason. */
export interface FaultCapabilities {
  /** Tasks run in isolates of their own, which they can bring down and block. Default false. */
  readonly isolated?: boolean;
  /** Tasks see the memory of a `SharedArrayBuffer` that they are given. Default true. */
  readonly sharesMemory?: boolean;
  /** Tasks wait for a worker, `maxWorkers` run at once. false: all start at their submission. Default true. */
  readonly queues?: boolean;
  /** A task that never gives way can be stopped, by ending its worker. Default: `isolated`. */
  readonly stopsSynchronousTasks?: boolean;
  /** `with` takes `timeout` beside `signal`. Default true. */
  readonly taskOptions?: boolean;
  /** `resourceLimits` are kept. Default: `isolated`. */
  readonly resourceLimits?: boolean;
  /** `initializer` and `initializerTimeout` are kept. Default: `isolated`. */
  readonly initializer?: boolean;
  /** `tasksPerWorker` is kept. Default: `isolated`. */
  readonly tasksPerWorker?: boolean;
}

/** What `executorFaults` is told. */
export interface ExecutorFaults {
  /** Name of the executor's class, for the report. */
  readonly name: string;
  /** Makes a fresh executor. */
  readonly create: (options: FaultExecutorOptions) => Executor;
  /** What it can do. */
  readonly capabilities?: FaultCapabilities;
  /** Workers of each executor; with 1 no task runs beside the one at fault. Default 2. */
  readonly workers?: number;
  /** Registers one test; `test` of `node:test` by default. */
  readonly test?: TestFunction;
  /** Registers a group; `describe` of `node:test` by default. */
  readonly describe?: DescribeFunction;
  /** Limit of one test in ms, which only a hang reaches. Default 60 000. */
  readonly limit?: number;
  /** ms by which a busy machine may be late, beyond one second and `grace`. Default 4 000. */
  readonly allowance?: number;
  /** Start of the repeated races; a failure prints the seed to give here. Default: a new one each time. */
  readonly seed?: number;
}

const names = {
  name: true,
  create: true,
  capabilities: true,
  workers: true,
  test: true,
  describe: true,
  limit: true,
  allowance: true,
  seed: true,
} satisfies Record<keyof ExecutorFaults, true>;

const capabilityNames = {
  isolated: true,
  sharesMemory: true,
  queues: true,
  stopsSynchronousTasks: true,
  taskOptions: true,
  resourceLimits: true,
  initializer: true,
  tasksPerWorker: true,
} satisfies Record<keyof FaultCapabilities, true>;

type Need = keyof FaultCapabilities;

const reasons: Record<Need, string> = {
  isolated: "tasks share the isolate of the test",
  sharesMemory: "no memory is shared",
  queues: "tasks never wait for a worker",
  stopsSynchronousTasks: "a synchronous task can't be stopped",
  taskOptions: "with() takes signal and name only",
  resourceLimits: "resourceLimits are not kept",
  initializer: "there is no initializer",
  tasksPerWorker: "tasks don't share workers",
};

/** How a future ended. */
export type End = { readonly value: unknown } | { readonly error: unknown };

/** Registers faults, and knows what the executor can do. */
export class FaultSuite {
  readonly can: Required<FaultCapabilities>;
  readonly workers: number;
  readonly seed: number;
  readonly allowance: number;
  readonly limit: number;
  readonly create: ExecutorFaults["create"];
  readonly #test: TestFunction;
  readonly #describe: DescribeFunction;

  constructor(faults: ExecutorFaults) {
    checkSuite("faults", faults, names, capabilityNames);
    const { capabilities = {} } = faults;
    const { isolated = false, queues = true, taskOptions = true } = capabilities;
    this.can = {
      isolated,
      sharesMemory: capabilities.sharesMemory ?? true,
      queues,
      taskOptions,
      stopsSynchronousTasks: capabilities.stopsSynchronousTasks ?? isolated,
      resourceLimits: capabilities.resourceLimits ?? isolated,
      initializer: capabilities.initializer ?? isolated,
      tasksPerWorker: capabilities.tasksPerWorker ?? isolated,
    };
    this.workers = faults.workers ?? 2;
    this.seed = faults.seed ?? Math.floor(Math.random() * 2 ** 31);
    this.allowance = faults.allowance ?? loadAllowance;
    this.limit = faults.limit ?? 60_000;
    this.create = faults.create;
    this.#test = faults.test ?? nodeTest;
    this.#describe = faults.describe ?? nodeDescribe;
  }

  /** A task that waits at a gate in the way that suits the executor, and answers with `value`. */
  get waitAtGate(): (cells: Cells, value: number) => number | Promise<number> {
    return this.can.isolated ? blockAtGate : pollAtGate;
  }

  group(name: string, body: () => void): void {
    this.#describe(name, body);
  }

  /** Registers a fault; one that the executor can't have is registered as skipped, with the reason. */
  fault(name: string, needs: readonly Need[], body: (scene: Scene) => Promise<void>): void {
    const missing = needs.find((need) => !this.can[need]);
    const options = missing ? { timeout: this.limit, skip: reasons[missing] } : { timeout: this.limit };
    this.#test(name, options, () => this.#run(body));
  }

  /** Registers a race, which is repeated with a seed each time; a failure tells it. */
  race(
    name: string,
    needs: readonly Need[],
    body: (scene: Scene, random: () => number) => Promise<void>,
  ): void {
    const missing = needs.find((need) => !this.can[need]);
    const options = missing ? { timeout: this.limit, skip: reasons[missing] } : { timeout: this.limit };
    this.#test(name, options, () =>
      this.#run(async (scene) => {
        for (let turn = 0; turn < rounds; turn += 1) {
          const seed = this.seed + turn;
          try {
            await body(scene, seeded(seed));
            scene.checkSettled();
          } catch (cause) {
            const told = `seed ${seed} (give it to executorFaults as \`seed\`): ${String(cause)}`;
            throw new Error(told, { cause });
          }
        }
      }),
    );
  }

  async #run(body: (scene: Scene) => Promise<void>): Promise<void> {
    const scene = new Scene(this);
    try {
      await body(scene);
    } catch (error) {
      await scene.giveUp();
      throw error;
    }
    await scene.leave();
  }
}

/** What one fault happens in: executors, gates, and futures of which each has to settle once. */
export class Scene {
  readonly suite: FaultSuite;
  readonly #executors: Executor[] = [];
  readonly #gates: Gate<Cells>[] = [];
  readonly #memory: CellMaker;
  #shared: Executor | undefined;
  readonly #settled = new Map<Future<unknown>, number>();

  constructor(suite: FaultSuite) {
    this.suite = suite;
    this.#memory = new CellMaker(suite.can.sharesMemory);
  }

  /** A fresh executor with the suite's number of workers; it is shut down after the test. */
  executor(options: FaultExecutorOptions = {}): Executor {
    const executor = this.suite.create({ maxWorkers: this.suite.workers, ...options });
    this.#executors.push(executor);
    return executor;
  }

  /** One executor for all rounds of a race. */
  shared(options: FaultExecutorOptions = {}): Executor {
    return (this.#shared ??= this.executor(options));
  }

  /** A closed gate; it is opened after the test. */
  gate(): Gate<Cells> {
    const gate = new Gate(this.suite.limit / 2, this.cells(2));
    this.#gates.push(gate);
    return gate;
  }

  /** A row of zeroed cells that tasks can change. */
  cells(length: number): Cells {
    return this.#memory.make(length);
  }

  /** Holds a future to settling exactly once. */
  watch<T>(future: Future<T>): Future<T> {
    this.#settled.set(future, 0);
    future.onDone((done) => this.#settled.set(done, (this.#settled.get(done) ?? 0) + 1));
    // a failure is not unobserved when it comes before the test looks at it
    future.exception().catch(() => {});
    return future;
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    await until(condition, what, this.suite.limit / 2);
  }

  /** How a future ends, which has to be so soon after `since` (`performance.now()`), or later by `extra` ms. */
  async end(future: Future<unknown>, since: number, extra = 0): Promise<End> {
    const limit = promptness + this.suite.allowance + extra;
    const { notDone } = await wait([future], { timeout: Math.max(0, since + limit - performance.now()) });
    assert.equal(notDone.size, 0, `${future.toString()} settles within ${limit} ms`);
    return await future.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
  }

  /** The error a future ends with, in time and of a class. */
  async failure<E extends Error>(
    future: Future<unknown>,
    errorClass: new (...args: never[]) => E,
    since: number,
    extra = 0,
  ): Promise<E> {
    const end = await this.end(future, since, extra);
    if (!("error" in end)) assert.fail(`fails, but answered ${String(end.value)}`);
    const { error } = end;
    if (error instanceof errorClass) return error;
    const told = error instanceof Error ? String(error) : typeof error;
    return assert.fail(`fails with a ${errorClass.name}: ${told}`);
  }

  /** Finds all workers of an executor at work at once, each with as many tasks as may share it. */
  async fullStrength(executor: Executor, tasksPerWorker = 1): Promise<void> {
    const { can, workers } = this.suite;
    const gate = this.gate();
    const many = can.queues ? workers * tasksPerWorker : 3;
    const task = tasksPerWorker === 1 ? this.suite.waitAtGate : pollAtGate;
    const futures = Array.from({ length: many }, (_, i) => this.watch(executor.submit(task, gate.cells, i)));
    await gate.arrived(many);
    gate.open();
    assert.deepEqual(
      await Promise.all(futures),
      futures.map((_, i) => i),
    );
    assert.equal(await executor.submit(add, 1, 2), 3);
  }

  /** Ends an executor, in time. */
  async shutdown(executor: Executor): Promise<void> {
    await executor.shutdown({ timeout: promptness + this.suite.allowance });
  }

  /** After the test: all that is left goes, and every future has settled once. */
  async leave(): Promise<void> {
    for (const gate of this.#gates) gate.open();
    for (const executor of this.#executors) await this.shutdown(executor);
    this.#memory.remove();
    this.checkSettled();
  }

  /** After a test that failed, which may have left anything behind. */
  async giveUp(): Promise<void> {
    for (const gate of this.#gates) gate.open();
    await giveUp(this.#executors);
    this.#memory.remove();
  }

  /** Checks that every future has settled, and once. */
  checkSettled(): void {
    for (const [future, times] of this.#settled) {
      assert.equal(times, 1, `${future.toString()} was settled once`);
    }
  }
}
