// Finds the centres of clouds of points on all cores (k-means, by Lloyd's algorithm). The points, the centres and the
// numbers of the clouds are arrays in memory that all threads share: each task gets a block of points, looks for the
// nearest centre of each, and answers with sums that are small.
// Run it with `node examples/numeric/k-means.mjs` after `npm run build`.
import { pathToFileURL } from "node:url";
import { ThreadPoolExecutor } from "ungil";
import { blocks, empty } from "ungil/numeric";

/** Points around some centres, in a plane; the same ones each time. */
export function clouds(centres, pointsOfEach) {
  const points = empty([centres.length * pointsOfEach, 2]);
  let state = 1;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  for (let i = 0; i < points.shape[0]; i++) {
    const [x, y] = centres[i % centres.length];
    points.typed[2 * i] = x + random() + random() - 1;
    points.typed[2 * i + 1] = y + random() + random() - 1;
  }
  return points;
}

/** Writes the number of the nearest centre of each point; answers the sum of the points of each, and how many. */
function assign(points, labels, centres) {
  const count = centres.shape[0];
  const [at, places, to] = [points.typed, centres.typed, labels.typed];
  const sums = new Float64Array(3 * count);
  for (let i = 0; i < to.length; i++) {
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < count; k++) {
      const distance = (at[2 * i] - places[2 * k]) ** 2 + (at[2 * i + 1] - places[2 * k + 1]) ** 2;
      if (distance < least) [nearest, least] = [k, distance];
    }
    to[i] = nearest;
    sums[3 * nearest] += at[2 * i];
    sums[3 * nearest + 1] += at[2 * i + 1];
    sums[3 * nearest + 2]++;
  }
  return sums;
}

/** The centres of so many clouds, and the number of the cloud of each point. */
export async function kMeans(pool, points, count, rounds = 20) {
  const centres = empty([count, 2]);
  centres.typed.set(points.typed.subarray(0, 2 * count));
  const labels = empty([points.shape[0]], { dtype: "uint8" });
  const size = 10_000;
  const numbers = blocks(labels, size);
  const parts = blocks(points, size).map((part, k) => ({ part, numbers: numbers[k] }));
  for (let round = 0; round < rounds; round++) {
    const all = await pool.map((item) => assign(item.part, item.numbers, centres), parts);
    for (let k = 0; k < count; k++) {
      const total = (place) => all.reduce((sum, sums) => sum + sums[3 * k + place], 0);
      if (total(2) > 0) centres.typed.set([total(0) / total(2), total(1) / total(2)], 2 * k);
    }
  }
  return { centres, labels };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const pool = new ThreadPoolExecutor();
  const points = clouds(
    [
      [0, 0],
      [5, 0],
      [0, 5],
      [5, 5],
    ],
    25_000,
  );
  const { centres } = await kMeans(pool, points, 4);
  console.log(centres.toString());
  await pool.shutdown();
}
