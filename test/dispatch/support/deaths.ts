import assert from "node:assert/strict";
import { type Future, WorkerExitError } from "ungil";
import { endOf } from "./plans.js";
import { range, settled, type TracedPool, warmUp } from "./pool.js";
import { type Death, increment, passOrDie } from "./tasks.js";

/** Tasks in a burst of which some die. */
export const size = 40;

/** Submits a burst of which some tasks die, from the id `first` on. */
export function burst(
  { pool }: TracedPool,
  first: number,
  deaths: ReadonlyMap<number, Death>,
): Future<number>[] {
  return range(size).map((i) => pool.submit(passOrDie, first + i, deaths.get(i) ?? "none"));
}

/** What has to be so of a task of a burst in which a worker died. */
export type Fate =
  /** It has its result. */
  | "resolved"
  /** Its worker is lost. */
  | "died"
  /** It has its result, or had begun and is lost with its worker. */
  | "either";

export async function check(
  { runs }: TracedPool,
  futures: readonly Future<unknown>[],
  first: number,
  fateOf: (i: number) => Fate,
): Promise<void> {
  await settled(futures);
  for (const [i, future] of futures.entries()) {
    const id = first + i;
    const fate = fateOf(i);
    const end = await endOf(future);
    const resolved = "value" in end;
    const told = `task ${i} (${fate}): ${"error" in end ? String(end.error) : String(end.value)}`;
    if (fate === "died") assert.ok(!resolved, told);
    if (fate === "resolved") assert.ok(resolved, told);
    if (resolved) assert.equal(end.value, id, told);
    else assert.ok(end.error instanceof WorkerExitError, told);
    // a task that is lost without having begun would have to be sent to another worker instead
    assert.equal(runs(id), 1, `${told}, runs`);
  }
}

/** Tells that the pool still works, all of it. */
export async function checkUsable({ pool }: TracedPool): Promise<void> {
  assert.deepEqual(
    await Promise.all(range(100).map((i) => pool.submit(increment, i))),
    range(100).map((i) => i + 1),
  );
}

/** Lets a pool learn that such tasks are cheap, with so many of them. */
export async function learn({ pool }: TracedPool, count: number): Promise<void> {
  await warmUp((i) => pool.submit(passOrDie, i, "none"), count);
}
