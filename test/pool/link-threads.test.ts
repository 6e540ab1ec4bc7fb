import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { MessageChannel, Worker } from "node:worker_threads";
import { createLinkMemory, type LinkMemory } from "./support/link.js";
import { checksumOf, type HammerReport, hammer } from "./support/link-hammer.js";

/** Two threads that send each other `count` things. */
async function hammerBoth(
  memory: LinkMemory | undefined,
  count: number,
): Promise<[scheduler: HammerReport, worker: HammerReport]> {
  const { port1, port2 } = new MessageChannel();
  const options = { side: "worker", memory, count, seed: 2 } as const;
  const worker = new Worker(new URL("fixtures/link-peer.js", import.meta.url), {
    workerData: { port: port2, options },
    transferList: [port2],
  });
  try {
    const [here, [there]] = await Promise.all([
      hammer(port1, { ...options, side: "scheduler", seed: 1 }),
      once(worker, "message") as Promise<[HammerReport]>,
    ]);
    return [here, there];
  } finally {
    port1.close();
    await worker.terminate();
  }
}

test("two threads send each other 200,000 mixed things through rings of 4 KB: all arrive, in order, undamaged", async (t) => {
  const count = 200_000;
  for (const report of await hammerBoth(createLinkMemory(4096), count)) {
    t.diagnostic(`slept ${report.sleeps} times, woke the other side ${report.wakeUps} times`);
    assert.equal(report.arrived, count);
    assert.equal(report.checksum, checksumOf(count));
    assert.ok(report.sleeps > 0, "never slept");
  }
});

test("two threads without shared memory: all arrives by messages, in order, undamaged", async () => {
  const count = 20_000;
  for (const report of await hammerBoth(undefined, count)) {
    assert.equal(report.arrived, count);
    assert.equal(report.checksum, checksumOf(count));
    assert.equal(report.wakeUps, 0);
  }
});
