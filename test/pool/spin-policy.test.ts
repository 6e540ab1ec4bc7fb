// When both sides look for each other and when they sleep, decided from what they are told and not from this machine's
// load.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import type * as SpinLanes from "../../dist/pool/spin-lane.js";
import type * as SpinPolicies from "../../dist/pool/spin-policy.js";

const pool = path.resolve(import.meta.dirname, "../../../dist/pool");
const { SpinPolicy } = (await import(path.join(pool, "spin-policy.js"))) as typeof SpinPolicies;
const { Lookout, SpinLane, spareCores, spinCell, spinCellCount } = (await import(
  path.join(pool, "spin-lane.js")
)) as typeof SpinLanes;

const quick = 0.004;
const slow = 0.03;

type Policy = InstanceType<typeof SpinPolicy>;

/** Lets tasks end that took so long where both sides looked, and so long where they slept. */
function samples(policy: Policy, count: number, looking: number, sleeping: number): void {
  for (let at = 0; at < count; at++) policy.sample(policy.spins ? looking : sleeping);
}

/** How many tasks end before anybody looks again. */
function restOf(policy: Policy): number {
  let tasks = 0;
  for (; !policy.spins; tasks++) policy.sample(slow);
  return tasks;
}

const cellsOf = (): Int32Array =>
  new Int32Array(new SharedArrayBuffer(spinCellCount * Int32Array.BYTES_PER_ELEMENT));

test("rule 4: the way on which tasks take less is kept, after a trial of the other one", () => {
  const policy = new SpinPolicy();
  samples(policy, 96, quick, slow);
  assert.equal(policy.spins, false, "a trial");
  samples(policy, 32, quick, slow);
  assert.equal(policy.spins, true);
  samples(policy, 512, slow, quick);
  assert.equal(policy.spins, false);
  samples(policy, 512, quick, slow);
  assert.equal(policy.spins, true);
});

test("rule 5: after an interruption nobody looks for a while, and for twice as long where the next is near", () => {
  const policy = new SpinPolicy();
  const rests = Array.from({ length: 9 }, () => {
    samples(policy, 60, quick, slow);
    policy.interrupted();
    return restOf(policy);
  });
  assert.deepEqual(rests, [128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 16_384]);
});

test("rule 5: an interruption during the rest is the same one", () => {
  const policy = new SpinPolicy();
  policy.interrupted();
  samples(policy, 100, quick, slow);
  policy.interrupted();
  assert.equal(restOf(policy), 28);
});

test("rule 5: interruptions that are far apart don't add up", () => {
  const policy = new SpinPolicy();
  for (let time = 0; time < 3; time++) {
    policy.interrupted();
    assert.equal(restOf(policy), 128);
    samples(policy, 1_024, quick, slow);
  }
});

const lost = new Int32Array(new SharedArrayBuffer(4));

/** A link on which a worker loses its core at its first look, for so many ms. */
function interruptedLink(
  ms: number,
  arrives: boolean,
): { pending: boolean; allTaken: boolean; looks: number } {
  return {
    allTaken: true,
    looks: 0,
    get pending() {
      if (++this.looks === 1) Atomics.wait(lost, 0, 0, ms);
      return arrives && this.looks > 1;
    },
  };
}

test("rule 5: a worker that loses its core while it looks says so, and looks no longer", {
  skip: spareCores() === 0,
}, () => {
  const cells = cellsOf();
  cells[spinCell.hot] = 100;
  const link = interruptedLink(3, false);
  assert.equal(new Lookout(cells, link).look(), false);
  assert.equal(cells[spinCell.interruptions], 1);
  assert.ok(link.looks < 1_000, `it looked ${link.looks} times`);
  assert.equal(cells[spinCell.looking], 0);
});

test("rule 5: also where a task has arrived meanwhile", { skip: spareCores() === 0 }, () => {
  const cells = cellsOf();
  cells[spinCell.hot] = 100;
  const lookout = new Lookout(cells, interruptedLink(3, true));
  assert.equal(lookout.look(), true);
  // on the clock of workers
  const [seconds, nanoseconds] = process.hrtime();
  lookout.resumed(seconds * 1_000 + nanoseconds / 1_000_000);
  assert.equal(cells[spinCell.interruptions], 1);
});

test("rule 5: once a worker has said so, workers are told to sleep at once", {
  skip: spareCores() === 0,
}, () => {
  const cells = cellsOf();
  const lane = new SpinLane(cells, { outstanding: 1, busyWorkers: () => [] });
  lane.sent(true, 0);
  assert.equal(cells[spinCell.hot], 0, "as they see fit");
  lane.done();
  Atomics.add(cells, spinCell.interruptions, 1);
  lane.sent(true, 0);
  assert.equal(cells[spinCell.hot], -1);
  let looks = 0;
  const link = {
    allTaken: true,
    get pending() {
      looks++;
      return true;
    },
  };
  assert.equal(new Lookout(cells, link).look(), false);
  assert.equal(looks, 0);
});
