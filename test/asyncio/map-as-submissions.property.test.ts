// Items of a map on the event loop are tasks without futures. Whatever they do, they end as submissions do.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { test } from "node:test";
import * as fc from "fast-check";
import { AsyncExecutor, currentTask, type Executor, type ExecutorStats } from "ungil";

const store = new AsyncLocalStorage<string>();
const channels = ["submit", "start", "end", "retry", "cancel"].map((name) => `ungil:task:${name}`);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const kinds = ["now", "later", "thenable", "getter", "own then", "nested", "map within", "enter"] as const;

const item = fc.record({
  kind: fc.constantFrom(...kinds),
  /** Attempts that fail before one goes well. */
  failing: fc.nat(2),
  /** Turns that it takes: of the microtasks, or of the event loop. */
  waits: fc.nat(3),
  turns: fc.boolean(),
});
type Item = typeof item extends fc.Arbitrary<infer Each> ? Each : never;

const program = fc.record({
  items: fc.array(item, { maxLength: 24 }),
  maxWorkers: fc.integer({ min: 1, max: 4 }),
  retries: fc.nat(2),
  ordered: fc.boolean(),
  buffersize: fc.constantFrom(1, 2, 5, 256),
  chunksize: fc.constantFrom(1, 3, "auto" as const),
  iterated: fc.boolean(),
  /** Whether the items come from an array, from a generator, or one by one later. */
  source: fc.constantFrom("array", "generator", "later"),
  /** Whether somebody is told of tasks as they are submitted, begin and end. */
  watched: fc.boolean(),
});

/** What can be seen of tasks while they run. */
class Watch {
  readonly starts = new Map<Item, number>();
  readonly ids = new Set<number>();
  readonly seen = new Set<string | undefined>();
  mostAtOnce = 0;
  #atOnce = 0;

  async around(each: Item, work: () => unknown): Promise<unknown> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    try {
      for (let i = 0; i < each.waits; i++) await (each.turns ? turn() : null);
      return await work();
    } finally {
      this.#atOnce--;
    }
  }

  begin(each: Item): number {
    const starts = (this.starts.get(each) ?? 0) + 1;
    this.starts.set(each, starts);
    this.ids.add(currentTask().id);
    assert.equal(currentTask().attempt, starts);
    this.seen.add(store.getStore());
    return starts;
  }
}

function work(executor: Executor, watch: Watch, each: Item, index: number): unknown {
  const starts = watch.begin(each);
  const { id } = currentTask();
  const answer = (): string => {
    assert.equal(currentTask().id, id);
    if (starts <= each.failing) throw new RangeError(`item ${index}`);
    return `result ${index}`;
  };
  switch (each.kind) {
    case "now":
      return answer();
    case "enter":
      store.enterWith("left behind");
      return answer();
    case "later":
      return watch.around(each, answer);
    case "thenable":
      return {
        // oxlint-disable-next-line unicorn/no-thenable -- that is the point
        then: (resolve: (value: unknown) => void, reject: (error: unknown) => void) =>
          watch.around(each, answer).then(resolve, reject),
      };
    case "getter":
      return {
        // oxlint-disable-next-line unicorn/no-thenable -- that is the point
        get then(): never {
          throw new RangeError(`item ${index}`);
        },
      };
    case "own then": {
      // a promise of the engine's that answers again and again
      const promise = watch.around(each, answer);
      const twice = (then: (value: unknown) => void) => (value: unknown) => {
        then(value);
        void turn().then(() => then("again"));
      };
      return Object.assign(promise, {
        // oxlint-disable-next-line unicorn/no-thenable -- that is the point
        then: (resolve: (value: unknown) => void, reject: (error: unknown) => void) =>
          Promise.prototype.then.call(promise, twice(resolve), twice(reject)),
      });
    }
    case "nested":
      return executor.submit(async () => watch.around(each, () => 1)).then(answer);
    case "map within":
      return executor.map(async (x: number) => watch.around(each, () => x), [1, 2]).then(answer);
  }
}

/** Runs something on an executor, and tells what is known of it from outside. */
async function observed(
  { maxWorkers, watched }: { maxWorkers: number; watched: boolean },
  run: (executor: Executor, watch: Watch) => Promise<PromiseSettledResult<unknown>[]>,
): Promise<object> {
  const executor = new AsyncExecutor({ maxWorkers });
  const events: Record<string, number> = {};
  const note = (message: unknown, channel: string | symbol): void => {
    const event = message as { executor: string; name: string; error?: unknown };
    if (event.executor !== executor.name) return;
    const key = `${String(channel)} ${event.error === undefined ? "" : "failed"}`;
    events[key] = (events[key] ?? 0) + 1;
  };
  if (watched) for (const channel of channels) subscribe(channel, note);
  const watch = new Watch();
  try {
    const results = await store.run("here", () => run(executor, watch));
    await executor.shutdown();
    const { submitted, completed, failed, cancelled, retried, queued, running, waitTime, runTime } =
      executor.stats();
    return {
      results: results.map((each) => (each.status === "rejected" ? String(each.reason) : each.value)),
      stats: { submitted, completed, failed, cancelled, retried, queued, running },
      times: [waitTime.count, runTime.count],
      events,
      starts: [...watch.starts.values()].toSorted((one, other) => one - other),
      ids: watch.ids.size,
      seen: [...watch.seen],
    };
  } finally {
    if (watched) for (const channel of channels) unsubscribe(channel, note);
  }
}

