import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { ThreadPoolExecutor } from "ungil";
import { until } from "ungil/testing";
import { Barrier, SharedMap } from "ungil/threading";
import { mapAlgorithmsIn } from "./explore/map-modules.js";
import { builtFolder } from "./explore/modules.js";
import { checkMemory } from "./support/map-memory.js";

const limit = { timeout: 120_000 };
const algorithms = await mapAlgorithmsIn(builtFolder);

interface Data {
  readonly memory: SharedArrayBuffer;
  readonly details: { entries: number; bytes: number; shards: number; evicts: boolean; seed: number };
}
const dataOf = (map: object): Data => (map as { handle: unknown }).handle as Data;

function checkWhole(map: object): void {
  const { memory, details } = dataOf(map);
  const shape = algorithms.shapeFor(details.entries, details.bytes);
  for (let i = 0; i < details.shards; i++)
    checkMemory(algorithms, new Int32Array(memory, 4 * i * shape.words, shape.words), shape, details.evicts);
}

for (const shards of [1, 4]) {
  test(`a million contended additions to four keys of a map in ${shards} are a million`, limit, async () => {
    const counts = new SharedMap<string, number>({ entries: 64, shards });
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const start = new Barrier(2);
    const go = (): void => {
      start.waitSync();
      for (let i = 0; i < 500_000; i++) counts.add(`key ${i % 4}`, 1);
    };
    await Promise.all([pool.submit(go), pool.submit(go)]);
    assert.deepEqual(
      [0, 1, 2, 3].map((i) => counts.get(`key ${i}`)),
      [250_000, 250_000, 250_000, 250_000],
    );
    checkWhole(counts);
  });
}

test(
  "threads that set, remove, evict and read at once see whole entries, and leave a whole map",
  limit,
  async () => {
    const map = new SharedMap<number, string>({ entries: 40, bytes: 6_000, evict: "lru" });
    const updated = new SharedMap<string, number>({ entries: 1 });
    await using pool = new ThreadPoolExecutor({ maxWorkers: 3 });
    const start = new Barrier(3);
    const go = (seed: number): number => {
      let state = seed;
      const random = (below: number): number => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
        return (state >>> 8) % below;
      };
      let seen = 0;
      start.waitSync();
      for (let i = 0; i < 30_000; i++) {
        const key = random(60);
        const what = random(10);
        if (what < 4) map.set(key, `${key}:${String.fromCharCode(97 + random(26)).repeat(random(300))}`);
        else if (what < 5) map.delete(key);
        else if (what < 6) updated.update("n", (now) => (now ?? 0) + 1);
        else {
          const value = map.get(key);
          if (value === undefined) continue;
          seen++;
          const [of, letters] = value.split(":");
          if (Number(of) !== key || (letters !== letters?.[0]?.repeat(letters.length) && letters !== ""))
            throw new Error(`${key} had ${value}`);
        }
        if (i % 5_000 === 0)
          for (const [each, value] of map) if (!value.startsWith(`${each}:`)) throw new Error(value);
        if (i % 10_000 === 9_999) map.clear();
      }
      return seen;
    };
    const seen = await Promise.all([1, 2, 3].map((seed) => pool.submit(go, seed)));
    assert.ok(seen.every((times) => times > 100));
    checkWhole(map);
    const total = updated.get("n")!;
    assert.ok(total > 5_000);
    checkWhole(updated);
  },
);

