// Programs for the scheduler: what its users do, what its workers do, and how time passes.

import * as fc from "fast-check";
import type { TaskOptions } from "ungil";
import type { Limits, Retries, TaskLimits } from "./model-parts.js";

/** How a submission is made. */
export interface TaskSpec {
  readonly fn: "quick" | "slow";
  readonly priority: number;
  readonly timeout: number | undefined;
  readonly deadline: number | undefined;
  readonly retries: Retries | undefined;
  /** Which of the signals it is given. */
  readonly signal: number | undefined;
  readonly sendable: boolean;
  /** What its callback does when it is done. */
  readonly whenDone: "nothing" | "submit" | "cancel" | "abort";
}

/** What a task is limited by. @param number - of the task. */
export function limitsOf({ priority, timeout, deadline, retries }: TaskSpec, number: number): TaskLimits {
  const { backoff = 0, ...rest } = retries ?? { attempts: 0, factor: 1, maxBackoff: 0, jitter: 0 };
  return {
    priority,
    timeout: timeout ?? Number.POSITIVE_INFINITY,
    deadline: deadline ?? Number.POSITIVE_INFINITY,
    // pauses of two tasks never end at once, nor at the time of anything else: who is first is known
    retries: { ...rest, backoff: backoff && backoff + number / 1_024 },
  };
}

/** The same as users write it. */
export function optionsOf({ priority, timeout, deadline, retries }: TaskLimits): TaskOptions {
  return {
    priority,
    ...(timeout === Number.POSITIVE_INFINITY ? {} : { timeout }),
    ...(deadline === Number.POSITIVE_INFINITY ? {} : { deadline }),
    ...(retries.attempts === 0 ? {} : { retries }),
  };
}

/**
 * `which` and `worker` count among those there are, from the beginning again after the last. Where something is done
 * by or to a task that runs, `worker` counts among those that run any.
 */
export type UserStep =
  | { readonly do: "submit"; readonly task: TaskSpec; readonly count: number }
  | { readonly do: "cancel" | "abort"; readonly which: number }
  | { readonly do: "signal"; readonly signal: number }
  | {
      readonly do: "ready";
      readonly timeout: number | undefined;
      readonly task: TaskSpec;
      readonly count: number;
    }
  | { readonly do: "resize"; readonly maxWorkers: number; readonly minWorkers: number }
  | {
      readonly do: "shutdown";
      readonly wait: boolean;
      readonly cancelFutures: boolean;
      readonly timeout: number | undefined;
    }
  | { readonly do: "terminate" };

export type WorkerStep =
  /** It becomes ready, finishes a task or begins one: whatever is possible. */
  | { readonly do: "goOn"; readonly worker: number; readonly which: number; readonly ends: Ends }
  | { readonly do: "begin" | "answer"; readonly worker: number; readonly which: number }
  | { readonly do: "finish"; readonly worker: number; readonly count: number; readonly ends: Ends }
  | { readonly do: "submit"; readonly worker: number; readonly which: number; readonly task: TaskSpec }
  | { readonly do: "gaveWay" | "memory"; readonly worker: number; readonly which: number }
  | { readonly do: "exit"; readonly worker: number; readonly asked: boolean; readonly reason: ExitReason }
  | { readonly do: "failStart"; readonly count: number }
  | { readonly do: "failInitializer"; readonly worker: number };

export interface Ends {
  readonly ok: boolean;
  readonly ran: number;
  readonly waited: boolean;
}

export type ExitReason = "exit" | "signal" | "out-of-memory" | "terminated" | "unresponsive";

export type TimeStep =
  | { readonly do: "advance"; readonly ms: number }
  /** The machine's clock, by which the scheduler finds workers that do not get on. */
  | { readonly do: "machine"; readonly ms: number }
  | { readonly do: "turn" };

export type Step = UserStep | WorkerStep | TimeStep;

/** Steps of a group follow each other without a microtask in between. */
export interface Program {
  readonly limits: Limits;
  readonly user: readonly (readonly UserStep[])[];
  readonly workers: readonly (readonly WorkerStep[])[];
  readonly time: readonly (readonly TimeStep[])[];
}

const weighted = <T>(...choices: [number, fc.Arbitrary<T>][]): fc.Arbitrary<T> =>
  fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
const rarely = <T>(weight: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  weighted<T | undefined>([weight, fc.constant(undefined)], [1, arbitrary]);
const is = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name);
const ms = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const infinite = (weight: number, max: number): fc.Arbitrary<number> =>
  weighted([weight, fc.constant(Number.POSITIVE_INFINITY)], [1, fc.integer({ min: 1, max })]);

const retries: fc.Arbitrary<Retries> = fc.record({
  attempts: fc.integer({ min: 0, max: 3 }),
  backoff: weighted([2, fc.constant(0)], [2, fc.integer({ min: 1, max: 8 })]),
  factor: fc.constantFrom(1, 2),
  maxBackoff: fc.constantFrom(Number.POSITIVE_INFINITY, 10),
  jitter: fc.constantFrom(0, 0.5),
});

const size = fc.integer({ min: 1, max: 3 });

