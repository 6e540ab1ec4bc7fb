import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { SharedStruct } from "ungil/threading";

/** What all threads have seen together. Each thread that loads this module has the same class. */
export const Summary = SharedStruct.define({
  next: "uint32",
  files: "uint32",
  bytes: "biguint64",
  most: "uint32",
  largest: "string:1000",
});

/** The names of all files below a folder. */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

/** What each thread does: it takes the next file until there is none. */
export function fill(files, histogram, summary) {
  for (;;) {
    const file = files[summary.atomic.add("next", 1)];
    if (file === undefined) return;
    const content = readFileSync(file);
    for (const byte of content) Atomics.add(histogram, byte, 1);
    summary.atomic.add("files", 1);
    summary.atomic.add("bytes", BigInt(content.length));
    // two fields that belong together: one thread at a time
    const guard = summary.lock.acquireSync();
    if (content.length > summary.most || (content.length === summary.most && file < summary.largest)) {
      summary.most = content.length;
      summary.largest = file;
    }
    guard.release();
  }
}
