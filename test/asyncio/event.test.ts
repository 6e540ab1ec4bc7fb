import assert from "node:assert/strict";
import { test } from "node:test";
import { CancelledError, TimeoutError } from "ungil";
import { Event } from "ungil/asyncio";
import { manualClock } from "ungil/testing";
import { numbers, turn, watch } from "./support/watch.js";

test("P2 set wakes all who wait, and those who come later don't wait", async () => {
  const event = new Event();
  const waits = numbers(5).map(() => watch(event.wait()));
  await turn();
  assert.ok(waits.every(({ state }) => state === "pending"));
  assert.deepEqual(event.stats(), { isSet: false, waiting: 5, peakWaiting: 5 });
  event.set();
  event.set();
  await turn();
  assert.ok(waits.every(({ state }) => state === "fulfilled"));
  await event.wait({ timeout: 0 });
  assert.equal(event.isSet(), true);
});

test("P2 set and clear at once still wake those who waited, and nobody else", async () => {
  const event = new Event();
  const before = watch(event.wait());
  event.set();
  event.clear();
  const after = watch(event.wait());
  await turn();
  assert.deepEqual([before.state, after.state], ["fulfilled", "pending"]);
  assert.equal(event.isSet(), false);
  event.set();
  await turn();
  assert.equal(after.state, "fulfilled");
});

test("P2 a wait that ends early changes nothing for the others", async () => {
  const clock = manualClock();
  const event = new Event({ clock });
  const abort = new AbortController();
  const [cancelled, late, patient] = [
    watch(event.wait({ signal: abort.signal })),
    watch(event.wait({ timeout: 5 })),
    watch(event.wait({ timeout: 50 })),
  ];
  abort.abort("why");
  await clock.advance(5);
  assert.ok(cancelled.error instanceof CancelledError);
  assert.ok(late.error instanceof TimeoutError);
  await assert.rejects(event.wait({ timeout: 0 }), TimeoutError);
  event.set();
  await turn();
  assert.equal(patient.state, "fulfilled");
  assert.equal(clock.pending(), 0);
});
