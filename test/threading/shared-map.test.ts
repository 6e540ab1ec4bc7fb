import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  InvalidArgumentError,
  InvalidStateError,
  MapFullError,
  ProcessPoolExecutor,
  SerializationError,
  ThreadPoolExecutor,
} from "ungil";
import { attach, type MapValue, SharedMap, type SharedMapOptions } from "ungil/threading";
import { mapAlgorithmsIn } from "./explore/map-modules.js";
import { builtFolder } from "./explore/modules.js";
import { checkMemory } from "./support/map-memory.js";
import { equal, MapModel } from "./support/map-model.js";

const limit = { timeout: 60_000 };
const algorithms = await mapAlgorithmsIn(builtFolder);

/** That its memory is whole. */
function checkWhole(map: SharedMap<never, never>): void {
  const { memory, details } = map.handle as unknown as {
    memory: SharedArrayBuffer;
    details: { entries: number; bytes: number; shards: number; evicts: boolean };
  };
  const shape = algorithms.shapeFor(details.entries, details.bytes);
  for (let i = 0; i < details.shards; i++)
    checkMemory(algorithms, new Int32Array(memory, 4 * i * shape.words, shape.words), shape, details.evicts);
}
const whole = (map: object): void => checkWhole(map as SharedMap<never, never>);

test("SharedMap: what a Map does, with numbers, strings and bytes", limit, () => {
  const map = new SharedMap({ entries: 10 });
  assert.equal(
    map
      .set("one", 1)
      .set(2, "two")
      .set("bytes", new Uint8Array([1, 2])),
    map,
  );
  assert.equal(map.size, 3);
  assert.equal(map.get("one"), 1);
  assert.equal(map.get(2), "two");
  assert.equal(map.get("2"), undefined, "a string is no number");
  assert.deepEqual(map.get("bytes"), new Uint8Array([1, 2]));
  assert.ok(map.has("one") && !map.has("none"));
  assert.equal(map.delete("one"), true);
  assert.equal(map.delete("one"), false);
  assert.deepEqual(new Set(map.keys()), new Set([2, "bytes"]));
  assert.equal([...map.values()].length, 2);
  assert.deepEqual(new Map(map), new Map(map.entries()));
  map.clear();
  assert.deepEqual([map.size, [...map]], [0, []]);
  map.set(-0, -0).set(Number.NaN, Number.NaN);
  assert.ok(Object.is(map.get(0), -0));
  assert.ok(Number.isNaN(map.get(Number.NaN)));
  assert.ok(
    Object.is(
      [...map.keys()].find((key) => key === 0),
      0,
    ),
  );
  map.set("", "");
  assert.equal(map.get(""), "");
  whole(map);
});

test("SharedMap: what is read and written is a copy", limit, () => {
  const map = new SharedMap<string, Uint8Array>({ entries: 2 });
  const bytes = Buffer.from("abc");
  map.set("k", bytes);
  bytes[0] = 0;
  const read = map.get("k")!;
  assert.deepEqual(read, new Uint8Array([97, 98, 99]));
  read[0] = 0;
  assert.equal(map.get("k")![0], 97);
  map.update("k", (seen) => {
    seen![1] = 0;
    return seen!;
  });
  assert.deepEqual(map.get("k"), new Uint8Array([97, 0, 99]));
});

