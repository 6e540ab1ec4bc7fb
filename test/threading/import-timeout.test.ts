import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidArgumentError, ThreadPoolExecutor, TimeoutError } from "ungil";
import { rejectionOf } from "./support/rejection.js";
import { identity } from "./support/tasks.js";

const limit = { timeout: 60_000 };
const fixture = (name: string): string =>
  new URL(`../../../test/threading/fixtures/unbuilt/${name}`, import.meta.url).href;

test(
  "importTimeout: a module that hangs fails each task that needs it, also as an argument; others run on",
  limit,
  async () => {
    const { answerOfHanging } = (await import(fixture("hangs-in-worker.mjs"))) as {
      answerOfHanging(): number;
    };
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, importTimeout: 200 });
    const tasks = [
      pool.submit(answerOfHanging),
      pool.submit(answerOfHanging),
      pool.submit((fn: () => number) => fn(), answerOfHanging),
      pool.map(answerOfHanging, [1, 2]),
    ];
    const behind = pool.submit(identity, 7);
    for (const each of tasks) assert.match((await rejectionOf(each, TimeoutError)).message, /importTimeout/);
    assert.equal(await behind, 7);
    assert.equal(await pool.submit(identity, 8), 8);
    assert.equal(pool.stats().workers.crashed, 0);
  },
);

test(
  "importTimeout: one that is longer than the machine's longest timer does not pass at once",
  limit,
  async () => {
    const { answerOfSlow } = (await import(fixture("slow-in-worker.mjs"))) as { answerOfSlow(): number };
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, importTimeout: 2 ** 31 });
    assert.equal(await pool.submit(answerOfSlow), 42);
  },
);

test("importTimeout: it has to be a time", limit, () => {
  assert.throws(() => new ThreadPoolExecutor({ importTimeout: -1 }), {
    name: InvalidArgumentError.name,
    message: /importTimeout/,
  });
});
