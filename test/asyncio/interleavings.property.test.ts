// Actors whose steps fast-check puts in any order: what has to hold whoever is quicker.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { CancelledError, QueueShutDownError } from "ungil";
import { Barrier, Condition, Lock, PriorityQueue, Queue, Semaphore } from "ungil/asyncio";
import { numbers } from "./support/watch.js";

const runs = { numRuns: 300 };

/** Whether something happened in the order of something else, of which not all need have happened. */
function assertSubsequence(part: readonly number[], whole: readonly number[]): void {
  let at = -1;
  for (const each of part) {
    const next = whole.indexOf(each, at + 1);
    assert.ok(next > at, `${part.join()} is not in the order of ${whole.join()}`);
    at = next;
  }
}

/** Lets the others go on for as long as the scheduler likes. */
const pause = (s: fc.Scheduler, what: string): Promise<void> => s.schedule(Promise.resolve(), what);

test("P1 a lock: one at a time, in the order of the calls, and nobody is forgotten", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(fc.boolean(), { maxLength: 8 }), async (s, cancelled) => {
      const lock = new Lock();
      let inside = 0;
      const calls: number[] = [];
      const got: number[] = [];
      const failed: number[] = [];
      const actors = cancelled.map(async (isCancelled, i) => {
        const abort = new AbortController();
        if (isCancelled) void pause(s, `cancel ${i}`).then(() => abort.abort());
        await pause(s, `call ${i}`);
        try {
          const acquired = lock.acquire({ signal: abort.signal });
          calls.push(i);
          using _guard = await acquired;
          assert.equal(++inside, 1);
          got.push(i);
          await pause(s, `hold ${i}`);
          inside--;
        } catch (error) {
          assert.ok(error instanceof CancelledError);
          failed.push(i);
        }
      });
      await s.waitFor(Promise.all(actors));
      assertSubsequence(got, calls);
      assert.ok(failed.every((i) => cancelled[i]));
      assert.equal(got.length + failed.length, cancelled.length);
      assert.deepEqual([lock.locked(), lock.stats().waiting], [false, 0]);
    }),
    runs,
  );
});

test("P4 a semaphore: never more than there are places, in the order of the calls, and all places come back", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.boolean(), { maxLength: 8 }),
      async (s, places, cancelled) => {
        const semaphore = new Semaphore(places);
        let inside = 0;
        const calls: number[] = [];
        const got: number[] = [];
        const actors = cancelled.map(async (isCancelled, i) => {
          const abort = new AbortController();
          if (isCancelled) void pause(s, `cancel ${i}`).then(() => abort.abort());
          await pause(s, `call ${i}`);
          try {
            const acquired = semaphore.acquire({ signal: abort.signal });
            calls.push(i);
            using _place = await acquired;
            assert.ok(++inside <= places);
            got.push(i);
            await pause(s, `hold ${i}`);
            inside--;
          } catch (error) {
            assert.ok(error instanceof CancelledError && isCancelled);
          }
        });
        await s.waitFor(Promise.all(actors));
        assertSubsequence(got, calls);
        assert.deepEqual([semaphore.stats().value, semaphore.stats().waiting], [places, 0]);
      },
    ),
    runs,
  );
});

test("P3 a condition: as many go on as were notified, unless they were cancelled, and none without the lock", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
      async (s, cancelled) => {
        const condition = new Condition();
        let tokens = 0;
        let inside = 0;
        let taken = 0;
        let failed = 0;
        const consumers = cancelled.map(async (isCancelled, i) => {
          const abort = new AbortController();
          if (isCancelled) void pause(s, `cancel ${i}`).then(() => abort.abort());
          await pause(s, `call ${i}`);
          using _guard = await condition.acquire();
          try {
            await condition.waitFor(() => tokens > 0, { signal: abort.signal });
            assert.equal(++inside, 1);
            tokens--;
            taken++;
            await pause(s, `work ${i}`);
            inside--;
          } catch (error) {
            assert.ok(error instanceof CancelledError && isCancelled);
            assert.equal(condition.locked(), true);
            failed++;
          }
        });
        // a token for each, told of one by one: a notification that is lost leaves somebody waiting for ever
        const producer = async (): Promise<void> => {
          for (const i of numbers(cancelled.length)) {
            await pause(s, `produce ${i}`);
            using _guard = await condition.acquire();
            tokens++;
            condition.notify();
          }
        };
        await s.waitFor(Promise.all([...consumers, producer()]));
        assert.equal(taken + failed, cancelled.length);
        assert.equal(tokens, failed);
        assert.deepEqual([condition.locked(), condition.stats().waiting], [false, 0]);
      },
    ),
    runs,
  );
});

test("P5 a barrier: nobody goes through before all of its round have come", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      async (s, parties, rounds) => {
        const barrier = new Barrier(parties);
        const came = numbers(rounds).map(() => 0);
        const places = numbers(rounds).map((): number[] => []);
        const actors = numbers(parties).map(async (i) => {
          for (const round of numbers(rounds)) {
            await pause(s, `${i} comes to round ${round}`);
            came[round]!++;
            places[round]!.push(await barrier.wait());
            assert.equal(came[round], parties);
          }
        });
        await s.waitFor(Promise.all(actors));
        for (const each of places)
          assert.deepEqual(
            each.toSorted((a, b) => a - b),
            numbers(parties),
          );
      },
    ),
    runs,
  );
});

test("P6, P7 a queue: every item that was put in is taken out once, in order, whoever is cancelled meanwhile", async () => {
  const plan = fc.record({
    maxsize: fc.integer({ min: 0, max: 2 }),
    puts: fc.array(fc.boolean(), { maxLength: 8 }),
    gets: fc.array(fc.boolean(), { maxLength: 8 }),
    sorted: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), plan, async (s, { maxsize, puts, gets, sorted }) => {
      const queue = sorted ? new PriorityQueue<number>(maxsize) : new Queue<number>(maxsize);
      const accepted: number[] = [];
      const taken: number[] = [];
      const put = puts.map(async (isCancelled, i) => {
        const abort = new AbortController();
        if (isCancelled) void pause(s, `cancel put ${i}`).then(() => abort.abort());
        await pause(s, `put ${i}`);
        try {
          await queue.put(i, { signal: abort.signal });
          accepted.push(i);
        } catch (error) {
          assert.ok(error instanceof CancelledError && isCancelled);
        }
      });
      const got = gets.map(async (isCancelled, i) => {
        const abort = new AbortController();
        if (isCancelled) void pause(s, `cancel get ${i}`).then(() => abort.abort());
        await pause(s, `get ${i}`);
        try {
          taken.push(await queue.get({ signal: abort.signal }));
        } catch (error) {
          assert.ok(error instanceof CancelledError ? isCancelled : error instanceof QueueShutDownError);
        }
      });
      const rest = async (): Promise<void> => {
        await Promise.all(put);
        await pause(s, "shutdown");
        queue.shutdown();
      };
      // takes what nobody else does, so that no putter waits for ever
      const sweep = async (): Promise<void> => {
        await pause(s, "sweep");
        for await (const item of queue) taken.push(item);
      };
      await s.waitFor(Promise.all([...put, ...got, rest(), sweep()]));
      assert.deepEqual(
        taken.toSorted((a, b) => a - b),
        accepted.toSorted((a, b) => a - b),
      );
      assert.deepEqual([queue.qsize(), queue.stats().getting, queue.stats().putting], [0, 0, 0]);
    }),
    runs,
  );
});
