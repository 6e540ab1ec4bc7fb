// Random programs on an executor, and what the contract says of how they end.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  CancelledError,
  type Executor,
  type Future,
  ShutdownError,
  TimeoutError,
  WorkerExitError,
} from "ungil";
import * as tasks from "./tasks.js";

/** A kind of task, and how it may end when nobody stops it. */
interface Kind {
  readonly run: (executor: Executor, token: string) => Future<unknown>;
  readonly ends: "value" | "object" | "failure" | "timeout" | "exit";
}

const plain: Readonly<Record<string, Kind>> = {
  answer: { run: (e, token) => e.submit(tasks.answer, token), ends: "value" },
  answerLater: { run: (e, token) => e.submit(tasks.answerLater, token), ends: "value" },
  answerInObject: { run: (e, token) => e.submit(tasks.answerInObject, token), ends: "object" },
  fail: { run: (e, token) => e.submit(tasks.fail, token), ends: "failure" },
  failLater: { run: (e, token) => e.submit(tasks.failLater, token), ends: "failure" },
  nested: { run: (e, token) => e.submit(tasks.answerNested, token), ends: "value" },
  failNested: { run: (e, token) => e.submit(tasks.failNested, token), ends: "failure" },
  urgent: { run: (e, token) => e.with({ priority: "high" }).submit(tasks.answer, token), ends: "value" },
  retried: { run: (e, token) => e.with({ retries: 1 }).submit(tasks.answerAtSecond, token), ends: "value" },
  paused: {
    run: (e, token) => e.with({ retries: { attempts: 1, backoff: 1 } }).submit(tasks.answerAtSecond, token),
    ends: "value",
  },
  late: { run: (e, token) => e.with({ timeout: 3 }).submit(tasks.untilStopped, token), ends: "timeout" },
  lateTwice: {
    run: (e, token) => e.with({ timeout: 2, retries: 1 }).submit(tasks.untilStopped, token),
    ends: "timeout",
  },
  overdue: { run: (e, token) => e.with({ deadline: 3 }).submit(tasks.untilStopped, token), ends: "timeout" },
};

const crashing: Readonly<Record<string, Kind>> = {
  exit: { run: (e) => e.submit(tasks.exit), ends: "exit" },
  exitLater: { run: (e) => e.submit(tasks.exitLater), ends: "exit" },
};

export type Step =
  | { readonly do: "submit"; readonly kind: string }
  | { readonly do: "map"; readonly items: number; readonly chunksize: number; readonly leaveAfter: number }
  | { readonly do: "cancel" | "abort"; readonly which: number }
  | { readonly do: "turn" | "settle" };

export type Ending = "shutdown" | "cancelFutures" | "noWait" | "terminate" | "terminateWithin";

export interface Program {
  readonly steps: readonly Step[];
  readonly ending: Ending;
  readonly maxWorkers: number;
  readonly tasksPerWorker: number;
  readonly maxTasksPerWorker: number;
}

/** @param crashes - whether tasks may end their worker. */
export function programs(crashes: boolean): fc.Arbitrary<Program> {
  const kinds = [...Object.keys(plain), ...(crashes ? Object.keys(crashing) : [])];
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({ do: fc.constant("submit" as const), kind: fc.constantFrom(...kinds) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("map" as const),
        items: fc.nat(40),
        chunksize: fc.integer({ min: 1, max: 12 }),
        leaveAfter: fc.nat(40),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constantFrom("cancel" as const, "abort" as const), which: fc.nat(50) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("turn" as const, "settle" as const) }) },
  );
  return fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 40 }),
    ending: fc.constantFrom<Ending>("shutdown", "cancelFutures", "noWait", "terminate", "terminateWithin"),
    maxWorkers: fc.integer({ min: 1, max: 3 }),
    tasksPerWorker: fc.integer({ min: 1, max: 3 }),
    maxTasksPerWorker: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1, 4),
  });
}

interface Submitted {
  readonly token: string;
  readonly ends: Kind["ends"];
  readonly future: Future<unknown>;
  settled: number;
  stopped: boolean;
}

