// Random programs on each primitive beside a model of it in a few lines: nothing is lost, nobody comes in between.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { QueueEmptyError, QueueFullError, QueueShutDownError } from "ungil";
import { Barrier, Condition, Event, type Guard, Lock, Queue, Semaphore } from "ungil/asyncio";
import { programs, Trial } from "./support/trial.js";

const runs = { numRuns: 400 };

test("P1, P4 a semaphore does what its model does: places are conserved, and go to who has waited longest", async () => {
  const ops = [
    "acquire",
    "acquire",
    "acquire",
    "release",
    "release",
    "cancel",
    "advance",
    "try",
    "turn",
  ] as const;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 3 }), programs(...ops), async (places, program) => {
      const trial = new Trial();
      const semaphore = new Semaphore(places, { clock: trial.clock });
      let free = places;
      const waiting: number[] = [];
      const holding: (Guard | number)[] = [];
      for (const { op, pick, limit } of program) {
        if (op === "acquire") {
          const id = trial.begin(limit, (options) => semaphore.acquire(options));
          if (free > 0) {
            free--;
            holding.push(id);
            trial.ends(id, "got it");
          } else if (limit === 0) trial.ends(id, "TimeoutError");
          else waiting.push(id);
        } else if (op === "try") {
          const guard = semaphore.tryAcquire();
          assert.equal(guard !== undefined, free > 0);
          if (!guard) continue;
          free--;
          holding.push(guard);
        } else if (op === "release" && holding.length > 0) {
          await trial.check();
          const [held] = holding.splice(pick % holding.length, 1);
          const guard = typeof held === "number" ? (trial.valueOf(held) as Guard) : held!;
          guard.release();
          guard.release();
          const next = waiting.shift();
          if (next === undefined) free++;
          else {
            holding.push(next);
            trial.ends(next, "got it");
          }
        } else if (op === "cancel") trial.cancel(pick, waiting);
        else if (op === "advance") await trial.advance(1, waiting);
        else if (op === "turn") await trial.check();
        assert.deepEqual(
          [semaphore.stats().value, semaphore.stats().waiting, semaphore.locked()],
          [free, waiting.length, free === 0],
        );
      }
      await trial.check();
    }),
    runs,
  );
});

test("P2 an event does what its model does", async () => {
  await fc.assert(
    fc.asyncProperty(
      programs("wait", "wait", "set", "clear", "cancel", "advance", "turn"),
      async (program) => {
        const trial = new Trial();
        const event = new Event({ clock: trial.clock });
        let isSet = false;
        const waiting: number[] = [];
        for (const { op, pick, limit } of program) {
          if (op === "wait") {
            const id = trial.begin(limit, (options) => event.wait(options));
            if (isSet) trial.ends(id, "got it");
            else if (limit === 0) trial.ends(id, "TimeoutError");
            else waiting.push(id);
          } else if (op === "set") {
            event.set();
            isSet = true;
            for (const id of waiting.splice(0)) trial.ends(id, "got it");
          } else if (op === "clear") {
            event.clear();
            isSet = false;
          } else if (op === "cancel") trial.cancel(pick, waiting);
          else if (op === "advance") await trial.advance(1, waiting);
          else await trial.check();
          assert.deepEqual([event.isSet(), event.stats().waiting], [isSet, waiting.length]);
        }
        await trial.check();
      },
    ),
    runs,
  );
});

test("P3 a condition does what its model does: no notification is lost, and the lock comes back to each", async () => {
  const ops = [
    "wait",
    "wait",
    "wait",
    "notify",
    "hold",
    "letGo",
    "letGo",
    "cancel",
    "advance",
    "turn",
  ] as const;
  await fc.assert(
    fc.asyncProperty(programs(...ops), async (program) => {
      const trial = new Trial();
      const lock = new Lock({ clock: trial.clock });
      const condition = new Condition(lock, { clock: trial.clock });
      const waiting: number[] = [];
      /** Those who wait for the lock again, with how their wait ends then. */
      const returning: { readonly id: number; readonly how: string }[] = [];
      let held: Guard | undefined;
      /** Nobody else holds the lock: those who return get it one after the other, and let go at once. */
      const settle = (): void => {
        if (held) return;
        for (let next = returning.shift(); next; next = returning.shift()) {
          const { id, how } = next;
          const cancelled = how === "got it" && trial.isCancelled(id);
          trial.ends(id, cancelled ? "CancelledError" : how);
          if (cancelled) wake(1);
        }
      };
      const wake = (count: number): void => {
        for (const id of waiting.splice(0, count)) returning.push({ id, how: "got it" });
      };
      for (const { op, pick, limit } of program) {
        if (op === "wait" && !held) {
          waiting.push(
            trial.begin(limit, async (options) => {
              using _guard = lock.tryAcquire()!;
              await condition.wait(options);
              assert.equal(lock.locked(), true);
            }),
          );
          // one with a limit of 0 is late as soon as time may pass
        } else if (op === "notify" && held) {
          const count = pick % 3;
          condition.notify(count);
          wake(count);
        } else if (op === "hold" && !held) {
          await trial.check();
          held = lock.tryAcquire();
          assert.ok(held);
        } else if (op === "letGo" && held) {
          held.release();
          held = undefined;
        } else if (op === "cancel") {
          const before = [...waiting];
          const id = trial.cancel(pick);
          if (id !== undefined && before.includes(id)) {
            waiting.splice(waiting.indexOf(id), 1);
            returning.push({ id, how: "CancelledError" });
          }
        } else if (op === "advance") {
          await trial.clock.advance(1);
          for (const id of trial.late(waiting)) returning.push({ id, how: "TimeoutError" });
        } else await trial.check();
        settle();
        assert.equal(condition.stats().waiting, waiting.length);
        if (!held) await trial.check();
      }
      held?.release();
      held = undefined;
      settle();
      await trial.check();
      assert.equal(lock.locked(), false);
    }),
    runs,
  );
});

