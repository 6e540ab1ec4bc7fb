// Random programs of tasks, groups, timeouts, failures and cancellations, in random interleavings: fast-check's scheduler
// says which timer fires and which foreign promise is settled next.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { CancelledError, type Clock, InvalidStateError, TaskGroupError, TimeoutError } from "ungil";
import {
  allTasks,
  createTask,
  currentAsyncTask,
  formatTaskTree,
  gather,
  run,
  shield,
  sleep,
  type Task,
  TaskGroup,
  taskGroup,
  timeout,
  waitFor,
} from "ungil/asyncio";
import { unhandledOf } from "../futures/support/warnings.js";
import { turn } from "./support/turn.js";

type Step =
  | { readonly kind: "sleep" | "forever" | "foreign" | "fail" | "await child" | "free task" | "cancel group" }
  | { readonly kind: "cancel"; readonly task: number }
  | { readonly kind: "group" | "block"; readonly children: readonly Body[]; readonly body: Body }
  | { readonly kind: "timeout" | "waitFor" | "swallow" | "spawn" | "shield"; readonly body: Body }
  | { readonly kind: "gather"; readonly children: readonly Body[] }
  | { readonly kind: "finally"; readonly body: Body; readonly cleanUp: Body };
type Body = readonly Step[];

const { body: anyBody } = fc.letrec<{ body: Body; step: Step }>((tie) => ({
  body: fc.array(tie("step"), { maxLength: 3, depthIdentifier: "body" }),
  step: fc.oneof(
    { depthIdentifier: "body", depthSize: "small", withCrossShrink: true },
    fc.record({
      kind: fc.constantFrom(
        "sleep",
        "sleep",
        "forever",
        "foreign",
        "fail",
        "await child",
        "free task",
        "cancel group",
      ),
    }) as fc.Arbitrary<Step>,
    fc.record({ kind: fc.constant("cancel" as const), task: fc.nat(20) }),
    fc.record({
      kind: fc.constantFrom("group" as const, "group" as const, "block" as const),
      children: fc.array(tie("body"), { maxLength: 3 }),
      body: tie("body"),
    }),
    fc.record({
      kind: fc.constantFrom(
        "timeout" as const,
        "timeout" as const,
        "waitFor" as const,
        "swallow" as const,
        "spawn" as const,
        "shield" as const,
      ),
      body: tie("body"),
    }),
    fc.record({ kind: fc.constant("gather" as const), children: fc.array(tie("body"), { maxLength: 3 }) }),
    fc.record({ kind: fc.constant("finally" as const), body: tie("body"), cleanUp: tie("body") }),
  ),
}));

/** An error that a program throws on purpose. */
class Planned extends Error {}

/** Runs one program and watches over what must always hold. */
class Interpreter {
  readonly #scheduler: fc.Scheduler;
  readonly #tasks: Task<unknown>[] = [];
  readonly #settled = new Map<Task<unknown>, number>();
  readonly #running = new Set<Task<unknown>>();
  /** Tasks that were created by one that had been asked to stop. */
  readonly #cleaningUp = new WeakSet<Task<unknown>>();
  #timers = 0;
  #now = 0;
  readonly clock: Clock = {
    now: () => this.#now,
    setTimer: (callback, delay) => {
      if (delay === Number.POSITIVE_INFINITY) return { cancel: () => {} };
      let set = true;
      this.#timers += 1;
      const over = (): boolean => {
        if (!set) return false;
        set = false;
        this.#timers -= 1;
        return true;
      };
      const fire = async (): Promise<void> => {
        await this.#scheduler.schedule(Promise.resolve(), "timer");
        this.#now += 1;
        if (over()) callback();
      };
      void fire();
      return { cancel: over };
    },
  };
  /** Cancellations that the program itself, or the test, asked for. */
  cancels = 0;
  cancelsOfMain = 0;
  main!: Task<unknown>;

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  async run(body: Body): Promise<unknown> {
    this.main = currentAsyncTask()!;
    this.#watch(this.main);
    return this.#body(body, undefined);
  }

  cancel(index: number): void {
    const task = this.#tasks[index % this.#tasks.length];
    if (!task) return;
    this.cancels += 1;
    if (task.cancel(`cancel ${index}`) && task === this.main) this.cancelsOfMain += 1;
  }

