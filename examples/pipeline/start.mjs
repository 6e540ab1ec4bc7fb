// A pipeline of threads: one reads the Markdown files below a folder, as many as there are cores compress them, and
// this one lists those that shrink most. The queues between them are bounded, so that whoever is quicker waits, and
// there are never more than a few texts in memory at a time, however large the folder is.
//
// Run it with `node examples/pipeline/start.mjs [folder]` after `npm run build`.
import { availableParallelism } from "node:os";
import { Queue, Thread } from "ungil/threading";
import { compress, read } from "./work.mjs";

const [folder = "."] = process.argv.slice(2);
const texts = new Queue(8, { maxBytes: 16 * 1024 * 1024 });
const sizes = new Queue(64);

const reader = new Thread({ target: read, args: [folder, texts], name: "reader" });
const compressors = Array.from(
  { length: availableParallelism() },
  (_, i) => new Thread({ target: compress, args: [texts, sizes], name: `compressor ${i + 1}` }),
);
for (const thread of [reader, ...compressors]) thread.start();

// the last stage ends when all of the one before have
const ended = Promise.all(compressors.map((thread) => thread.join())).then(() => sizes.shutdown());

const files = [];
for await (const file of sizes) files.push(file);
await Promise.all([ended, reader.join()]);

files.sort((one, other) => one.compressed / one.size - other.compressed / other.size);
for (const { file, size, compressed } of files.slice(0, 10))
  console.log(`${((100 * compressed) / size).toFixed(0).padStart(3)} %  ${size} bytes  ${file}`);
console.log(`${files.length} files, compressed by ${new Set(files.map(({ by }) => by)).size} threads`);
