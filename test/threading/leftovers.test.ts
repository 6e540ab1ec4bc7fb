import assert from "node:assert/strict";
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ThreadPoolExecutor, wait } from "ungil";
import { loadsThePackage } from "./support/loads-the-package.js";

const folder = "/proc/self/fd";

/** The files of the package that this process has open. */
function openFiles(): string[] {
  return readdirSync(folder).flatMap((each) => {
    try {
      const target = readlinkSync(`${folder}/${each}`);
      return target.includes("/dist/node/") ? [target] : [];
    } catch {
      // closed since
      return [];
    }
  });
}

const linux = { skip: existsSync(folder) ? false : "this system does not tell which files are open" };

/** Points of time from 0 to `most` ms, the same in each run. */
function* times(count: number, most: number): Generator<number> {
  let seed = 20_261_127;
  for (let i = 0; i < count; i++) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    yield (seed / 2 ** 32) * most;
  }
}

test("threads that are ended while they start leave no file open", linux, async () => {
  for (const time of times(30, 60)) {
    const pool = new ThreadPoolExecutor({ minWorkers: 4, maxWorkers: 4 });
    await delay(10 + time);
    await pool.terminate();
  }
  assert.deepEqual(openFiles(), []);
});

test("threads that are ended while they load a task's module leave no file open", linux, async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 2, grace: 0 });
  for (const time of times(60, 40)) {
    const futures = [pool.submit(loadsThePackage), pool.submit(loadsThePackage)];
    await delay(time);
    for (const future of futures) future.abort();
    await wait(futures);
  }
  await pool.shutdown();
  // a thread that takes longer than half a second to load is not waited for: a busy machine may have some
  const left = openFiles();
  assert.ok(left.length <= 6, left.join("\n"));
});
