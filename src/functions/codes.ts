/**
 * Code records: made once for a text at a place, so that a worker gets and compiles each once.
 *
 * @module
 */
import { findSourceMap } from "node:module";
import type { TextAnalysis } from "./analysis/text.js";
import { BoundedCache } from "./bounded-cache.js";
import type { Definition } from "./definition.js";
import { nextId } from "./ids.js";
import type { CodeRecord } from "./payload.js";

const records = new BoundedCache<string, Map<string, CodeRecord>>(2_000);
const placesPerText = 64;

/** The record of a function's text. The same text at the same place has the same record. */
export function codeRecord(
  text: string,
  analysis: TextAnalysis,
  strict: boolean,
  place: Definition | undefined,
): CodeRecord {
  const url = place?.script.url ?? "";
  const line = place?.position?.line ?? place?.description.location.lineNumber ?? 0;
  const column = place?.position?.column ?? place?.description.location.columnNumber ?? 0;
  let places = records.get(text);
  if (!places || places.size >= placesPerText) {
    places = new Map();
    records.set(text, places);
  }
  const key = `${strict}:${line}:${column}:${url}`;
  let record = places.get(key);
  if (!record) {
    const { form, isClass, replacedKey, heritage } = analysis;
    record = {
      id: nextId(),
      text,
      form,
      isClass,
      strict,
      assigned: [...analysis.free.values()].filter(({ assigned }) => assigned).map(({ name }) => name),
      metaSpans: analysis.outer.importMeta,
      keySpans: analysis.computedMembers.map(({ key: span }) => span),
      url,
      transformed: hasSourceMap(url),
      line,
      column,
      ...(analysis.key === undefined ? {} : { key: analysis.key }),
      ...(replacedKey ? { replacedKey } : {}),
      ...(heritage ? { heritage } : {}),
    };
    places.set(key, record);
  }
  return record;
}

/** Whether Node knows a source map for a file here: it does so while source maps are enabled. */
function hasSourceMap(url: string): boolean {
  return url.startsWith("file:") && findSourceMap(url) !== undefined;
}
