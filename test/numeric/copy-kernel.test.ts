import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import type * as CopyModule from "../../dist/numeric/array/copy.js";
import type * as NumericModule from "../../dist/numeric/index.js";
import type { DType, NDArray } from "../../dist/numeric/index.js";
import type * as SeededModule from "../../dist/testing/seeded.js";

const root = path.resolve(import.meta.dirname, "../../..");
const { copySteps } = (await import(path.join(root, "dist/numeric/array/copy.js"))) as typeof CopyModule;
const { zeros } = (await import(path.join(root, "dist/numeric/index.js"))) as typeof NumericModule;

const { seeded } = (await import(path.join(root, "dist/testing/seeded.js"))) as typeof SeededModule;

const byItemSize: readonly DType[] = ["uint8", "int16", "float32", "float64"];

const layouts: readonly { readonly what: string; readonly view: (a: NDArray) => NDArray }[] = [
  { what: "as it is", view: (a) => a },
  { what: "transposed", view: (a) => a.T },
  { what: "backwards", view: (a) => a.flip() },
  { what: "every third column", view: (a) => a.slice("...", "1::3") },
  { what: "every second row, transposed", view: (a) => a.slice("::-2").T },
  { what: "rolled axes", view: (a) => a.transpose([a.ndim - 1, ...a.shape.keys()].slice(0, a.ndim)) },
  { what: "repeated", view: (a) => a.slice(0).broadcastTo(a.shape) },
];

function numbered(dtype: DType, shape: readonly number[]): NDArray {
  const a = zeros(shape, { dtype });
  const { typed } = a;
  for (let k = 0; k < typed.length; k++) typed[k] = (k * 7919) % 251;
  return a;
}

/** Runs a copy with the chunks of each job in a random order. */
function inChunks(source: NDArray, target: NDArray, chunks: number, random: () => number): void {
  for (const { heap, kernel, args } of copySteps(source, target)) {
    const address = heap.allocate(512);
    heap.numbers(address + 512).set(args, address / 8);
    const order = Array.from({ length: chunks }, (_, k) => [random(), k] as const).toSorted(
      ([a], [b]) => a - b,
    );
    for (const [, chunk] of order) heap.kernel(kernel)(address, chunk, chunks);
    heap.free(address);
  }
}

test("a copy is the same in 1 to 16 chunks, whatever their order and however both sides lie", () => {
  const random = seeded(5);
  for (const dtype of byItemSize) {
    for (const shape of [
      [1],
      [7],
      [5000],
      [3, 5],
      [65, 67],
      [200, 9],
      [9, 200],
      [40, 1, 130],
      [4, 33, 35],
      [2, 3, 5, 7],
    ]) {
      for (const { what, view } of layouts) {
        const source = view(numbered(dtype, shape));
        const expected = JSON.stringify(source.toArray());
        for (const chunks of [1, 2, 3, 7, 16]) {
          const target = zeros(source.shape, { dtype });
          inChunks(source, target, chunks, random);
          assert.equal(JSON.stringify(target.toArray()), expected, `${dtype} ${shape} ${what} in ${chunks}`);
          const back = zeros(source.shape.toReversed(), { dtype }).T.flip();
          inChunks(source, back, chunks, random);
          assert.equal(
            JSON.stringify(back.toArray()),
            expected,
            `${dtype} ${shape} ${what} to a view, in ${chunks}`,
          );
        }
      }
    }
  }
});

test("a copy of more axes than one job has room for is complete", () => {
  const axes = 24;
  // a length of 2 along axes that can't be put together: each second element of twice as many
  const source = numbered("uint8", [4, ...Array.from({ length: axes - 2 }, () => 1), 4]).slice(
    "::2",
    "...",
    "::2",
  );
  assert.equal(JSON.stringify(source.copy().toArray()), JSON.stringify(source.toArray()));
  const wide = zeros(
    Array.from({ length: 22 }, () => 2),
    { dtype: "uint8" },
  );
  const { typed } = wide;
  for (let k = 0; k < typed.length; k++) typed[k] = (k * 31) % 255;
  const order = Array.from({ length: 22 }, (_, k) => (k * 5) % 22);
  const copy = wide.transpose(order).copy();
  let differing = 0;
  for (let k = 0; k < typed.length; k += 1009) {
    const indices = Array.from({ length: 22 }, (_, axis) => (k >> (21 - axis)) & 1);
    if (copy.get(...order.map((axis) => indices[axis]!)) !== typed[k]) differing++;
  }
  assert.equal(differing, 0);
});

test("nothing beside the target is written", () => {
  const around = zeros([40, 70], { dtype: "uint8" });
  around.fill(255);
  const target = around.slice([3, 37], [5, 66]);
  inChunks(numbered("uint8", [34, 61]), target, 5, seeded(1));
  const inside = new Set<number>();
  for (let row = 3; row < 37; row++)
    for (let column = 5; column < 66; column++) inside.add(row * 70 + column);
  assert.ok(around.typed.every((value, k) => inside.has(k) || value === 255));
});
