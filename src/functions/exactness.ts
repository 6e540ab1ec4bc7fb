/**
 * Whether a source is what V8 runs, to the last character: what it says of variables holds only then (rule 7).
 *
 * @module
 */
import type * as Crypto from "node:crypto";
import { fileURLToPath } from "node:url";
import { fileSystem } from "../file-system.js";
import { framesOnStack } from "./inspector.js";
import type { Script } from "./scripts.js";
import { callSites, urlOf } from "./stack.js";

const asks = new WeakMap<Script, number>();
const hashes = new WeakMap<Script, ReadonlySet<string>>();

/**
 * Whether the script's source is certainly what V8 runs: by the length that V8 reports, where the file wasn't
 * touched since the program started, else by V8's hash of the script. It tells that only of scripts on the stack,
 * where the module mostly is that makes a function and has it captured.
 */
export function isExact(script: Script): boolean {
  const { source, length, url } = script;
  if (script.exact || source === undefined) return script.exact;
  if (length !== undefined && !possibleSources(source, url).some((each) => each.length === length))
    return false;
  // on every power of two of the asks, so that a script that is never on the stack costs little
  const asked = (asks.get(script) ?? 0) + 1;
  asks.set(script, asked);
  if ((asked & (asked - 1)) !== 0) return false;
  script.exact = (length !== undefined && isOlderThanProgram(url)) || isOnStack(script);
  return script.exact;
}

function isOlderThanProgram(url: string): boolean {
  try {
    const { mtimeMs, ctimeMs } = fileSystem().statSync(new URL(url));
    return Math.max(mtimeMs, ctimeMs) < performance.timeOrigin;
  } catch {
    // it was removed meanwhile
    return false;
  }
}

/** Whether V8's hash of this very script, told by a call of it on the stack, is that of the source. */
function isOnStack(script: Script): boolean {
  const sites = callSites();
  const isOwn = (site: NodeJS.CallSite): boolean => urlOf(site.getFileName() ?? "") === script.url;
  return (
    !keepsStacks() && sites.some((site) => isOwn(site) && hasHash(script, site)) && isOneOf(script, sites)
  );
}

/** Two scripts may have one URL: a place on the stack tells only where all calls at it have one id and the hash. */
function isOneOf(script: Script, sites: readonly NodeJS.CallSite[]): boolean {
  const frames = framesOnStack();
  return frames.some(({ scriptId, lineNumber, columnNumber }) => {
    if (scriptId !== script.id) return false;
    const others = frames.filter(
      (frame) => frame.lineNumber === lineNumber && frame.columnNumber === columnNumber,
    );
    const there = sites.filter(
      (site) => site.getLineNumber() === lineNumber + 1 && site.getColumnNumber() === columnNumber + 1,
    );
    return (
      others.every((frame) => frame.scriptId === script.id) &&
      there.length > 0 &&
      there.every((site) => hasHash(script, site))
    );
  });
}

const hasHash = (script: Script, site: NodeJS.CallSite): boolean =>
  hashesOf(script)?.has(site.getScriptHash()) ?? false;

/** SHA-256 of what V8 may run of this source; undefined in a Node without OpenSSL. */
function hashesOf(script: Script): ReadonlySet<string> | undefined {
  let known = hashes.get(script);
  const crypto = process.getBuiltinModule("node:crypto") as typeof Crypto | undefined;
  if (!known && crypto) {
    const hash = (text: string): string => crypto.createHash("sha256").update(text).digest("hex");
    known = new Set(possibleSources(script.source ?? "", script.url).map(hash));
    hashes.set(script, known);
  }
  return known;
}

/** Node appends a comment with the file's name to source whose types it stripped. */
function possibleSources(source: string, url: string): string[] {
  if (!/^file:.*\.[mc]?ts(\?|$)/.test(url)) return [source];
  return [source, ...[url, fileURLToPath(url)].map((name) => `${source}\n\n//# sourceURL=${name}`)];
}

/** With this flag V8 keeps the stacks of what is thrown, and the session that asks for frames would end that. */
const keepsStacks = (): boolean =>
  [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].some((each) => each.includes("--trace-uncaught"));
