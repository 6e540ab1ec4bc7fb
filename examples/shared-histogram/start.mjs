// How often each byte comes in the files below a folder: four threads fill one histogram in memory that they share,
// and a record of what they have seen. Nothing is sent back and added up.
//
// Run it with `node examples/shared-histogram/start.mjs [folder]` after `npm run build`.
import { SharedArray, Thread } from "ungil/threading";
import { filesBelow, fill, Summary } from "./work.mjs";

const [folder = "src"] = process.argv.slice(2);
const files = filesBelow(folder);
const histogram = new SharedArray("uint32", 256);
const summary = new Summary();

const threads = Array.from(
  { length: 4 },
  () => new Thread({ target: fill, args: [files, histogram, summary] }),
);
for (const thread of threads) thread.start();
for (const thread of threads) await thread.join();

console.log(
  `${summary.bytes} bytes in ${summary.files} files, most of them (${summary.most}) in ${summary.largest}`,
);
const bytes = [...histogram.keys()].toSorted(
  (one, other) => histogram[other] - histogram[one] || one - other,
);
for (const byte of bytes.slice(0, 5))
  console.log(`${histogram[byte]}\t${JSON.stringify(String.fromCharCode(byte))}`);
