/** What the processes do: one finds files, others count the words in them. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** Puts the names of all Markdown files below a folder into the queue, and ends it. */
export async function find(folder, files) {
  for await (const file of markdownBelow(folder)) await files.put(file); // waits while the queue is full
  await files.shutdown(); // the counters end when it is empty
}

/** Counts words until there are no files any more, and tells all of them at once. */
export async function count(files, results) {
  const counts = new Map();
  let read = 0;
  for await (const file of files) {
    const words = (await readFile(file, "utf8")).toLowerCase().match(/\p{L}{4,}/gu) ?? [];
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    read++;
  }
  await results.put({ pid: process.pid, read, counts });
}

async function* markdownBelow(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "node_modules") yield* markdownBelow(file);
    else if (entry.name.endsWith(".md")) yield file;
  }
}
