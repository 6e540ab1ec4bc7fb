import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type * as claimFile from "../../dist/multiprocessing/claim-file.js";
import type * as protocol from "../../dist/pool/protocol.js";
import type * as seeds from "../../dist/testing/seeded.js";
import { meet } from "./support/meet.js";

const dist = new URL("../", import.meta.resolve("ungil"));
const { SchedulerClaims, WorkerClaims } = (await import(
  new URL("multiprocessing/claim-file.js", dist).href
)) as typeof claimFile;
const { status } = (await import(new URL("pool/protocol.js", dist).href)) as typeof protocol;
const { seeded } = (await import(new URL("testing/seeded.js", dist).href)) as typeof seeds;

test("a task is begun or taken back, never both, and each side knows which", () => {
  const scheduler = new SchedulerClaims();
  const worker = new WorkerClaims(scheduler.fd);
  const [taken, begun, untouched] = [scheduler.take(), scheduler.take(), scheduler.take()];
  assert.equal(scheduler.change(taken, status.sent, status.prevented), true);
  assert.equal(worker.change(taken), false);
  assert.equal(worker.change(begun), true);
  assert.equal(scheduler.change(begun, status.sent, status.prevented), false);
  assert.equal(worker.read(begun), status.begun);
  assert.equal(scheduler.change(begun, status.begun, status.asked), true);
  assert.equal(scheduler.change(begun, status.begun, status.asked), false);
  assert.equal(worker.read(begun), status.asked);
  const seen = (): number[] => [taken, begun, untouched].map((word) => scheduler.read(word));
  assert.deepEqual(seen(), [status.prevented, status.asked, status.sent]);
  scheduler.close();
  // what was said last stays known
  assert.deepEqual(seen(), [status.prevented, status.asked, status.sent]);
  assert.equal(scheduler.change(untouched, status.sent, status.prevented), false);
});

test("a word that is given out again is as new", () => {
  const scheduler = new SchedulerClaims();
  const worker = new WorkerClaims(scheduler.fd);
  for (const how of ["begun", "asked", "prevented"] as const) {
    const word = scheduler.take();
    assert.equal(scheduler.read(word), status.sent);
    if (how === "prevented") assert.ok(scheduler.change(word, status.sent, status.prevented));
    else assert.ok(worker.change(word));
    if (how === "asked") assert.ok(scheduler.change(word, status.begun, status.asked));
    scheduler.giveBack(word);
    assert.equal(scheduler.take(), word);
    assert.equal(scheduler.read(word), status.sent);
    assert.equal(worker.change(word), true);
    scheduler.giveBack(word);
  }
  scheduler.close();
});

test("two processes that both want a task: exactly one has it", { timeout: 120_000 }, async () => {
  const words = 3_000;
  for (const seed of [1, 2, 3]) {
    const random = seeded(1_000 + seed);
    const scheduler = new SchedulerClaims();
    for (let word = 0; word < words; word++) assert.equal(scheduler.take(), word);
    const claimer = fileURLToPath(new URL("support/claimer.js", import.meta.url));
    const child = spawn(process.execPath, [claimer, dist.href, String(words), String(seed)], {
      stdio: ["ignore", "pipe", "inherit", scheduler.fd],
    });
    const answer = text(child.stdout!);
    const prevented = new Set<number>();
    for (let word = 0; word < words; word++) {
      meet(scheduler.fd, words, word, 1);
      for (let wait = random() * 400; wait > 0; wait--);
      if (scheduler.change(word, status.sent, status.prevented)) prevented.add(word);
    }
    const begun = new Set(JSON.parse(await answer) as number[]);
    scheduler.close();
    assert.ok(
      prevented.size > words / 100 && begun.size > words / 100,
      `${prevented.size} and ${begun.size}`,
    );
    for (let word = 0; word < words; word++) {
      assert.equal(prevented.has(word), !begun.has(word), `word ${word}, seed ${seed}`);
    }
  }
});
