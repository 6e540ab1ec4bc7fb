// `map` over many items, beside the plain loop over the same items in the same process.
import { plainPeers } from "../contenders.mjs";
import { median } from "../runner/statistics.mjs";
import { Unavailable } from "../runner/unavailable.mjs";
import { addOne, compute } from "../tasks.mjs";
import { runInWindows, timed, warmPool } from "./support.mjs";

/** Repetitions of a loop and of a map in turn; the median of each, in ms. */
async function inTurn(repeats, serial, mapped) {
  const times = { serial: [], mapped: [] };
  for (let i = 0; i < repeats; i++) {
    times.serial.push(await timed(serial));
    times.mapped.push(await timed(mapped));
  }
  return { serial: median(times.serial), mapped: median(times.mapped) };
}

/** Fails loudly where a map answers something else than the loop. */
function compareEnds(expected, results) {
  const last = expected.length - 1;
  if (results.length !== expected.length || results[0] !== expected[0] || results[last] !== expected[last])
    throw new Error("map answered something else than the loop");
}

/** Refuses a row whose `into` the executor does not know yet. */
async function needInto(executor) {
  try {
    const results = await executor.map(addOne, new Float64Array([1]), { into: Float64Array });
    if (results instanceof Float64Array) return;
  } catch {
    // told below
  }
  throw new Unavailable("map has no option `into`");
}

const metrics = {
  perSecond: { title: "items/s", better: "higher" },
  ofSerial: { title: "of the serial loop's rate", better: "higher" },
};

const metricsOf = (items, { serial, mapped }) => ({
  perSecond: (items * 1_000) / mapped,
  ofSerial: serial / mapped,
});

const trivialSizes = {
  full: { items: 1_000_000, repeats: 5, warmUp: 2_000 },
  quick: { items: 200_000, repeats: 3, warmUp: 500 },
};

/** Items of so many µs of work each. */
function itemsOfWork(microseconds, count) {
  return {
    name: `map-${microseconds}us`,
    title: `map over items of ${microseconds} µs of work`,
    warmUp: "one map over a tenth of the items",
    metrics,
    contenders: ["ungil"],
    sizes: { full: { items: count, repeats: 3 }, quick: { items: count / 5, repeats: 2 } },
    async measure({ createPool, size, work }) {
      const { executor } = await createPool();
      const items = new Array(size.items).fill(work(microseconds));
      const few = items.slice(0, items.length / 10);
      compareEnds(few.map(compute), await executor.map(compute, few));
      const times = await inTurn(
        size.repeats,
        () => items.map(compute),
        () => executor.map(compute, items),
      );
      return metricsOf(size.items, times);
    },
  };
}

export const rows = [
  {
    name: "map",
    title: "`map(x => x + 1)` over an array of 1,000,000 numbers, awaited",
    warmUp: "one map of the whole; peers: 2,000 tasks",
    note: "The serial loop is `array.map`. Peers have no map by chunks: they get one task an item, in windows of 10,000, and fewer items (their rate is given).",
    metrics,
    contenders: [
      "ungil",
      ...plainPeers.filter((name) => name !== "threads"),
      "serial-loop",
      "python-processes-tuned",
      "python-pool-1",
      "python-pool-default",
      "python-pool-tuned",
    ],
    sizes: {
      ...trivialSizes,
      ...Object.fromEntries(plainPeers.map((name) => [name, { items: 50_000 }])),
      "python-pool-1": { items: 100_000 },
    },
    floors: {
      async "serial-loop"({ size }) {
        const items = Array.from({ length: size.items }, (_, index) => index);
        items.map(addOne);
        return { perSecond: (size.items * 1_000) / (await timed(() => items.map(addOne))), ofSerial: 1 };
      },
    },
    async measure(context) {
      const { size, name, createPool } = context;
      if (name !== "ungil") {
        const pool = await warmPool(context);
        const windows = { tasks: size.items, window: 10_000 };
        const took = await timed(() => runInWindows(pool, windows, "addOne", (index) => index));
        return { perSecond: (size.items * 1_000) / took };
      }
      const { executor } = await createPool();
      const items = Array.from({ length: size.items }, (_, index) => index);
      compareEnds(items.map(addOne), await executor.map(addOne, items));
      const times = await inTurn(
        size.repeats,
        () => items.map(addOne),
        () => executor.map(addOne, items),
      );
      return metricsOf(size.items, times);
    },
  },
  {
    name: "map-shared",
    title: "the same array, results in shared memory: `{ into }` over a `SharedArrayBuffer`",
    warmUp: "one map of the whole",
    note: "Beside `array.map` over the plain array.",
    metrics,
    contenders: ["ungil"],
    sizes: trivialSizes,
    async measure({ createPool, size }) {
      const { executor } = await createPool();
      await needInto(executor);
      const items = Array.from({ length: size.items }, (_, index) => index);
      const into = new Float64Array(new SharedArrayBuffer(8 * size.items));
      compareEnds(items.map(addOne), await executor.map(addOne, items, { into }));
      const times = await inTurn(
        size.repeats,
        () => items.map(addOne),
        () => executor.map(addOne, items, { into }),
      );
      return metricsOf(size.items, times);
    },
  },
  {
    name: "map-in-place",
    title: "`map(x => x + 1)` over a `Float64Array` of 1,000,000 in shared memory, into itself",
    warmUp: "one map of the whole",
    note: "Beside a `for` loop over a `Float64Array`, in place as well.",
    metrics,
    contenders: ["ungil"],
    sizes: trivialSizes,
    async measure({ createPool, size }) {
      const { executor } = await createPool();
      await needInto(executor);
      // `map` of a typed array would answer one that is not shared
      const shared = new Float64Array(new SharedArrayBuffer(8 * size.items));
      for (let i = 0; i < shared.length; i++) shared[i] = i;
      const alone = Float64Array.from(shared);
      const loop = () => {
        for (let i = 0; i < alone.length; i++) alone[i] = addOne(alone[i]);
      };
      const map = () => executor.map(addOne, shared, { into: shared });
      loop();
      await map();
      compareEnds(alone, shared);
      return metricsOf(size.items, await inTurn(size.repeats, loop, map));
    },
  },
  itemsOfWork(1, 400_000),
  itemsOfWork(10, 40_000),
  itemsOfWork(100, 4_000),
];