function itemsOf(items: readonly Item[], source: string): Iterable<Item> | AsyncIterable<Item> {
  if (source === "array") return items;
  if (source === "generator") {
    return (function* () {
      // what the input leaves in its context is not the items'
      store.enterWith("of the input");
      yield* items;
    })();
  }
  return (async function* () {
    for (const each of items) {
      await null;
      yield each;
    }
  })();
}

test("the items of a map run, end, and are counted and told of as the same submissions", async () => {
  await fc.assert(
    fc.asyncProperty(program, async (given) => {
      const { items, retries, ordered, buffersize, chunksize, source } = given;
      const asMap = await observed(given, async (executor, watch) => {
        const stream = executor
          .with({ retries })
          .map((each: Item, index: number) => work(executor, watch, each, index), itemsOf(items, source), {
            errors: "settle",
            ordered,
            buffersize,
            chunksize,
          });
        if (!given.iterated) return stream;
        const results: PromiseSettledResult<unknown>[] = [];
        for await (const result of stream) results.push(result);
        return results;
      });
      const asSubmissions = await observed(given, (executor, watch) =>
        Promise.allSettled(
          items.map((each, index) => {
            const fn = (one: Item, at: number): unknown => work(executor, watch, one, at);
            return executor.with({ retries }).submit(fn, each, index);
          }),
        ),
      );
      const inOrder = (all: object): object => {
        const { results } = all as { results: unknown[] };
        return ordered ? all : { ...all, results: results.map(String).toSorted() };
      };
      assert.deepEqual(inOrder(asMap), inOrder(asSubmissions));
    }),
    { numRuns: 300 },
  );
});

const ending = fc.record({
  items: fc.array(item, { minLength: 1, maxLength: 24 }),
  maxWorkers: fc.integer({ min: 1, max: 3 }),
  ordered: fc.boolean(),
  errors: fc.constantFrom("throw" as const, "settle" as const),
  buffersize: fc.constantFrom(1, 4, 256),
  chunksize: fc.constantFrom(2, "auto" as const),
  retries: fc.nat(1),
  claimed: fc.boolean(),
  end: fc.constantFrom("cancel", "dispose", "shutdown", "cancel what waits", "terminate", "nothing"),
  /** How many items have begun before. */
  after: fc.nat(12),
});

function addsUp({ submitted, completed, failed, cancelled, queued, running }: ExecutorStats): void {
  assert.deepEqual([queued, running, completed + failed + cancelled], [0, 0, submitted]);
}

test("however a map is ended, each of its items is settled once and the executor ends", async () => {
  await fc.assert(
    fc.asyncProperty(ending, async (given) => {
      const { items, maxWorkers, retries, ordered, errors, buffersize, chunksize } = given;
      const executor = new AsyncExecutor({ maxWorkers, grace: 0, onUnobserved: () => {} });
      const watch = new Watch();
      let begun = 0;
      let ends: Promise<unknown> | undefined;
      const end = (): Promise<unknown> => {
        if (given.end === "cancel") stream.cancel("enough");
        if (given.end === "dispose") return Promise.resolve(stream[Symbol.asyncDispose]());
        if (given.end === "shutdown") return executor.shutdown({ wait: false });
        if (given.end === "cancel what waits") return executor.shutdown({ wait: false, cancelFutures: true });
        if (given.end === "terminate") return executor.terminate();
        return Promise.resolve();
      };
      const stream = executor.with({ retries }).map(
        (each: Item, index: number) => {
          if (begun++ === given.after) ends = end();
          return work(executor, watch, each, index);
        },
        items,
        { errors: errors as "throw", ordered, buffersize, chunksize },
      );
      if (given.claimed) await Promise.resolve(stream).catch(() => {});
      else for (let i = 0; i < 20; i++) await turn();
      await ends;
      if (!given.claimed) await stream[Symbol.asyncDispose]();
      await executor.shutdown();
      addsUp(executor.stats());
      for (const starts of watch.starts.values()) assert.ok(starts <= 1 + retries);
    }),
    { numRuns: 300 },
  );
});