test("SharedMap: operations of several steps", limit, () => {
  const map = new SharedMap<string, number | string>({ entries: 10 });
  assert.equal(map.add("n", 2), 0);
  assert.equal(map.add("n", 0.5), 2);
  assert.equal(map.setIfAbsent("n", 7), false);
  assert.equal(map.setIfAbsent("m", 7), true);
  assert.equal(map.compareExchange("n", 2, 3), 2.5);
  assert.equal(map.compareExchange("n", 2.5, "x"), 2.5);
  assert.equal(map.compareExchange("n", "x", undefined), "x");
  assert.equal(map.has("n"), false);
  assert.equal(map.compareExchange("n", 1, 2), undefined);
  assert.equal(map.compareExchange("n", undefined, 2), undefined);
  assert.equal(map.get("n"), 2);
  assert.equal(map.compareExchange("n", undefined, 3), 2);
  assert.equal(
    map.getOrSet("n", () => assert.fail()),
    2,
  );
  assert.equal(
    map.getOrSet("o", () => "made"),
    "made",
  );
  assert.equal(map.get("o"), "made");
  assert.equal(
    map.update("o", (value) => `${value}!`),
    "made!",
  );
  assert.equal(
    map.update("p", (value) => (value === undefined ? 1 : 2)),
    1,
  );
  assert.equal(
    map.update("p", () => undefined),
    undefined,
  );
  assert.equal(map.has("p"), false);
  map.set("text", "x");
  assert.throws(() => map.add("text", 1), InvalidStateError);
  assert.throws(() => map.update("n", () => assert.fail("thrown")), /thrown/);
  assert.equal(map.get("n"), 2);
  const bytes = new SharedMap<number, Uint8Array>({ entries: 1 });
  const [one, two] = [new Uint8Array([1]), new Uint8Array([2])];
  bytes.set(1, one);
  assert.equal(bytes.compareExchange(1, two, two)![0], 1);
  const same = new Uint8Array([1]);
  assert.equal(bytes.compareExchange(1, same, two), same);
  assert.equal(bytes.get(1)![0], 2);
  whole(map);
});

test("SharedMap: a function of update sees what others have set meanwhile", limit, () => {
  const map = new SharedMap<string, number>({ entries: 10 });
  const seen: (number | undefined)[] = [];
  const now = map.update("n", (value) => {
    seen.push(value);
    if (seen.length < 3) map.add("n", 10);
    return (value ?? 0) + 1;
  });
  assert.deepEqual([now, seen], [21, [undefined, 10, 20]]);
  assert.equal(
    map.getOrSet("m", () => {
      map.set("m", 5);
      return 6;
    }),
    5,
  );
});

test("SharedMap: all that was asked for fits, to the last byte and entry", limit, () => {
  const map = new SharedMap<string, string>({ entries: 100, bytes: 100 * 23 });
  for (let i = 0; i < 100; i++) map.set(String(i).padStart(3), "x".repeat(20));
  assert.deepEqual(map.stats(), { size: 100, bytes: 2_300, maxEntries: 100, maxBytes: 2_300, evicted: 0 });
  assert.throws(() => map.set("one more", ""), MapFullError);
  assert.throws(() => map.set("  1", "x".repeat(21)), { code: "ERR_UNGIL_MAP_FULL" });
  assert.throws(() => map.setIfAbsent("one more", ""), MapFullError);
  assert.throws(() => map.add("one more", 1 as never), MapFullError);
  // where there is no room for both, the old one makes room
  for (let i = 0; i < 100; i++) map.set(String(i).padStart(3), "y".repeat(20));
  assert.equal(map.get("  7"), "y".repeat(20));
  whole(map);
  map.delete("  7");
  map.set("  8", "z".repeat(43));
  assert.equal(map.stats().bytes, 2_300);
  whole(map);
  const single = new SharedMap<string, string>({ entries: 1, bytes: 5_000 });
  for (const letter of "abc") single.set("k", letter.repeat(4_999));
  assert.equal(single.get("k"), "c".repeat(4_999));
  const numbers = new SharedMap<number, number>({ entries: 1_000, bytes: 0 });
  for (let i = 0; i < 1_000; i++) numbers.set(i, i / 3);
  assert.equal(numbers.get(500), 500 / 3);
});

test("SharedMap: with lru, what was not used for longest makes room", limit, () => {
  const map = new SharedMap<string, string>({ entries: 3, bytes: 30, evict: "lru" });
  for (const key of ["a", "b", "c"]) map.set(key, "123456789");
  map.get("a");
  map.has("b");
  map.set("d", "4");
  assert.deepEqual(new Set(map.keys()), new Set(["a", "c", "d"]));
  map.set("a", "x".repeat(20));
  assert.deepEqual(new Set(map.keys()), new Set(["a", "d"]));
  map.set("e", "y".repeat(29));
  assert.deepEqual([...map.keys()], ["e"]);
  assert.equal(map.stats().evicted, 4);
  whole(map);
  const large = new SharedMap<string, string>({ entries: 5_000, evict: "lru" });
  for (let i = 0; i < 5_000; i++) large.set(String(i), "x".repeat(60));
  large.set("all", "x".repeat(5_000 * 64 - 3));
  assert.deepEqual([...large.keys()], ["all"]);
  whole(large);
});