const task: fc.Arbitrary<TaskSpec> = fc.record({
  fn: fc.constantFrom("quick" as const, "slow" as const),
  priority: weighted([6, fc.constant(0)], [1, fc.constantFrom(-1, 1, 2)]),
  timeout: rarely(3, ms(12)),
  deadline: rarely(4, ms(30)),
  retries: rarely(1, retries),
  signal: rarely(5, fc.nat(2)),
  sendable: weighted([30, fc.constant(true)], [1, fc.constant(false)]),
  whenDone: weighted<TaskSpec["whenDone"]>(
    [12, fc.constant("nothing")],
    [2, fc.constant("submit")],
    [1, fc.constant("cancel")],
    [1, fc.constant("abort")],
  ),
});

const which = fc.nat(40);
const worker = fc.nat(5);

const userStep: fc.Arbitrary<UserStep> = weighted<UserStep>(
  [
    40,
    fc.record({
      do: is("submit"),
      task,
      count: weighted([3, fc.constant(1)], [1, fc.integer({ min: 2, max: 6 })]),
    }),
  ],
  [6, fc.record({ do: is("cancel"), which })],
  [6, fc.record({ do: is("abort"), which })],
  [2, fc.record({ do: is("signal"), signal: fc.nat(2) })],
  [8, fc.record({ do: is("ready"), timeout: rarely(3, ms(10)), task, count: size })],
  [
    4,
    fc.tuple(size, fc.nat(3)).map(([maxWorkers, least]) => ({
      do: "resize" as const,
      maxWorkers,
      minWorkers: Math.min(least, maxWorkers),
    })),
  ],
  [
    1,
    fc.record({
      do: is("shutdown"),
      wait: fc.boolean(),
      cancelFutures: fc.boolean(),
      timeout: rarely(1, ms(30)),
    }),
  ],
  [1, fc.record({ do: is("terminate") })],
);

const ends: fc.Arbitrary<Ends> = fc.record({
  ok: weighted([3, fc.constant(true)], [2, fc.constant(false)]),
  ran: fc.constantFrom(0.001, 0.01, 0.2, 1, 6),
  waited: weighted([3, fc.constant(false)], [1, fc.constant(true)]),
});

const workerStep: fc.Arbitrary<WorkerStep> = weighted<WorkerStep>(
  [40, fc.record({ do: is("goOn"), worker, which: fc.nat(3), ends })],
  [8, fc.record({ do: is("begin"), worker, which: fc.nat(3) })],
  [8, fc.record({ do: is("finish"), worker, count: fc.integer({ min: 1, max: 4 }), ends })],
  [10, fc.record({ do: is("submit"), worker, which: fc.nat(3), task })],
  [4, fc.record({ do: is("gaveWay"), worker, which: fc.nat(3) })],
  [3, fc.record({ do: is("answer"), worker, which: fc.nat(3) })],
  [6, fc.record({ do: is("exit"), worker, asked: fc.constant(true), reason: is("exit") })],
  [
    5,
    fc.record({
      do: is("exit"),
      worker,
      asked: fc.constant(false),
      reason: fc.constantFrom<ExitReason[]>("exit", "signal", "out-of-memory", "terminated", "unresponsive"),
    }),
  ],
  [1, fc.record({ do: is("memory"), worker, which: fc.nat(1) })],
  [1, fc.record({ do: is("failStart"), count: fc.integer({ min: 1, max: 3 }) })],
  [1, fc.record({ do: is("failInitializer"), worker })],
);

const timeStep: fc.Arbitrary<TimeStep> = weighted<TimeStep>(
  [4, fc.record({ do: is("advance"), ms: fc.integer({ min: 0, max: 12 }) })],
  [1, fc.record({ do: is("advance"), ms: fc.integer({ min: 20, max: 120 }) })],
  [2, fc.record({ do: is("machine"), ms: fc.integer({ min: 1, max: 40 }) })],
  [3, fc.record({ do: is("turn") })],
);

const groups = <T>(step: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<T[][]> =>
  fc.array(weighted([3, step.map((each) => [each])], [1, fc.array(step, { minLength: 2, maxLength: 4 })]), {
    maxLength,
    size: "max",
  });

const limits: fc.Arbitrary<Limits> = fc
  .record({
    maxWorkers: size,
    minWorkers: weighted([3, fc.constant(0)], [1, fc.nat(3)]),
    tasksPerWorker: weighted([2, fc.constant(1)], [1, fc.integer({ min: 2, max: 3 })]),
    maxTasksPerWorker: infinite(3, 5),
    maxQueue: infinite(1, 4).map((most) => most - 1),
    grace: fc.constantFrom(5, 20),
    idleTimeout: fc.constantFrom(15, 60),
    onWorkerCrash: fc.constantFrom<Limits["onWorkerCrash"][]>("fail-task", "retry", "retry", "fail-pool"),
    maxCrashesPerTask: fc.integer({ min: 1, max: 3 }),
    prefetches: fc.boolean(),
  })
  .map((given) => ({ ...given, minWorkers: Math.min(given.minWorkers, given.maxWorkers) }));

export const program: fc.Arbitrary<Program> = fc.record({
  limits,
  user: groups(userStep, 25),
  workers: groups(workerStep, 50),
  time: groups(timeStep, 12),
});
