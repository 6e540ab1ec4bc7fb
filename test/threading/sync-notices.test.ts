import assert from "node:assert/strict";
import { test } from "node:test";
import type { Environment } from "../../dist/threading/sync/environment.js";
import { algorithmsIn, builtFolder } from "./explore/modules.js";

const { block, machineAtomics, NoticeQueue, PermitQueue, wordsFor } = await algorithmsIn(builtFolder);

/** Queues over one memory, each as another thread has it, and how one of these dies. */
function threadsOf<Q>(Queue: new (words: Int32Array, environment: Environment) => Q) {
  const words = new Int32Array(new SharedArrayBuffer(4 * wordsFor(4)));
  const dead = new Set<number>();
  const queueOf = (me: number): Q =>
    new Queue(words, {
      atomics: machineAtomics,
      threads: { me, isAlive: (id) => !dead.has(id), deaths: () => dead.size, probe() {} },
      now: () => performance.now(),
      patience: 1,
      spins: 0,
    });
  return { queueOf, die: (id: number) => void dead.add(id) };
}

test("K8 Condition: a notice that its receiver did not live to see goes to another", () => {
  const { queueOf, die } = threadsOf(NoticeQueue);
  const first = queueOf(1).turn(true);
  const second = queueOf(2).turn(true);
  assert.equal(first.look(), 0);
  assert.equal(second.look(), 0);
  assert.equal(queueOf(3).notify(1), 1);
  assert.equal(second.look(), 0);
  die(1);
  assert.notEqual(block(second, 10_000), 0);
});

test("K8 Semaphore: a permit that its receiver did not live to see goes to another", () => {
  const { queueOf, die } = threadsOf(PermitQueue);
  const first = queueOf(1).turn(true);
  const second = queueOf(2).turn(true);
  assert.equal(first.look(), 0);
  assert.equal(second.look(), 0);
  assert.equal(queueOf(3).release(1), true);
  assert.equal(second.look(), 0);
  die(1);
  assert.notEqual(block(second, 10_000), 0);
  assert.equal(queueOf(3).permits, 0);
});
