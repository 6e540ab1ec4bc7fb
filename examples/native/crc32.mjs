// The checksum of much memory, made outside of the isolate: a timer fires all the while. Four pieces are summed up at the
// same time, on other threads, and nothing is copied.
// Run it with `node examples/native/crc32.mjs` after `npm run build`, where koffi and zlib are installed.
import { LibraryLoadError, load, NativeExecutor } from "ungil/native";

const megabytes = 128;
const pieces = 4;

function zlib() {
  try {
    return load("z");
  } catch (error) {
    if (!(error instanceof LibraryLoadError)) throw error;
    console.log(`skipped: ${error.message}`);
    return undefined;
  }
}

const z = zlib();
if (z) {
  const crc32 = z.func("unsigned long crc32(unsigned long start, const uint8_t *bytes, unsigned int length)");
  const bytes = new Uint8Array(new SharedArrayBuffer(megabytes * 2 ** 20)).fill(7);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);

  const executor = new NativeExecutor({ maxWorkers: 2 });
  const size = bytes.length / pieces;
  const cut = Array.from({ length: pieces }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
  const sums = await Promise.all(cut.map((piece) => executor.submit(crc32, 0, piece, piece.length)));

  await executor.shutdown();
  clearInterval(timer);
  console.log(`checksums of ${pieces} × ${megabytes / pieces} MB: ${sums.join(" ")}`);
  console.log(`the timer fired meanwhile: ${ticks > 0}`);
}