test("SharedMap: a million entries of all lengths that come and go leave no room unused", limit, () => {
  const map = new SharedMap<number, string>({ entries: 64, bytes: 20_000 });
  let state = 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    return (state >>> 8) % below;
  };
  const texts = Array.from({ length: 300 }, (_, length) => "x".repeat(length));
  for (let i = 0; i < 1_000_000; i++) {
    const key = random(64);
    if (random(2) === 0) map.delete(key);
    else map.set(key, texts[random(300)]!);
  }
  whole(map);
  map.clear();
  whole(map);
  map.set(1, "y".repeat(20_000));
  assert.equal(map.get(1)!.length, 20_000);
});

const key = fc.oneof(
  fc.constantFrom("a", "b", "", "key of some length", "\ud800", "é"),
  fc.constantFrom(0, -0, 1.5, Number.NaN),
);
const value: fc.Arbitrary<MapValue> = fc.oneof(
  fc.double(),
  fc.string({ maxLength: 90, unit: "binary" }),
  fc.uint8Array({ maxLength: 150 }),
  fc.constantFrom<MapValue>("", "a", 1, new Uint8Array([97])),
);
const operation = fc.oneof(
  fc.record({ op: fc.constant("set" as const), key, value }),
  fc.record({ op: fc.constantFrom("get", "has", "delete", "entries", "clear"), key }),
  fc.record({ op: fc.constant("setIfAbsent" as const), key, value }),
  fc.record({ op: fc.constant("compareExchange" as const), key, value, other: value, hit: fc.boolean() }),
  fc.record({ op: fc.constant("add" as const), key, amount: fc.double() }),
);

for (const evict of ["none", "lru"] as const) {
  test(`SharedMap (evict: ${evict}) does what its model does, whatever the operations`, limit, () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 300 }),
        fc.array(operation, { maxLength: 60 }),
        (entries, bytes, operations) => {
          const map = new SharedMap({ entries, bytes, evict });
          const model = new MapModel(entries, bytes, evict === "lru");
          for (const step of operations) run(map, model, step);
          assert.equal(map.size, model.map.size);
          assert.equal(map.stats().bytes, model.bytes);
          const left = new Map(map);
          assert.equal(left.size, model.map.size);
          for (const [each, held] of model.map) assert.ok(equal(left.get(each), held));
          whole(map);
        },
      ),
      { numRuns: 400 },
    );
  });
}

type Step = typeof operation extends fc.Arbitrary<infer T> ? T : never;

function run(map: SharedMap, model: MapModel, step: Step): void {
  const { key: at } = step;
  /** That a change comes to the same. */
  const both = (change: () => unknown, next: MapValue): void => {
    const outcome = model.set(at, next);
    if (outcome === "done") change();
    else assert.throws(change, outcome === "full" ? MapFullError : InvalidArgumentError);
  };
  const there = model.map.get(at);
  const valid = new MapModel(1, map.stats().maxBytes, false).set(at, "") === "done";
  if (!valid) {
    assert.throws(() => map.get(at), InvalidArgumentError);
    return;
  }
  if ("amount" in step) {
    if (there !== undefined && typeof there !== "number")
      assert.throws(() => map.add(at, step.amount), InvalidStateError);
    else both(() => assert.ok(Object.is(map.add(at, step.amount), there ?? 0)), (there ?? 0) + step.amount);
  } else if ("other" in step) {
    const fits = (content: MapValue): boolean =>
      new MapModel(1, map.stats().maxBytes, false).set(at, content) === "done";
    const expected = step.hit ? there : step.value;
    if ((expected !== undefined && !fits(expected)) || !fits(step.other))
      assert.throws(() => map.compareExchange(at, expected, step.other), InvalidArgumentError);
    else if (equal(expected, there))
      both(() => assert.equal(map.compareExchange(at, expected, step.other), expected), step.other);
    else assert.ok(equal(map.compareExchange(at, expected, step.other), there));
  } else if (step.op === "set") both(() => map.set(at, step.value), step.value);
  else if ("value" in step) {
    if (there === undefined) both(() => assert.equal(map.setIfAbsent(at, step.value), true), step.value);
    else if (new MapModel(1, map.stats().maxBytes, false).set(at, step.value) === "invalid")
      assert.throws(() => map.setIfAbsent(at, step.value), InvalidArgumentError);
    else assert.equal(map.setIfAbsent(at, step.value), false);
  } else if (step.op === "get") assert.ok(equal(map.get(at), model.get(at)));
  else if (step.op === "has") assert.equal(map.has(at), there !== undefined);
  else if (step.op === "delete") assert.equal(map.delete(at), model.map.delete(at));
  else if (step.op === "entries") assert.equal([...map].length, model.map.size);
  else {
    map.clear();
    model.map.clear();
  }
}

