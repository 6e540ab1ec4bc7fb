/**
 * The URL of a script that V8 did not list: mostly a module whose code ran once and was flushed. The capture is
 * synchronous, so that the defining module is nearly always on the stack; else an import of a known module or a
 * loaded CommonJS module is it. A file is taken only where the function's text stands there at its place.
 *
 * @module
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import * as util from "node:util";
import { loadFromV8 } from "./debugger.js";
import type { FunctionDescription, FunctionLocation } from "./inspector.js";
import { knownScripts, nameScript, Script } from "./scripts.js";
import { readFile } from "./sources.js";
import { callSites, urlOf } from "./stack.js";

/** For its cache, which is one for all modules: a CommonJS bundle has no `import.meta.url`. */
const requireHere = createRequire(process.execPath);
/** Reading more files than this takes longer than asking V8. */
const mostFilesRead = 1_000;

/** Finds the URL of a script that was not listed. Evaluated code and the like keep having none. */
export function identify(
  script: Script,
  text: string,
  { location, scopes }: FunctionDescription & { kind: "function" },
): void {
  if (script.url !== "" || script.length !== undefined) return;
  if (scopes.every(({ type }) => type === "Global")) return;
  if (scopes.some(({ variables }) => "primordials" in variables || "internalBinding" in variables)) {
    nameScript(script.id, "node:internal");
    return;
  }
  const onStack = stackUrls();
  if (script.url !== "") return;
  const inModule = scopes.some(({ type }) => type === "Module");
  for (const candidates of [onStack, inModule ? importedUrls() : commonJsUrls()]) {
    if (candidates.size > mostFilesRead) continue;
    const found = [...candidates].filter((url) => url.startsWith("file:") && holds(url, text, location));
    if (found.length === 1) return nameScript(script.id, found[0]!);
  }
  loadFromV8(script);
}

function holds(url: string, text: string, location: FunctionLocation): boolean {
  const candidate = new Script("", url, undefined);
  candidate.source = readFile(url);
  return candidate.find(text, location) !== undefined;
}

interface CallSite {
  readonly scriptId?: string;
  readonly scriptName: string;
}

/** Files of the calls that led here; where Node tells script ids (from 22 on), scripts are named at once. */
function stackUrls(): Set<string> {
  const { getCallSites } = util as { getCallSites?: (count: number) => CallSite[] };
  const names: string[] = [];
  if (getCallSites) {
    for (const { scriptId, scriptName } of getCallSites(50)) {
      names.push(scriptName);
      if (scriptId !== undefined && scriptName !== "") nameScript(scriptId, urlOf(scriptName));
    }
  } else {
    names.push(...callSites().map((site) => site.getFileName() ?? ""));
  }
  return new Set(names.filter(Boolean).map(urlOf));
}

function importedUrls(): Set<string> {
  const urls = new Set<string>();
  for (const script of knownScripts()) {
    if (!script.url.startsWith("file:")) continue;
    for (const { specifier } of script.facts(true)?.imports.values() ?? [])
      if (/^\.{0,2}\//.test(specifier)) urls.add(new URL(specifier, script.url).href);
  }
  return urls;
}

const commonJsUrls = (): Set<string> =>
  new Set(Object.keys(requireHere.cache).map((file) => pathToFileURL(file).href));