/** Does one operation, and stays for ever at one of its steps. */
const doomedText = `
  const { workerData: { data, folder, gate, operation, step }, parentPort } = require("node:worker_threads");
  (async () => {
    const load = (file) => import(new URL(file, folder).href);
    const { environmentOf } = await load("threading/sync/this-thread.js");
    const { Content } = await load("threading/shared/content.js");
    const { hashOf, setKey } = await load("threading/shared/map/key.js");
    const { shapeFor } = await load("threading/shared/map/layout.js");
    const { MapTable } = await load("threading/shared/map/table.js");
    const environment = environmentOf(data.threads);
    let steps = 0;
    const atomics = { ...environment.atomics };
    for (const name of ["poke", "pokeRun", "store", "compareExchange", "exchange"]) {
      const real = atomics[name];
      atomics[name] = (...args) => {
        if (steps++ === step) {
          Atomics.store(gate, 0, 1);
          Atomics.notify(gate, 0);
          Atomics.wait(gate, 1, 0);
        }
        return real(...args);
      };
    }
    const { entries, bytes, evicts, seed } = data.details;
    const shape = shapeFor(entries, bytes);
    const table = new MapTable(new Int32Array(data.memory, 0, shape.words), { ...environment, atomics }, shape, evicts);
    const key = new Content();
    setKey(key, operation.key, bytes);
    const hash = hashOf(key, seed);
    const value = new Content();
    if (operation.value !== undefined) value.set("value", operation.value, bytes, "");
    if (operation.kind === "add") table.add(key, hash, 1, value);
    else table.change(key, hash, operation.kind === "delete" ? undefined : value, "always");
    Atomics.store(gate, 0, 2);
    Atomics.notify(gate, 0);
  })();`;

const text = (letter: string): string => letter.repeat(80);
const operations = [
  { kind: "set", key: "new", value: text("n"), before: undefined, after: text("n") },
  { kind: "set", key: "old", value: text("b"), before: text("a"), after: text("b") },
  { kind: "delete", key: "old", value: undefined, before: text("a"), after: undefined },
  { kind: "add", key: "number", value: undefined, before: 0.7, after: 1.7 },
] as const;

for (const operation of operations) {
  test(
    `a thread is killed at a step of ${operation.kind} "${operation.key}": it is done or not`,
    limit,
    async () => {
      let state = 0;
      // every eleventh step: all are explored elsewhere, this is for real threads
      for (let step = 0; state !== 2; step += 11) {
        const map = new SharedMap<string, string | number>({ entries: 4, bytes: 500, evict: "lru" });
        map.set("other", 1).set("old", text("a")).set("number", 0.7);
        const gate = new Int32Array(new SharedArrayBuffer(8));
        const workerData = { data: dataOf(map), folder: builtFolder.href, gate, operation, step };
        const worker = new Worker(doomedText, { eval: true, workerData });
        const failed = new Promise((_, reject) => {
          worker.once("error", reject);
        });
        const arrived = until(() => Atomics.load(gate, 0) !== 0, "it has come to the step");
        await Promise.race([failed, arrived]);
        state = Atomics.load(gate, 0);
        await worker.terminate();
        const seen = map.get(operation.key);
        assert.ok(
          seen === operation.before || seen === operation.after,
          `${seen} is left after step ${step}`,
        );
        if (state === 2) assert.equal(seen, operation.after);
        assert.equal(map.get("other"), 1);
        checkWhole(map);
        map.set("after", text("z"));
        assert.equal(map.get("after"), text("z"));
        checkWhole(map);
        assert.ok(step < 1_000);
      }
    },
  );
}

test(
  "who waits for a thread that is killed inside goes on, also if it blocks its event loop",
  limit,
  async () => {
    const map = new SharedMap<string, string>({ entries: 4, bytes: 500 });
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const operation = operations[0];
    const workerData = { data: dataOf(map), folder: builtFolder.href, gate, operation, step: 20 };
    const worker = new Worker(doomedText, { eval: true, workerData });
    await until(() => Atomics.load(gate, 0) === 1, "it is inside");
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const waiting = pool.submit(() => map.get("new") ?? "nothing");
    const words = new Int32Array(dataOf(map).memory);
    const { guardWord, wantedBit } = algorithms.sync;
    await until(() => (Atomics.load(words, guardWord) & wantedBit) !== 0, "another waits for it");
    await worker.terminate();
    assert.equal(await waiting, "nothing");
    checkWhole(map);
  },
);