  cancelMain(): void {
    this.cancels += 1;
    if (this.main.cancel("the main task is cancelled")) this.cancelsOfMain += 1;
  }

  /** What must hold when all is over. */
  check(): void {
    for (const task of this.#tasks) {
      assert.ok(task.done(), `${task.toString()} has ended`);
      assert.equal(this.#settled.get(task), 1, `${task.toString()} was settled once`);
    }
    assert.equal(this.#running.size, 0, "no body runs any more");
    assert.deepEqual(allTasks(), []);
    assert.equal(this.#timers, 0, "no timer is set");
    assert.equal(this.main.cancelling(), this.cancelsOfMain, "the count has nothing of timeouts and groups");
  }

  #watch<T extends Task<unknown>>(task: T): T {
    this.#tasks.push(task);
    task.onDone((done) => {
      const each = done as Task<unknown>;
      this.#settled.set(each, (this.#settled.get(each) ?? 0) + 1);
      assert.equal(this.#running.has(each), false, "it is settled after its body has ended");
    });
    return task;
  }

  /** Whether a task cleans up: what it would wait for then, for ever, no second cancellation ends. */
  #isStopping(task: Task<unknown> | undefined): boolean {
    return task !== undefined && (task.cancelling() > 0 || this.#cleaningUp.has(task));
  }

  /** The function of a task. */
  #function(body: Body, group: TaskGroup | undefined): () => Promise<void> {
    const cleansUp = this.#isStopping(currentAsyncTask());
    return async () => {
      const task = currentAsyncTask()!;
      if (cleansUp) this.#cleaningUp.add(task);
      this.#running.add(task);
      try {
        await this.#body(body, group);
      } finally {
        this.#running.delete(task);
      }
    };
  }

  async #body(body: Body, group: TaskGroup | undefined): Promise<void> {
    for (const step of body) await this.#step(step, group);
  }

  async #step(step: Step, group: TaskGroup | undefined): Promise<void> {
    const self = currentAsyncTask();
    switch (step.kind) {
      case "sleep":
        await sleep(1);
        break;
      case "forever":
        // it ends by a cancellation, which comes to each task once
        if (!this.#isStopping(self)) await sleep(Number.POSITIVE_INFINITY);
        break;
      case "foreign":
        await this.#scheduler.schedule(Promise.resolve(), "foreign");
        break;
      case "fail":
        throw new Planned("planned");
      case "cancel":
        this.cancel(step.task);
        break;
      case "cancel group":
        if (group) this.cancels += 1;
        group?.cancel();
        break;
      case "await child":
        // one that was created later: else two may wait for each other; it may be shielded, and wait for ever
        if (this.#isStopping(self)) break;
        await this.#awaitChild(
          this.#tasks.findLast((task, index) => index > this.#tasks.indexOf(self!) && task.name !== "gather"),
        );
        break;
      case "free task":
        this.#watch(createTask(this.#function([{ kind: "sleep" }], undefined)));
        break;
      case "spawn":
        if (group) this.#watch(group.createTask(this.#function(step.body, group)));
        break;
      case "group":
        await this.#group(step.children, step.body);
        break;
      case "block":
        await this.#block(step.children, step.body);
        break;
      case "timeout":
        await timeout(1, () => this.#body(step.body, group));
        break;
      case "waitFor":
        await waitFor(this.#watch(createTask(this.#function(step.body, undefined))), 1);
        break;
      case "shield":
        await shield(this.#watch(createTask(this.#function(step.body, undefined))));
        break;
      case "gather": {
        const children = step.children.map((body) =>
          this.#watch(createTask(this.#function(body, undefined))),
        );
        await this.#watch(gather(children));
        break;
      }
      case "swallow":
        await this.#body(step.body, group).catch(() => {});
        break;
      case "finally":
        try {
          await this.#body(step.body, group);
        } finally {
          await this.#body(step.cleanUp, group);
        }
    }
    assert.equal(currentAsyncTask(), self, "the code is still in its own task");
  }

  async #awaitChild(child: Task<unknown> | undefined): Promise<void> {
    try {
      await child;
    } catch (error) {
      // by a `waitFor` whose time is up, say: whoever awaits it is cancelled with it
      if (child?.cancelled()) this.cancels += 1;
      throw error;
    }
  }

  async #group(children: readonly Body[], body: Body): Promise<void> {
    const own: Task<unknown>[] = [];
    let group!: TaskGroup;
    try {
      await taskGroup(async (each) => {
        group = each;
        for (const child of children) own.push(this.#watch(each.createTask(this.#function(child, each))));
        await this.#body(body, each);
      });
    } catch (error) {
      this.#checkGroupError(error);
      throw error;
    } finally {
      this.#checkLeft(group, own);
    }
  }

  async #block(children: readonly Body[], body: Body): Promise<void> {
    const own: Task<unknown>[] = [];
    let kept!: TaskGroup;
    const block = async (): Promise<void> => {
      await null;
      await using group = new TaskGroup();
      kept = group;
      for (const child of children) own.push(this.#watch(group.createTask(this.#function(child, group))));
      await this.#body(body, group);
    };
    try {
      await block();
    } finally {
      this.#checkLeft(kept, own);
    }
  }

  #checkLeft(group: TaskGroup, own: readonly Task<unknown>[]): void {
    assert.equal(group.size, 0, "the group is left after all its tasks");
    for (const task of own) {
      assert.ok(task.done());
      assert.equal(this.#running.has(task), false);
    }
    assert.throws(() => group.createTask(() => 1), InvalidStateError);
  }

  #checkGroupError(error: unknown): void {
    assert.ok(error instanceof TaskGroupError || error instanceof CancelledError, String(error));
    if (!(error instanceof TaskGroupError)) return;
    assert.ok(error.errors.length > 0);
    for (const each of error.errors) assert.equal(each instanceof CancelledError, false);
  }
}

test("O, N, M: whatever a program does, groups end after their tasks, each task settles once, counts come out even", async () => {
  const unhandled = await unhandledOf(() =>
    fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        anyBody,
        fc.array(fc.nat(20), { maxLength: 4 }),
        async (scheduler, body, cancels) => {
          const interpreter = new Interpreter(scheduler);
          for (const index of cancels) {
            void scheduler.schedule(Promise.resolve(), "cancel").then(() => interpreter.cancel(index));
          }
          const running = run(() => interpreter.run(body), {
            clock: interpreter.clock,
            onUnobserved: () => {},
          });
          let outcome: { readonly error: unknown } | undefined;
          running.then(
            () => (outcome = { error: undefined }),
            (error: unknown) => (outcome = { error: error ?? "nothing" }),
          );
          // what waits for ever ends when the main task is cancelled, however deep it is
          for (let i = 0; i < 100; i++) {
            await scheduler.waitIdle();
            await turn();
            if (outcome) break;
            if (scheduler.count() === 0) interpreter.cancelMain();
          }
          if (!outcome) throw new Error(`it does not end: ${formatTaskTree()}`);
          const { error } = outcome;
          interpreter.check();
          if (error === undefined) return;
          assert.equal(error instanceof assert.AssertionError, false, String((error as Error).stack));
          if (interpreter.cancels === 0) {
            const own = error instanceof CancelledError || error instanceof InvalidStateError;
            assert.equal(own, false, `nobody cancelled: ${String(error)}`);
          }
        },
      ),
      { numRuns: Number(process.env.SCOPES_RUNS ?? 1_500), endOnFailure: false },
    ),
  );
  assert.deepEqual(unhandled, []);
});

test("N: the TimeoutError of a random nest of timeouts is thrown by one that was up, and leaves the task free", async () => {
  const nest = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), nest, async (scheduler, limits) => {
      const interpreter = new Interpreter(scheduler);
      const running = run(
        async () => {
          const self = currentAsyncTask()!;
          let error: unknown;
          const nested = (at: number): Promise<unknown> =>
            at === limits.length
              ? sleep(Number.POSITIVE_INFINITY)
              : timeout(limits[at]!, () => nested(at + 1));
          try {
            await nested(0);
          } catch (caught) {
            error = caught;
          }
          assert.ok(error instanceof TimeoutError);
          assert.equal(self.cancelling(), 0);
          await sleep(1);
          return "free";
        },
        { clock: interpreter.clock },
      );
      assert.equal(await scheduler.waitFor(running), "free");
    }),
    { numRuns: 300 },
  );
});
