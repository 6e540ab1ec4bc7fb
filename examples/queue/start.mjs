// The most frequent words in the Markdown files below a folder: one process finds the files, as many as there are
// cores count words, and this one adds up. The queue between them holds ten names, so that the one that finds is never
// far ahead of those that count.
//
// Run it with `node examples/queue/start.mjs [folder]` after `npm run build`.
import { cpuCount, Process, Queue } from "ungil/multiprocessing";
import { count, find } from "./work.mjs";

const [folder = "."] = process.argv.slice(2);
const files = new Queue(10);
const results = new Queue();

const finder = new Process({ target: find, args: [folder, files] });
const counters = Array.from(
  { length: cpuCount() },
  () => new Process({ target: count, args: [files, results] }),
);
for (const each of [finder, ...counters]) each.start();

const total = new Map();
for (const _ of counters) {
  const { pid, read, counts } = await results.get();
  console.log(`process ${pid} has read ${read} files`);
  for (const [word, times] of counts) total.set(word, (total.get(word) ?? 0) + times);
}
for (const each of [finder, ...counters]) await each.join();

const [...words] = total;
words.sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
for (const [word, times] of words.slice(0, 10)) console.log(`${times}\t${word}`);