/** Runs a program and checks everything that must hold whatever raced. */
export async function runProgram(
  executor: Executor,
  { steps, ending }: Program,
  crashes: boolean,
): Promise<void> {
  const submitted: Submitted[] = [];
  const maps: Promise<void>[] = [];
  for (const [index, step] of steps.entries()) {
    const token = `t${index}`;
    if (step.do === "submit") {
      const { run, ends } = (plain[step.kind] ?? crashing[step.kind]) as Kind;
      const future = run(executor, token);
      const entry: Submitted = { token, ends, future, settled: 0, stopped: false };
      submitted.push(entry);
      future.onDone(() => {
        entry.settled++;
      });
      future.then(undefined, () => {});
    } else if (step.do === "map") {
      const using = useMap(executor, step, token, crashes);
      // what a map had not read when its executor was terminated can't be submitted any more
      maps.push(
        using.catch((error: unknown) => {
          if (!(ending.startsWith("terminate") && error instanceof ShutdownError)) throw error;
        }),
      );
    } else if (step.do === "cancel" || step.do === "abort") {
      const entry = submitted[step.which % Math.max(1, submitted.length)];
      if (!entry || entry.future.done()) continue;
      const running = entry.future.running();
      const did = step.do === "cancel" ? entry.future.cancel("stop") : entry.future.abort("stop");
      // what had not started when it was asked may have when it was cancelled
      if (step.do === "cancel" && running) assert.equal(did, false, "cancel is for what has not started");
      if (step.do === "abort" || did) entry.stopped = true;
    } else if (step.do === "turn") await new Promise<void>((resolve) => setImmediate(resolve));
    else await submitted.at(-1)?.future.then(undefined, () => {});
  }
  const terminated = ending.startsWith("terminate");
  if (ending === "terminateWithin" && submitted.length > 0)
    submitted[0]!.future.onDone(() => void executor.terminate());
  const closed =
    ending === "terminate"
      ? executor.terminate()
      : executor.shutdown({ wait: ending !== "noWait", cancelFutures: ending === "cancelFutures" });
  assert.throws(() => executor.submit(tasks.answer, "late"), ShutdownError);
  await closed;
  await Promise.allSettled([...submitted.map(({ future }) => future), ...maps]);
  await Promise.all(maps);
  await executor.shutdown();
  for (const entry of submitted) check(entry, terminated, ending === "cancelFutures", crashes);
  const stats = executor.stats();
  assert.equal(stats.completed + stats.failed + stats.cancelled, stats.submitted, "the counters add up");
  assert.deepEqual([stats.queued, stats.running, stats.state], [0, 0, "shut-down"]);
  assert.deepEqual([stats.workers.idle, stats.workers.busy, stats.workers.starting], [0, 0, 0]);
}

async function useMap(
  executor: Executor,
  { items, chunksize, leaveAfter }: Step & { do: "map" },
  token: string,
  crashes: boolean,
): Promise<void> {
  const tokens = Array.from({ length: items }, (_, i) => `${token}.${i}`);
  const stream = executor.map(tasks.answerItem, tokens, { chunksize, errors: "settle" });
  let seen = 0;
  for await (const result of stream) {
    const expected = tokens[seen]!;
    if (result.status === "fulfilled") assert.equal(result.value, expected);
    else if (result.reason instanceof RangeError) assert.equal(result.reason.message, expected);
    else {
      const { reason } = result as { reason: unknown };
      assert.ok(
        reason instanceof CancelledError ||
          reason instanceof WorkerExitError ||
          reason instanceof ShutdownError,
        String(reason),
      );
      if (reason instanceof WorkerExitError) assert.ok(crashes || reason.reason === "terminated");
    }
    if (++seen > leaveAfter) break;
  }
}

function check(entry: Submitted, terminated: boolean, cancelled: boolean, crashes: boolean): void {
  const { token, ends, future, settled, stopped } = entry;
  const { state, result, exception } = future.snapshot();
  assert.equal(settled, 1, `${token} settles once`);
  if (state === "finished" && exception === null) {
    if (ends === "object") assert.deepEqual(result, { token });
    else {
      assert.equal(ends, "value", `${token} should not have a value`);
      assert.equal(result, token);
    }
    return;
  }
  if (exception instanceof CancelledError) return assert.ok(stopped || cancelled || terminated, token);
  if (exception instanceof RangeError) {
    // a child that the end of the executor cancelled may show as such, a failure only as the task's own
    return assert.ok(ends === "failure" && exception.message === token, `${token}: ${exception.message}`);
  }
  if (exception instanceof TimeoutError) return assert.equal(ends, "timeout", token);
  if (exception instanceof WorkerExitError) {
    // its own end, or that of a neighbour which shared its thread
    return assert.ok(crashes || (terminated && exception.reason === "terminated"), exception.message);
  }
  // what a task submits while its executor is being terminated is refused
  if (exception instanceof ShutdownError) return assert.ok(terminated, token);
  assert.fail(`${token} ended with ${String(exception)}`);
}
