import { findSourceMap } from "node:module";
import { fileURLToPath } from "node:url";
import { transformedMark } from "./factory.js";

/**
 * Turns frames of a worker's stack that stand in transformed source, as tsx makes it, into those of the
 * original. Call it in the isolate that captured the function: only that one knows the source map. Other
 * frames stay as they are.
 */
export function mapStack(stack: string): string {
  if (!stack.includes(transformedMark)) return stack;
  return stack.replaceAll(
    /([^\s()]+)\?ungil-transformed:(\d+):(\d+)/g,
    (_, url: string, line: string, column: string) => {
      const entry = findSourceMap(url)?.findEntry(Number(line) - 1, Number(column) - 1);
      if (!entry || !("originalSource" in entry)) return `${url}:${line}:${column}`;
      const original = new URL(entry.originalSource, url);
      const file = original.protocol === "file:" ? fileURLToPath(original) : original.href;
      return `${file}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    },
  );
}
