// Stacks of submissions are captured for some of a burst only; the line between the two sides tells which.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Executor, type Future, ThreadPoolExecutor, wait } from "ungil";
import { throwDeep } from "./fixtures/stacks.js";
import { framesOf, marksOf } from "./support/marks.js";

const pool = new ThreadPoolExecutor({ maxWorkers: 1, name: "bursts" });
const other = new ThreadPoolExecutor({ maxWorkers: 1, name: "others" });
after(() => Promise.all([pool.shutdown(), other.shutdown()]));
const here = marksOf("errors/bursts.test.ts");

/** What the stack of a failure says of its submission: the line between the sides and the first place after it. */
async function submissionOf(future: Future<unknown>): Promise<{ line: string; place: string }> {
  const frames = framesOf(await future.exception());
  const at = frames.findIndex((frame) => frame.includes("submitted to"));
  assert.ok(at >= 0, `no submission in ${frames.join("\n")}`);
  return { line: frames[at]!.trim(), place: frames[at + 1] ?? "" };
}

const own = (name: string): string => `at (submitted to ${name})`;
const shared = (name: string): string => `at (submitted to ${name} in one burst with this call)`;

function submitFromOnePlace(executor: Executor): Future<unknown> {
  return executor.submit(throwDeep, 0); // mark: one
}

function submitFromAnother(executor: Executor): Future<unknown> {
  return executor.submit(throwDeep, 0); // mark: another
}

test("in a burst the first 32 and every 64th have their own caller, the others that of the nearest before", async () => {
  const isOne = (at: number): boolean => at < 20 || at >= 500;
  const futures = Array.from({ length: 1000 }, (_, at) =>
    isOne(at) ? submitFromOnePlace(pool) : submitFromAnother(pool),
  );
  await wait(futures);
  for (const [at, future] of futures.entries()) {
    const captured = at < 32 ? at : Math.max(31, at - (at % 64));
    const { line, place } = await submissionOf(future);
    assert.equal(line, captured === at ? own("bursts") : shared("bursts"), `submission ${at}`);
    const mark = isOne(captured) ? here.one : here.another;
    assert.ok(mark && place.includes(mark), `submission ${at} was captured as ${captured}: ${place}`);
  }
});

test("submissions one at a time always have their own caller, however many", async () => {
  for (let count = 0; count < 100; count++) {
    const { line, place } = await submissionOf(pool.submit(throwDeep, 0)); // mark: single
    assert.equal(line, own("bursts"));
    assert.ok(here.single && place.includes(here.single), place);
  }
});

test("a burst is one executor's: another one's submissions in between share nothing with it", async () => {
  const futures = Array.from(
    { length: 40 },
    () => [submitFromOnePlace(pool), submitFromAnother(other)] as const,
  );
  const last = futures[39]!;
  await wait(futures.flat());
  const first = await submissionOf(futures[31]![1]);
  assert.equal(first.line, own("others"));
  for (const [future, name, mark] of [
    [last[0], "bursts", here.one],
    [last[1], "others", here.another],
  ] as const) {
    const { line, place } = await submissionOf(future);
    assert.equal(line, shared(name));
    assert.ok(mark && place.includes(mark), place);
  }
});

test("a view submits in the burst of its executor; a map has its own caller at any time", async () => {
  const futures = Array.from({ length: 40 }, () => submitFromOnePlace(pool));
  futures.push(pool.with({ name: "viewed" }).submit(throwDeep, 0));
  const stream = pool.map(throwDeep, [0], { errors: "settle" }); // mark: map
  await wait(futures);
  assert.equal((await submissionOf(futures[40]!)).line, shared("bursts"));
  const [settled] = await stream;
  const frames = framesOf(settled?.status === "rejected" ? settled.reason : undefined);
  const at = frames.findIndex((frame) => frame.includes(own("bursts")));
  assert.ok(at >= 0 && here.map && frames[at + 1]?.includes(here.map), frames.join("\n"));
});
