import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { ManualTasks, turn } from "./support/manual-tasks.js";

const scenario = fc.record({
  items: fc.nat(40),
  failing: fc.uniqueArray(fc.nat(40), { maxLength: 4 }),
  buffersize: fc.integer({ min: 1, max: 12 }),
  ordered: fc.boolean(),
  errors: fc.constantFrom("throw" as const, "settle" as const),
  async: fc.boolean(),
  inputFails: fc.boolean(),
  queue: fc.option(fc.integer({ min: 1, max: 6 })),
  /** Results after which the consumer leaves. */
  leaveAfter: fc.option(fc.nat(45)),
  /** How the schedule goes: which unsettled task is next, how many steps the consumer and the tasks take. */
  schedule: fc.array(fc.nat(1_000), { minLength: 5, maxLength: 40 }),
});

test("map: whatever the order of completion, every item is run once, results keep the rules, nothing is left", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const { ordered, errors, buffersize, leaveAfter } = given;
      const tasks = new ManualTasks<number, number>();
      if (given.queue !== null) tasks.limit = given.queue;
      let read = 0;
      let ended = false;
      const sync = function* () {
        try {
          while (read < given.items) yield read++;
          if (given.inputFails) throw new Error("input");
        } finally {
          ended = true;
        }
      };
      const later = async function* () {
        yield* sync();
      };
      const stream = tasks.map(given.async ? later() : sync(), {
        ordered,
        buffersize,
        errors: errors as "throw",
      });

      const results: unknown[] = [];
      let error: unknown;
      let left = false;
      const consumed = (async () => {
        if (leaveAfter === 0) {
          left = true;
          await stream[Symbol.asyncIterator]().return?.(undefined);
          return;
        }
        for await (const result of stream) {
          results.push(result);
          if (results.length === leaveAfter) {
            left = true;
            break;
          }
        }
      })().catch((reason: unknown) => {
        error = reason;
      });
      const consumer = { over: false };
      void consumed.then(() => {
        consumer.over = true;
      });

      const settlements: number[] = [];
      for (let at = 0; !consumer.over; at += 1) {
        const choice = given.schedule[at % given.schedule.length]! + at;
        const { unsettled } = tasks;
        // unsettled tasks settle in any order, and sometimes several before the consumer has a turn
        const task = unsettled[choice % Math.max(unsettled.length, 1)];
        if (task) {
          if (choice % 2 === 0) task.start();
          settlements.push(task.index);
          if (given.failing.includes(task.index)) task.reject(new Error(`item ${task.index}`));
          else task.resolve(task.item * 10);
        }
        if (choice % 3 !== 0 || tasks.unsettled.length === 0) await turn();
        assert.ok(read - results.length <= buffersize, `${read} read, ${results.length} taken`);
        assert.ok(at < 10_000, "the stream ends");
      }

      // each item was submitted once, in order, with its index
      assert.deepEqual(
        tasks.tasks.map(({ item, index }) => [item, index]),
        tasks.tasks.map((_, at) => [at, at]),
      );
      // nothing is left behind
      await turn();
      assert.equal(tasks.unsettled.length, 0);
      assert.ok(ended || (read === 0 && left), "the input was closed or read to its end");
      tasks.unobserved.reportAll();
      assert.deepEqual(tasks.reports, []);

      // the results are those of the rules
      const failing = new Set(given.failing.filter((index) => index < given.items));
      const outcome = (index: number): unknown => {
        if (errors === "throw") return index * 10;
        return failing.has(index)
          ? { status: "rejected", reason: `item ${index}` }
          : { status: "fulfilled", value: index * 10 };
      };
      const seen = results.map((result) => {
        const settled = result as { status?: string; reason?: Error };
        return settled.status === "rejected"
          ? { status: "rejected", reason: settled.reason?.message }
          : result;
      });
      const order = ordered ? Array.from({ length: given.items }, (_, at) => at) : settlements;
      const upTo = errors === "throw" ? order.findIndex((index) => failing.has(index)) : -1;
      const expected = (upTo < 0 ? order : order.slice(0, upTo)).map(outcome);
      assert.deepEqual(seen, expected.slice(0, results.length));
      if (left) {
        assert.equal(error, undefined);
      } else {
        assert.equal(results.length, expected.length);
        const message = error instanceof Error ? error.message : undefined;
        if (upTo >= 0) assert.equal(message, `item ${order[upTo]}`);
        else assert.equal(message, given.inputFails ? "input" : undefined);
      }
    }),
    { numRuns: 400 },
  );
});