test(
  "SharedMap: passed, captured and returned it is the same map; others get it by its handle",
  limit,
  async () => {
    const map = new SharedMap<string, number>({ entries: 100, shards: 4 });
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const seen = await pool.submit((given) => {
      given.add("n", 1);
      map.add("n", 1);
      return [given === map, given] as const;
    }, map);
    assert.deepEqual(seen, [true, map]);
    assert.equal(map.get("n"), 2);
    assert.equal(attach(map.handle), map);
    whole(map);
    await using processes = new ProcessPoolExecutor({ maxWorkers: 1 });
    await assert.rejects(async () => await processes.submit((given) => given.size, map), SerializationError);
  },
);

test("SharedMap: a map in parts holds all keys, and each part its share", limit, () => {
  const map = new SharedMap<number, number>({ entries: 800, shards: 8 });
  for (let i = 0; i < 400; i++) map.set(i, i);
  assert.equal(map.size, 400);
  assert.deepEqual(
    [...map.keys()].toSorted((a, b) => a - b),
    Array.from({ length: 400 }, (_, i) => i),
  );
  assert.throws(() => {
    for (let i = 400; i < 801; i++) map.set(i, i);
  }, MapFullError);
  assert.ok(map.size > 500);
  whole(map);
  map.clear();
  assert.equal(map.size, 0);
});

test("SharedMap: what is wrong is told, with its name, before anything is done", limit, () => {
  const refused = (argument: string) => (error: Error) => {
    assert.ok(error instanceof InvalidArgumentError, String(error));
    assert.equal(error.argument, argument);
    return true;
  };
  const make = (options: unknown) => new SharedMap(options as SharedMapOptions);
  assert.throws(() => make(undefined), refused("options"));
  assert.throws(() => make(7), refused("options"));
  assert.throws(() => make({}), refused("entries"));
  assert.throws(() => make({ entries: 0 }), refused("entries"));
  assert.throws(() => make({ entries: 2 ** 40 }), refused("entries"));
  assert.throws(() => make({ entries: 2 ** 26, bytes: 2 ** 31 - 1 }), refused("entries"));
  assert.throws(() => make({ entries: 1, bytes: -1 }), refused("bytes"));
  assert.throws(() => make({ entries: 1, bytes: 2 ** 40 }), refused("bytes"));
  assert.throws(() => make({ entries: 1, shards: 0 }), refused("shards"));
  assert.throws(() => make({ entries: 1, evict: "fifo" }), refused("evict"));
  assert.throws(() => make({ entries: 1, size: 3 }), refused("size"));
  const map = new SharedMap({ entries: 4, bytes: 10 }) as SharedMap<never, never>;
  const loose = map as unknown as SharedMap;
  for (const bad of [undefined, null, true, {}, 1n, Symbol("x")]) {
    assert.throws(() => map.get(bad as never), refused("key"));
    assert.throws(() => map.set("k" as never, bad as never), refused("value"));
  }
  assert.throws(() => loose.set("k".repeat(11), 1), refused("key"));
  assert.throws(() => loose.get("k".repeat(11)), refused("key"));
  assert.throws(() => loose.set("key", "12345678"), refused("value"));
  assert.throws(() => loose.set("key", new Uint8Array(8)), refused("value"));
  assert.throws(() => loose.compareExchange("key", true as never, 1), refused("expected"));
  assert.throws(() => loose.compareExchange("key", 1, true as never), refused("replacement"));
  assert.throws(() => loose.add("key", "1" as never), refused("amount"));
  assert.throws(() => loose.update("key", 1 as never), refused("fn"));
  assert.throws(() => loose.getOrSet("key", 1 as never), refused("fn"));
  assert.throws(() => loose.getOrSet("key", () => Promise.resolve(1) as never), refused("value"));
  assert.equal(map.size, 0);
});
