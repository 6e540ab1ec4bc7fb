import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type * as AsyncioModule from "ungil/asyncio";
import type * as AmbientModule from "../../dist/sync/ambient.js";
import { turn, watch } from "./support/watch.js";

// the modules that nobody bundled, in which the current scope can be stood in for
const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), "../../../dist");
const { provideAmbientSignal } = (await import(path.join(dist, "sync/ambient.js"))) as typeof AmbientModule;
const { Barrier, Condition, Event, Lock, Queue, Semaphore } = (await import(
  path.join(dist, "asyncio/index.js")
)) as typeof AsyncioModule;

test("every wait ends with the scope in which it began, and leaves nothing behind", async () => {
  const scope = new AbortController();
  const lock = new Lock();
  const [semaphore, event, condition, barrier] = [
    new Semaphore(0),
    new Event(),
    new Condition(),
    new Barrier(2),
  ];
  const [empty, full] = [new Queue<number>(), new Queue<number>(1)];
  full.putNowait(1);
  const guard = await lock.acquire();
  const conditionGuard = await condition.acquire();
  provideAmbientSignal(() => scope.signal);
  const waits = [
    lock.acquire(),
    semaphore.acquire({ timeout: 60_000 }),
    event.wait(),
    condition.wait({ signal: new AbortController().signal }),
    barrier.wait(),
    empty.get(),
    full.put(2),
    full.join(),
    empty[Symbol.asyncIterator]().next(),
  ].map((wait) => watch<unknown>(wait));
  provideAmbientSignal(() => undefined);
  const outside = watch(semaphore.acquire());
  await turn();
  assert.ok(waits.every(({ state }) => state === "pending"));
  scope.abort("the scope ended");
  await turn();
  assert.deepEqual(
    waits.map(({ error }) => [(error as Error).name, (error as Error).cause]),
    waits.map(() => ["CancelledError", "the scope ended"]),
  );
  assert.equal(outside.state, "pending");
  semaphore.release();
  await turn();
  assert.equal(outside.state, "fulfilled");
  guard.release();
  conditionGuard.release();
  assert.deepEqual([lock.locked(), condition.locked(), barrier.nWaiting], [false, false, 0]);
  assert.deepEqual([empty.stats().getting, full.stats().putting], [0, 0]);
});

test("in a scope that has ended already nothing is taken, even what is free", async () => {
  const [lock, queue] = [new Lock(), new Queue<number>()];
  queue.putNowait(1);
  provideAmbientSignal(() => AbortSignal.abort("over"));
  const waits = [lock.acquire(), queue.get(), queue.put(2)].map((wait) => watch<unknown>(wait));
  provideAmbientSignal(() => undefined);
  await turn();
  assert.ok(waits.every(({ error }) => (error as Error).name === "CancelledError"));
  assert.deepEqual([lock.locked(), queue.qsize()], [false, 1]);
});
