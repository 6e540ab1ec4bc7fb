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
    (_, url: string, line: string, column: string) =>
      originalPosition(url, Number(line), Number(column)) ?? `${url}:${line}:${column}`,
  );
}

/**
 * Where a position of transformed source stands in the original, as `file:line:column`; `undefined` for source
 * that was not transformed.
 * @param line - counted from 1, as is `column`.
 */
export function originalPosition(url: string, line: number, column: number): string | undefined {
  const entry = findSourceMap(url)?.findEntry(line - 1, column - 1);
  if (!entry || !("originalSource" in entry)) return undefined;
  const original = new URL(entry.originalSource, url);
  const file = original.protocol === "file:" ? fileURLToPath(original) : original.href;
  return `${file}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}
