// Blurs an image on all cores. The image and the result are arrays in memory that all threads share: the tasks of
// `pool.map` get blocks of rows of the result and fill them in place, and nothing is copied.
// Run it with `node examples/numeric/image-filter.mjs` after `npm run build`.
import { pathToFileURL } from "node:url";
import { ThreadPoolExecutor } from "ungil";
import { blocks, empty } from "ungil/numeric";

/** A picture of rings. */
export function rings(height, width) {
  const image = empty([height, width], { dtype: "uint8" });
  const pixels = image.typed;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++)
      pixels[y * width + x] = 127.5 + 127.5 * Math.sin(Math.hypot(x - width / 2, y - height / 2) / 3);
  }
  return image;
}

/** Fills some rows of a result with the mean of each pixel and its neighbours; `first` is the first row's number. */
function blurRows(image, rows, first, radius) {
  const [height, width] = image.shape;
  const from = image.typed;
  const to = rows.typed;
  for (let y = 0; y < rows.shape[0]; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      let count = 0;
      for (let v = Math.max(0, first + y - radius); v <= Math.min(height - 1, first + y + radius); v++) {
        for (let u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++) {
          sum += from[v * width + u];
          count++;
        }
      }
      to[y * width + x] = sum / count;
    }
  }
}

/** A blurred copy of an image. */
export async function blur(pool, image, radius = 2) {
  const result = empty(image.shape, { dtype: "uint8" });
  const size = 32;
  const parts = blocks(result, size).map((rows, k) => ({ rows, first: k * size }));
  await pool.map(({ rows, first }) => blurRows(image, rows, first, radius), parts);
  return result;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const pool = new ThreadPoolExecutor();
  const image = rings(600, 800);
  const blurred = await blur(pool, image);
  const contrast = ({ typed }) =>
    Math.max(...typed.subarray(0, 100_000)) - Math.min(...typed.subarray(0, 100_000));
  console.log(`contrast before: ${contrast(image)}, after: ${contrast(blurred)}`);
  await pool.shutdown();
}
