import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SerializationError } from "ungil";
import { Queue } from "ungil/threading";

/** Objects whose keys come up again take another way than the first ones. */
const often = 4;

/** What comes out when an object was put in again and again. */
function carried(queue: Queue<unknown>, item: unknown): unknown[] {
  return Array.from({ length: often }, () => {
    queue.putNowait(item);
    return queue.getNowait();
  });
}

const flat = fc.record({
  id: fc.oneof(fc.integer(), fc.double(), fc.constant(-0)),
  name: fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.nat(300).map((n) => "é".repeat(n)),
    fc.nat(9_000).map((n) => "€x".repeat(n)),
  ),
  more: fc.oneof(
    fc.constantFrom(true, false, null, undefined),
    fc.bigInt(),
    fc.array(fc.nat(), { maxLength: 3 }),
    fc.record({ id: fc.nat(), name: fc.string() }),
    fc.date({ noInvalidDate: true }),
  ),
});

test("objects of the same keys arrive as they were, whatever their values are", () => {
  const queue = new Queue<unknown>(4);
  fc.assert(
    fc.property(flat, (item) => {
      for (const each of carried(queue, item)) {
        assert.deepStrictEqual(each, structuredClone(item));
        assert.deepStrictEqual(Object.keys(each as object), Object.keys(item));
      }
    }),
    { numRuns: 300 },
  );
});

test("objects of several kinds in turn keep their keys apart", () => {
  const queue = new Queue<unknown>(8);
  const kinds = [{ id: 1, name: "a" }, { name: "a", id: 1 }, { id: 1 }, { id: 1, name: "a", ok: true }, {}];
  for (let round = 0; round < often; round++) {
    for (const kind of kinds) queue.putNowait(kind);
    for (const kind of kinds) {
      const item = queue.getNowait() as object;
      assert.deepStrictEqual(Object.entries(item), Object.entries(kind));
    }
  }
});

test("objects of another kind arrive as they are after many of one", () => {
  const queue = new Queue<unknown>(8);
  const many = (): void => {
    for (let i = 0; i < 100; i++) {
      const item = { id: i, name: "many", ok: true };
      queue.putNowait(item);
      assert.deepEqual(queue.getNowait(), item);
    }
  };
  const others = [
    { id: 1, name: "fewer" },
    { id: 1, name: "more", ok: true, also: 1 },
    { name: "first", id: 1, ok: true },
    { id: 1, title: "another", ok: true },
    { id: 1, name: "deep", ok: { at: 1 } },
    {},
  ];
  for (const other of others) {
    many();
    for (let i = 0; i < 3; i++) {
      queue.putNowait(other);
      const item = queue.getNowait() as object;
      // the order of keys counts
      assert.deepStrictEqual(Object.entries(item), Object.entries(other));
    }
  }
  many();
});

test("a getter that puts something in, too, does not mix the two", () => {
  const queue = new Queue<unknown>(64);
  for (let i = 0; i < often; i++) queue.putNowait({ id: i, name: "before" });
  while (!queue.empty()) queue.getNowait();
  const item = {
    id: 1,
    get name() {
      for (const each of [{ id: 2, name: "inner" }, "a text that is longer than others", 0.5])
        queue.putNowait(each);
      return "outer";
    },
  };
  queue.putNowait(item);
  assert.deepEqual(queue.getManySync(64), [
    { id: 2, name: "inner" },
    "a text that is longer than others",
    0.5,
    { id: 1, name: "outer" },
  ]);
});

test("a getter that changes its object, or throws, has the effect that it has on a clone", () => {
  const queue = new Queue<unknown>(64);
  carried(queue, { id: 1, name: "a", ok: true });
  const changing = (): object => ({
    get id() {
      delete (this as { name?: string }).name;
      return 1;
    },
    name: "a",
    ok: true,
  });
  queue.putNowait(changing());
  assert.deepEqual(queue.getNowait(), structuredClone(changing()));
  const throwing = {
    id: 1,
    get name(): string {
      throw new RangeError("no name");
    },
    ok: true,
  };
  assert.throws(() => queue.putNowait(throwing), SerializationError);
  assert.ok(queue.empty());
  // nothing is left of the one that was refused
  assert.deepEqual(carried(queue, { id: 2, name: "b", ok: false })[0], { id: 2, name: "b", ok: false });
});

test("what all objects were given stays where it is, and a proxy is refused", () => {
  const queue = new Queue<unknown>(8);
  carried(queue, { id: 1, name: "a" });
  Reflect.defineProperty(Object.prototype, "name", {
    value: "everybody's",
    enumerable: true,
    configurable: true,
    writable: true,
  });
  try {
    for (const each of carried(queue, { id: 1 })) assert.deepEqual(Object.keys(each as object), ["id"]);
  } finally {
    Reflect.deleteProperty(Object.prototype, "name");
  }
  assert.throws(() => queue.putNowait(new Proxy({ id: 1, name: "a" }, {})), SerializationError);
  assert.deepEqual(carried(queue, { id: 1, name: "a" })[0], { id: 1, name: "a" });
});
