import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { ThreadPoolExecutor } from "ungil";
import { arange, blocks, empty, full, matmul, type NDArray, zeros } from "ungil/numeric";
import { Lock } from "ungil/threading";
import { root } from "../project/support/project.js";

const limit = { timeout: 60_000 };

const example = async <T>(name: string): Promise<T> =>
  (await import(pathToFileURL(path.join(root, `examples/numeric/${name}.mjs`)).href)) as T;

test("a map over blocks of an array works on it in place", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const a = arange(1000).reshape([100, 10]);
  const parts = blocks(a, 7);
  assert.deepEqual(
    parts.map(({ shape }) => shape[0]),
    [...Array.from({ length: 14 }, () => 7), 2],
  );
  assert.ok(parts.every((part) => part.block === a.block));
  await pool.map((rows: NDArray<"float64">) => {
    const { typed } = rows;
    for (let i = 0; i < typed.length; i++) typed[i]! *= 2;
  }, parts);
  assert.deepEqual(
    [...a.typed],
    Array.from({ length: 1000 }, (_, i) => i * 2),
  );
});

test("blocks are views of arrays of any strides, and of none where there is nothing", limit, () => {
  const a = arange(24).reshape([4, 6]);
  const columns = blocks(a.T, 4);
  assert.deepEqual(
    columns.map((part) => part.toArray()),
    [a.T.slice([0, 4]).toArray(), a.T.slice([4, 6]).toArray()],
  );
  assert.deepEqual(blocks(empty([0, 3]), 2), []);
  // disposing a block gives nothing up: it is a view
  columns[0]!.dispose();
  assert.equal(a.typed[5], 5);
  for (const size of [0, -1, 1.5])
    assert.throws(() => blocks(a, size), { code: "ERR_UNGIL_INVALID_ARGUMENT" });
  assert.throws(() => blocks([1] as unknown as NDArray, 1), { code: "ERR_UNGIL_INVALID_ARGUMENT" });
  assert.throws(() => blocks(a.at(0, 0), 1), { code: "ERR_UNGIL_INVALID_ARGUMENT" });
  const gone = zeros([4]);
  gone.dispose();
  assert.throws(() => blocks(gone, 1), { code: "ERR_UNGIL_INVALID_STATE" });
});

test("many tasks change an array under a lock, and no change is lost", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
  const lock = new Lock();
  const a = zeros([100]);
  const tasks = 40;
  const times = 50;
  await Promise.all(
    Array.from({ length: tasks }, (_, k) =>
      pool.submit((seed: number) => {
        const { typed } = a;
        for (let round = 0; round < times; round++) {
          using _held = lock.acquireSync();
          // moves one from an element to another, by reading and writing
          const [from, to] = [(seed * 31 + round * 7) % 100, (seed * 17 + round * 13 + 1) % 100];
          typed[from] = typed[from]! - 1;
          typed[to] = typed[to]! + 1;
          typed[0] = typed[0]! + 1;
        }
      }, k),
    ),
  );
  let total = 0;
  for (const value of a.typed) total += value;
  assert.equal(total, tasks * times);
});

test("timers fire while a product is computed for the event loop", limit, async () => {
  // so long that the event loop has its turns even where it waits for a core
  const side = 1_500;
  const a = full([side, side], 1.5);
  const state = { running: true };
  const product = matmul(a, a).finally(() => {
    state.running = false;
  });
  let turns = 0;
  while (state.running) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (state.running) turns++;
  }
  const { typed } = await product;
  assert.ok(typed.every((value) => value === side * 2.25));
  assert.ok(turns >= 3, `${turns} timers fired meanwhile`);
});

interface ImageFilter {
  rings(height: number, width: number): NDArray<"uint8">;
  blur(pool: ThreadPoolExecutor, image: NDArray, radius?: number): Promise<NDArray<"uint8">>;
}

test("the example of an image filter blurs the image, on other threads as on this one", limit, async () => {
  const { rings, blur } = await example<ImageFilter>("image-filter");
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const image = rings(70, 50);
  const before = [...image.typed];
  const blurred = await blur(pool, image, 1);
  assert.deepEqual([...image.typed], before);
  const pixel = (x: number, y: number): number => image.typed[y * 50 + x]!;
  for (const [x, y] of [
    [1, 1],
    [25, 33],
    [48, 68],
    [10, 31],
    [10, 32],
  ] as const) {
    let sum = 0;
    for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) sum += pixel(x + dx, y + dy);
    assert.equal(blurred.typed[y * 50 + x], Math.floor(sum / 9));
  }
  assert.equal(blurred.typed[0], Math.floor((pixel(0, 0) + pixel(1, 0) + pixel(0, 1) + pixel(1, 1)) / 4));
});

interface KMeans {
  clouds(centres: readonly (readonly [number, number])[], pointsOfEach: number): NDArray<"float64">;
  kMeans(
    pool: ThreadPoolExecutor,
    points: NDArray,
    count: number,
    rounds?: number,
  ): Promise<{ centres: NDArray<"float64">; labels: NDArray<"uint8"> }>;
}

test("the example of k-means finds the centres of the clouds, and whose each point is", limit, async () => {
  const { clouds, kMeans } = await example<KMeans>("k-means");
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const centres = [
    [0, 0],
    [10, 0],
    [0, 10],
  ] as const;
  const points = clouds(centres, 8_000);
  const found = await kMeans(pool, points, 3, 5);
  for (const [k, [x, y]] of centres.entries()) {
    assert.ok(Math.abs(found.centres.at(k, 0).item() - x) < 0.1, found.centres.toString());
    assert.ok(Math.abs(found.centres.at(k, 1).item() - y) < 0.1, found.centres.toString());
  }
  assert.ok(found.labels.typed.every((label, i) => label === i % 3));
});

test("the examples run as programs", limit, () => {
  for (const [name, expected] of [
    ["image-filter", /^contrast before: 25\d, after: \d+$/],
    ["k-means", /^\[\[/],
  ] as const) {
    const file = path.join(root, `examples/numeric/${name}.mjs`);
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout.trim(), expected);
  }
});
