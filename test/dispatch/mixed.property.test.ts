import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as fc from "fast-check";
import { CancelledError, type Future, type FutureState, type WorkerExecutorOptions } from "ungil";
import { until } from "ungil/testing";
import { checkEnd, endHere, endOf, makeShelf, type Plan, planOf, recipes } from "./support/plans.js";
import { limit, makeTraces, onTracedPool, settled, type TracedPool, turns } from "./support/pool.js";
import { useTraces } from "./support/tasks.js";

const tasksPerRun = 2_000;
const runs = 20;

/** What is to become of a task right after its submission, beside being run. */
const fates = fc.oneof(
  { weight: 14, arbitrary: fc.constant("run" as const) },
  { weight: 2, arbitrary: fc.constant("signal" as const) },
  { weight: 1, arbitrary: fc.constant("cancel" as const) },
  { weight: 1, arbitrary: fc.constant("abort" as const) },
);

const priorities = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(-2, -1, 1, 2) },
);

const steps = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      step: fc.constant("burst" as const),
      tasks: fc.array(fc.record({ recipe: recipes(), fate: fates, priority: priorities }), {
        minLength: 1,
        maxLength: 60,
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      step: fc.constant("flood" as const),
      recipe: recipes(["next", "string", "soon", "change", "captured"]),
      count: fc.integer({ min: 1, max: 700 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ step: fc.constant("turns" as const), count: fc.nat(4) }) },
  // an idle time, after which workers may be asleep
  { weight: 1, arbitrary: fc.record({ step: fc.constant("idle" as const), count: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constant("await" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant("await all" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      step: fc.constant("cancel" as const),
      which: fc.array(fc.nat(), { maxLength: 30 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      step: fc.constant("abort" as const),
      which: fc.array(fc.nat(), { maxLength: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ step: fc.constant("signal" as const) }) },
);

type Step = typeof steps extends fc.Arbitrary<infer S> ? S : never;

/** A submitted task, and what was done to it. */
class Submitted {
  readonly plan: Plan;
  readonly id: number;
  readonly future: Future<unknown>;
  settlements = 0;
  fate: "runs" | "cancelled" | "aborted" = "runs";

  constructor(plan: Plan, id: number, future: Future<unknown>) {
    this.plan = plan;
    this.id = id;
    this.future = future;
    future.onDone(() => {
      this.settlements++;
    });
  }

  cancel(): void {
    const { state } = this.future;
    const cancelled = this.future.cancel("not wanted");
    // the two ways of asking agree, but a pending task may begin in between
    if (state !== "pending") assert.equal(cancelled, state === "cancelled", `cancel of a ${state} task`);
    if (cancelled && this.fate === "runs") this.fate = "cancelled";
  }

  abort(): void {
    const { state } = this.future;
    this.future.abort("not wanted");
    this.aborted(state);
  }

  /** Notes that it was aborted when it was in this state. */
  aborted(state: FutureState): void {
    if (this.fate !== "runs" || state === "finished") return;
    // a pending one may have begun in between
    this.fate = "aborted";
  }

  /** What has to be so now that it is settled. */
  async check(ran: number): Promise<void> {
    const { plan, future, id } = this;
    assert.equal(this.settlements, 1, "settled once");
    if (this.fate === "runs") {
      assert.equal(future.state, "finished");
      checkEnd(await endHere(() => plan.call(id)), await endOf(future), plan);
      assert.equal(ran, plan.runs, "number of runs");
      return;
    }
    assert.equal(future.state, "cancelled");
    const end = await endOf(future);
    assert.ok("error" in end && end.error instanceof CancelledError);
    assert.equal(end.error.cause, "not wanted");
    // one that is tried again may be taken back between two attempts
    const most = this.fate === "cancelled" ? plan.runs - 1 : plan.runs;
    assert.ok(ran <= most, `${ran} runs, not more than ${most}`);
  }
}

/** Does the steps, lets all settle, and checks each task. */
async function scenario(traced: TracedPool, schedule: readonly Step[], first: number): Promise<void> {
  const { pool } = traced;
  const shelf = makeShelf();
  const all: Submitted[] = [];
  let signalled: Submitted[] = [];
  let controller = new AbortController();
  const submit = (plan: Plan, priority = 0, signal?: AbortSignal): Submitted | undefined => {
    if (all.length === tasksPerRun) return undefined;
    const id = first + all.length;
    const executor = priority === 0 && !signal ? pool : pool.with({ priority, signal });
    const submitted = new Submitted(plan, id, plan.submit(executor, id));
    all.push(submitted);
    return submitted;
  };
  const pick = (which: number): Submitted | undefined => all[which % Math.max(1, all.length)];

  for (const step of schedule) {
    switch (step.step) {
      case "burst":
        for (const { recipe, fate, priority } of step.tasks) {
          const signal = fate === "signal" ? controller.signal : undefined;
          const submitted = submit(planOf(recipe, shelf), priority, signal);
          if (!submitted) break;
          if (fate === "signal") signalled.push(submitted);
          if (fate === "cancel") submitted.cancel();
          if (fate === "abort") submitted.abort();
        }
        break;
      case "flood":
        for (let i = 0; i < step.count; i++) submit(planOf(step.recipe, shelf));
        break;
      case "turns":
        await turns(step.count);
        break;
      case "idle":
        await settled(all.map(({ future }) => future));
        await sleep(step.count);
        break;
      case "await": {
        const one = pick(step.which);
        if (one) await settled([one.future]);
        break;
      }
      case "await all":
        await settled(all.map(({ future }) => future));
        break;
      case "cancel":
        for (const which of step.which) pick(which)?.cancel();
        break;
      case "abort":
        for (const which of step.which) pick(which)?.abort();
        break;
      case "signal": {
        const states = signalled.map(({ future }) => future.state);
        controller.abort("not wanted");
        for (const [i, submitted] of signalled.entries()) submitted.aborted(states[i]!);
        controller = new AbortController();
        signalled = [];
        break;
      }
    }
  }

  await settled(all.map(({ future }) => future));
  const counts = all.map(({ id }) => traced.runs(id));
  useTraces(makeTraces(first + tasksPerRun));
  for (const [i, submitted] of all.entries()) {
    try {
      await submitted.check(counts[i]!);
    } catch (error) {
      const { plan, fate, future } = submitted;
      throw new Error(`task ${i} of ${all.length}, ${plan.what}, ${fate}, ${future.state}`, { cause: error });
    }
  }
  await until(() => pool.stats().running === 0 && pool.stats().queued === 0, "nothing is left in the pool");
  const { submitted, completed, failed, cancelled } = pool.stats();
  assert.equal(completed + failed + cancelled, submitted);
}

const pools: WorkerExecutorOptions[] = [
  { maxWorkers: 1 },
  { maxWorkers: 1, tasksPerWorker: 3 },
  { maxWorkers: 2 },
  { maxWorkers: 2, tasksPerWorker: 4 },
  { maxWorkers: 3, tasksPerWorker: 2 },
];

for (const options of pools) {
  test(
    `whatever is submitted, awaited and stopped in which order: each task runs and settles once, as the call itself would (${JSON.stringify(options)})`,
    limit,
    async () => {
      await onTracedPool(tasksPerRun * (runs + 1), { ...options, grace: 60_000 }, async (traced) => {
        let first = 0;
        await fc.assert(
          fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 25 }), async (schedule) => {
            await scenario(traced, schedule, first);
            first += tasksPerRun;
          }),
          // a smaller example would be looked for in a pool that may be stuck
          { numRuns: runs, endOnFailure: true },
        );
      });
    },
  );
}