test("P5 a barrier does what its model does", async () => {
  const ops = ["wait", "wait", "wait", "wait", "reset", "abort", "cancel", "advance", "turn"] as const;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), programs(...ops), async (parties, program) => {
      const trial = new Trial();
      const barrier = new Barrier(parties, { clock: trial.clock });
      let broken = false;
      const waiting: number[] = [];
      for (const { op, pick, limit } of program) {
        if (op === "wait") {
          const id = trial.begin(limit, (options) => barrier.wait(options));
          if (broken) trial.ends(id, "BrokenBarrierError");
          else if (waiting.length === parties - 1) {
            for (const [index, each] of [...waiting.splice(0), id].entries())
              trial.ends(each, `got ${index}`);
          } else if (limit === 0) trial.ends(id, "TimeoutError");
          else waiting.push(id);
        } else if (op === "reset" || op === "abort") {
          barrier[op]();
          broken = op === "abort";
          for (const id of waiting.splice(0)) trial.ends(id, "BrokenBarrierError");
        } else if (op === "cancel") trial.cancel(pick, waiting);
        else if (op === "advance") await trial.advance(1, waiting);
        else await trial.check();
        assert.deepEqual([barrier.nWaiting, barrier.broken], [waiting.length, broken]);
      }
      await trial.check();
    }),
    runs,
  );
});

test("P6, P7 a queue does what its model does: no item is lost or given twice, and nobody comes in between", async () => {
  const ops = [
    ...(["put", "put", "put", "get", "get", "get", "putNowait", "getNowait"] as const),
    ...(["done", "join", "cancel", "advance", "turn", "shutdown"] as const),
  ] as const;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 3 }), programs(...ops), async (maxsize, program) => {
      const trial = new Trial();
      const queue = new Queue<number>(maxsize, { clock: trial.clock });
      const items: number[] = [];
      const [getting, putting, joining]: number[][] = [[], [], []];
      const itemOf = new Map<number, number>();
      let unfinished = 0;
      let isShutDown = false;
      let nextItem = 1_000;
      const full = (): boolean => maxsize > 0 && items.length >= maxsize;
      const accept = (item: number): void => {
        unfinished++;
        const getter = getting!.shift();
        if (getter === undefined) items.push(item);
        else trial.ends(getter, `got ${item}`);
      };
      const take = (): number => {
        const item = items.shift()!;
        while (putting!.length > 0 && !full()) {
          const id = putting!.shift()!;
          accept(itemOf.get(id)!);
          trial.ends(id, "got it");
        }
        return item;
      };
      const tellJoiners = (): void => {
        if (unfinished === 0) for (const id of joining!.splice(0)) trial.ends(id, "got it");
      };
      for (const { op, pick, limit } of program) {
        const item = nextItem++;
        if (op === "put") {
          const id = trial.begin(limit, (options) => queue.put(item, options));
          itemOf.set(id, item);
          if (isShutDown) trial.ends(id, "QueueShutDownError");
          else if (!full()) {
            accept(item);
            trial.ends(id, "got it");
          } else if (limit === 0) trial.ends(id, "TimeoutError");
          else putting!.push(id);
        } else if (op === "get") {
          const id = trial.begin(limit, (options) => queue.get(options));
          if (items.length > 0) trial.ends(id, `got ${take()}`);
          else if (isShutDown) trial.ends(id, "QueueShutDownError");
          else if (limit === 0) trial.ends(id, "TimeoutError");
          else getting!.push(id);
        } else if (op === "putNowait") {
          if (isShutDown) assert.throws(() => queue.putNowait(item), QueueShutDownError);
          else if (full()) assert.throws(() => queue.putNowait(item), QueueFullError);
          else {
            queue.putNowait(item);
            accept(item);
          }
        } else if (op === "getNowait") {
          if (items.length > 0) {
            const expected = take();
            assert.equal(queue.getNowait(), expected);
          } else assert.throws(() => queue.getNowait(), isShutDown ? QueueShutDownError : QueueEmptyError);
        } else if (op === "done" && unfinished > 0) {
          queue.taskDone();
          unfinished--;
          tellJoiners();
        } else if (op === "join") {
          const id = trial.begin(limit, (options) => queue.join(options));
          if (unfinished === 0) trial.ends(id, "got it");
          else if (limit === 0) trial.ends(id, "TimeoutError");
          else joining!.push(id);
        } else if (op === "shutdown") {
          // most programs go on without
          if (pick > 8) continue;
          const immediate = pick % 2 === 0;
          queue.shutdown({ immediate });
          isShutDown = true;
          for (const id of putting!.splice(0)) trial.ends(id, "QueueShutDownError");
          if (immediate) unfinished -= Math.min(unfinished, items.splice(0).length);
          if (immediate) tellJoiners();
          for (const id of getting!.splice(0)) trial.ends(id, "QueueShutDownError");
        } else if (op === "cancel") trial.cancel(pick, getting!, putting!, joining!);
        else if (op === "advance") await trial.advance(1, getting!, putting!, joining!);
        else if (op === "turn") await trial.check();
        const { size, getting: getters, putting: putters, unfinished: left } = queue.stats();
        assert.deepEqual(
          [size, getters, putters, left],
          [items.length, getting!.length, putting!.length, unfinished],
        );
      }
      await trial.check();
    }),
    { numRuns: 800 },
  );
});
