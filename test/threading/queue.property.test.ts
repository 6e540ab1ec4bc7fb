import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { QueueEmptyError, QueueFullError, QueueShutDownError } from "ungil";
import { Queue } from "ungil/threading";

type Step =
  | { readonly kind: "put"; readonly item: unknown }
  | { readonly kind: "get" | "done" }
  | { readonly kind: "many"; readonly most: number }
  | { readonly kind: "shutdown"; readonly immediate: boolean };

const item = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string({ maxLength: 80 }),
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.record({ id: fc.nat(), name: fc.string({ maxLength: 10 }), ok: fc.boolean() }),
  fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(fc.nat(), fc.constant(null), fc.string())),
  fc.array(fc.oneof(fc.integer(), fc.string(), fc.constant(undefined)), { maxLength: 8 }),
  fc.uint8Array({ maxLength: 60 }),
  fc.date({ noInvalidDate: true }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("put" as const), item }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("get" as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("done" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("many" as const), most: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("shutdown" as const), immediate: fc.boolean() }) },
);

test("J1, J2, P7: whatever is called in whatever order, a queue does what a list would", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(step, { maxLength: 120 }), (maxsize, steps) => {
      const queue = new Queue<unknown>(maxsize, { maxBytes: 8_192 });
      let list: unknown[] = [];
      let unfinished = 0;
      let isShutDown = false;
      for (const each of steps) {
        switch (each.kind) {
          case "put":
            if (isShutDown) assert.throws(() => queue.putNowait(each.item), QueueShutDownError);
            else if (list.length === maxsize) assert.throws(() => queue.putNowait(each.item), QueueFullError);
            else {
              queue.putNowait(each.item);
              list.push(structuredClone(each.item));
              unfinished++;
            }
            break;
          case "get":
            if (list.length > 0) assert.deepStrictEqual(queue.getNowait(), list.shift());
            else assert.throws(() => queue.getNowait(), isShutDown ? QueueShutDownError : QueueEmptyError);
            break;
          case "many":
            if (list.length > 0)
              assert.deepStrictEqual(queue.getManySync(each.most), list.splice(0, each.most));
            break;
          case "done":
            if (unfinished === 0) assert.throws(() => queue.taskDone());
            else {
              queue.taskDone();
              unfinished--;
            }
            break;
          default:
            queue.shutdown({ immediate: each.immediate });
            isShutDown = true;
            if (each.immediate) {
              unfinished = Math.max(0, unfinished - list.length);
              list = [];
            }
        }
        assert.equal(queue.qsize(), list.length);
        assert.equal(queue.stats().unfinished, unfinished);
      }
    }),
    { numRuns: 300 },
  );
});
