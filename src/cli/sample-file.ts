/**
 * The samples of `ungil advise`: a JSON array, JSON lines, or what a module exports.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { loadExport } from "./task-module.js";
import { messageOf, UsageError } from "./usage-error.js";

const moduleFile = /\.([mc]?[jt]s|tsx)$/i;

/**
 * Reads the samples.
 * @param spec - a file, or `module#export`.
 * @throws UsageError in one line: no such file, not what it should be and where, fewer than two items.
 */
export async function loadSamples(spec: string): Promise<readonly unknown[]> {
  const isModule = /#[^/\\]+$/.test(spec) || moduleFile.test(spec);
  const samples = isModule ? await fromModule(spec) : parseSamples(spec, await readText(spec));
  if (samples.length < 2) {
    const count = samples.length === 0 ? "no item" : "one item only";
    throw new UsageError(
      `--sample ${spec} has ${count}: at least 2 are needed, to tell how they differ (where all are alike, give it twice)`,
    );
  }
  return samples;
}

async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new UsageError(`--sample ${file} does not exist`, { cause: error });
    if (code === "EISDIR") throw new UsageError(`--sample ${file} is a directory`, { cause: error });
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      throw new UsageError(`--sample ${file} is not valid UTF-8`, { cause: error });
    }
    throw new UsageError(`cannot read --sample ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** The items of a text: JSON lines by the name of the file, or where the first line is a value and not the last. */
function parseSamples(file: string, text: string): unknown[] {
  const extension = path.extname(file).toLowerCase();
  if (extension === ".ndjson" || extension === ".jsonl") return parseLines(file, text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `--sample ${file} is no JSON: ${messageOf(error)} (a file with a JSON value a line is named .ndjson or .jsonl)`,
      { cause: error },
    );
  }
  if (!Array.isArray(value)) {
    throw new UsageError(
      `--sample ${file} must hold a JSON array of items, got ${value === null ? "null" : typeof value}`,
    );
  }
  return value as unknown[];
}

function parseLines(file: string, text: string): unknown[] {
  const items: unknown[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      items.push(JSON.parse(line));
    } catch (error) {
      throw new UsageError(`--sample ${file} line ${at + 1} is no JSON: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
  return items;
}

async function fromModule(spec: string): Promise<readonly unknown[]> {
  let { value } = await loadExport(spec);
  if (typeof value === "function") {
    try {
      value = await (value as () => unknown)();
    } catch (error) {
      throw new UsageError(`--sample ${spec} throws: ${messageOf(error)}`, { cause: error });
    }
  }
  if (!Array.isArray(value)) {
    throw new UsageError(
      `--sample ${spec} must be an array of items, or a function that answers with one, got ${value === null ? "null" : typeof value}`,
    );
  }
  return value as unknown[];
}
