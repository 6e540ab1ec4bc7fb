/** What the threads of the pipeline do. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { brotliCompressSync } from "node:zlib";
import { currentThread } from "ungil/threading";

/** Reads all Markdown files below a folder, as fast as the next stage takes them, and ends the queue. */
export async function read(folder, texts) {
  for await (const file of markdownBelow(folder)) {
    const text = await readFile(file, "utf8");
    if (text !== "") await texts.put({ file, text }); // waits while the queue is full
  }
  texts.shutdown();
}

/** Compresses texts until there are no more. */
export async function compress(texts, sizes) {
  for await (const { file, text } of texts) {
    const compressed = brotliCompressSync(text).length;
    await sizes.put({ file, size: Buffer.byteLength(text), compressed, by: currentThread().name });
  }
}

async function* markdownBelow(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "node_modules") yield* markdownBelow(file);
    else if (entry.name.endsWith(".md")) yield file;
  }
}
