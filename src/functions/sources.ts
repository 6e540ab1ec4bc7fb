/**
 * Source of scripts: from the file where the function's text stands there at its place, else from V8.
 *
 * @module
 */
import * as nodeModule from "node:module";
import { fileSystem } from "../file-system.js";
import { loadFromV8 } from "./debugger.js";
import type { FunctionLocation } from "./inspector.js";
import { withoutExperimentalWarning } from "./quiet.js";
import type { Script } from "./scripts.js";

/**
 * Loads the source of a script in which `text` stands at `location`: from the file, from the file with its
 * types stripped, and only where `required` from V8 itself.
 */
export function loadSource(
  script: Script,
  text: string,
  location: FunctionLocation,
  required: boolean,
): void {
  if (script.source !== undefined) return;
  if (script.url.startsWith("file:")) {
    for (const read of [readFile, readStripped]) {
      script.source = read(script.url);
      if (script.source !== undefined && script.find(text, location)) {
        return;
      }
    }
    script.source = undefined;
  }
  if (required) loadFromV8(script);
}

/** Text of a file without its byte order mark; undefined where it can't be read. */
export function readFile(url: string): string | undefined {
  try {
    return fileSystem()
      .readFileSync(new URL(url), "utf8")
      .replace(/^\uFEFF/, "");
  } catch {
    // no such file, or no permission: the source has to come from elsewhere
    return undefined;
  }
}

function readStripped(url: string): string | undefined {
  const strip = (nodeModule as { stripTypeScriptTypes?: (code: string) => string }).stripTypeScriptTypes;
  if (!strip || !/\.[mc]?ts(\?|$)/.test(url)) return undefined;
  const text = readFile(url);
  if (text === undefined) return undefined;
  try {
    return withoutExperimentalWarning("stripTypeScriptTypes", () => strip(text));
  } catch {
    // syntax that is not erasable: a loader has transformed it, so V8 has to be asked
    return undefined;
  }
}
