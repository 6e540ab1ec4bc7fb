import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { ProcessPoolExecutor, ThreadPoolExecutor } from "ungil";
import { Lock, Process, Queue, RLock, Semaphore, Value } from "ungil/multiprocessing";
import { eventually } from "./support/eventually.js";
import { forever } from "./support/forever.js";

const processes = new ProcessPoolExecutor({ maxWorkers: 2 });
const threads = new ThreadPoolExecutor({ maxWorkers: 1 });
after(async () => {
  processes.terminate();
  threads.terminate();
  await Promise.all([processes.shutdown(), threads.shutdown()]);
});

/** What one of those who compete does, again and again. */
interface Step {
  readonly how: "acquire" | "try" | "timeout" | "abort";
  /** ms for which it waits at most, and for which it has what it got. */
  readonly patience: number;
  readonly holds: number;
}

const step = fc.record<Step>({
  how: fc.constantFrom("acquire", "acquire", "try", "timeout", "abort"),
  patience: fc.integer({ min: 0, max: 8 }),
  holds: fc.integer({ min: 0, max: 3 }),
});

/** Who is inside, and the most who have been there at a time. */
interface Inside {
  readonly now: Value<"int32">;
  readonly most: Value<"int32">;
}

async function compete(
  one: Lock | RLock | Semaphore,
  inside: Inside,
  steps: readonly Step[],
): Promise<number> {
  let entered = 0;
  for (const { how, patience, holds } of steps) {
    try {
      const options =
        how === "timeout"
          ? { timeout: patience }
          : how === "abort"
            ? { signal: AbortSignal.timeout(patience) }
            : {};
      await using guard = how === "try" ? await one.tryAcquire() : await one.acquire(options);
      if (!guard) continue;
      entered++;
      const now = await inside.now.add(1);
      await inside.most.update((most) => Math.max(most, now));
      if (holds > 0) await new Promise((resolve) => setTimeout(resolve, holds));
      await inside.now.add(-1);
    } catch (error) {
      const { name } = error as Error;
      if (name !== "TimeoutError" && name !== "CancelledError") throw error;
    }
  }
  return entered;
}

test("random programs of several processes: never more are inside than may be, and nothing is left held", {
  timeout: 170_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("Lock", "RLock", "Semaphore"),
      fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 5 }),
      async (kind, programs) => {
        const one = kind === "Lock" ? new Lock() : kind === "RLock" ? new RLock() : new Semaphore(2);
        const inside = { now: new Value("int32"), most: new Value("int32") };
        const places = kind === "Semaphore" ? 2 : 1;
        const submits = programs.map((steps, at) =>
          at === 0 && kind !== "RLock"
            ? compete(one, inside, steps)
            : (at % 2 === 0 ? threads : processes).submit(compete, one, inside, steps),
        );
        await Promise.all(submits);
        assert.ok((await inside.most.get()) <= places);
        assert.equal(await inside.now.get(), 0);
        const stats = await one.stats();
        assert.equal(stats.waiting, 0);
        assert.equal("locked" in stats ? stats.locked : stats.value !== places, false);
      },
    ),
    { numRuns: 30 },
  );
});

type Event = { readonly kind: "acquire" | "release" | "kill"; readonly who: number };

const event = fc.record<Event>({
  kind: fc.constantFrom("acquire", "acquire", "release", "release", "kill"),
  who: fc.integer({ min: 0, max: 3 }),
});

/** One of those who do what they are told: a process that can be killed. */
interface Actor {
  readonly child: Process;
  readonly orders: Queue<"acquire" | "release">;
}

/** A lock as it should be. */
class Model {
  holder: number | undefined;
  abandoned = false;
  readonly line: number[] = [];
  readonly granted: (readonly [who: number, abandoned: boolean])[] = [];

  next(): void {
    this.holder = this.line.shift();
    if (this.holder === undefined) return;
    this.granted.push([this.holder, this.abandoned]);
    this.abandoned = false;
  }
}

test("random programs with deaths: turns come in order, and each lock that was left is told of once", {
  timeout: 170_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 25 }), async (events) => {
      const lock = new Lock();
      const grants = new Queue<readonly [who: number, abandoned: boolean]>();
      const actors = [0, 1, 2, 3].map((who): Actor => {
        const orders = new Queue<"acquire" | "release">();
        const obey = async (): Promise<void> => {
          let release: (() => Promise<void>) | undefined;
          for await (const order of orders) {
            if (order === "release") await release?.();
            else {
              // not awaited: it may have to wait for others
              void lock.acquire().then(async (guard) => {
                release = () => guard.release();
                await grants.put([who, guard.abandoned]);
              });
            }
          }
          await forever();
        };
        const child = new Process({ target: obey, daemon: true });
        child.start();
        return { child, orders };
      });
      const model = new Model();
      const dead = new Set<number>();
      const seen: (readonly [number, boolean])[] = [];
      try {
        for (const { kind, who } of events) {
          const { child, orders } = actors[who]!;
          const isIn = model.holder === who || model.line.includes(who);
          if (dead.has(who)) continue;
          if (kind === "acquire" && !isIn) {
            model.line.push(who);
            if (model.holder === undefined) model.next();
            await orders.put("acquire");
          } else if (kind === "release" && model.holder === who) {
            model.next();
            await orders.put("release");
          } else if (kind === "kill") {
            dead.add(who);
            if (model.holder === who) {
              model.abandoned = true;
              model.next();
            } else if (isIn) model.line.splice(model.line.indexOf(who), 1);
            child.kill();
            await child.join();
          } else continue;
          while (seen.length < model.granted.length) seen.push(await grants.get({ timeout: 30_000 }));
          const line = model.line.length;
          await eventually(async () => {
            const { locked, waiting } = await lock.stats();
            return waiting === line && locked === (model.holder !== undefined);
          }, `${line} wait, and ${model.holder} holds it`);
        }
        assert.deepEqual(seen, model.granted);
        assert.equal(await grants.qsize(), 0);
      } finally {
        for (const { child } of actors) child.kill();
        await Promise.all(actors.map(({ child }) => child.join()));
      }
    }),
    { numRuns: 10 },
  );
});
