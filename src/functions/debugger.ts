/**
 * The last resort for what only the inspector's Debugger domain knows: the source of scripts that a loader
 * transformed (rule 1).
 *
 * @module
 */
import { listen, post, unlisten } from "./inspector.js";
import { nameScript, type Script, scriptOf } from "./scripts.js";

interface ParsedScript {
  readonly scriptId: string;
  readonly url: string;
}

/** Turning the domain off discards what a coverage tool has collected: there it stays on. */
const staysOn = Boolean(
  process.env["NODE_V8_COVERAGE"] || process.env["VITEST"] || process.env["JEST_WORKER_ID"],
);

let parsed = new Map<string, ParsedScript>();
let isOn = false;
let cycles = 0;

/** How often the Debugger domain was turned on: for tests and benchmarks. */
export const debuggerCycleCount = (): number => cycles;

const onParsed = (message: object): void => {
  const { params } = message as { params: ParsedScript };
  parsed.set(params.scriptId, params);
};

/** Loads the source of a script, and of all others that a loader is likely to have transformed. */
export function loadFromV8(wanted: Script): void {
  if (!isOn) turnOn();
  try {
    for (const { scriptId, url } of parsed.values()) {
      nameScript(scriptId, url);
      if (scriptId !== wanted.id && !isLikelyTransformed(url)) continue;
      const script = scriptId === wanted.id ? wanted : scriptOf(scriptId);
      if (script.source !== undefined || script.url.startsWith("node:")) continue;
      script.source = (
        post("Debugger.getScriptSource", { scriptId }) as { scriptSource: string }
      ).scriptSource;
      script.exact = true;
    }
  } finally {
    if (!staysOn) turnOff();
  }
}

function turnOn(): void {
  cycles++;
  listen("Debugger.scriptParsed", onParsed);
  isOn = true;
  // every script that was parsed so far is announced before this returns
  post("Debugger.enable", { maxScriptsCacheSize: 0 });
}

function turnOff(): void {
  post("Debugger.disable");
  unlisten("Debugger.scriptParsed", onParsed);
  isOn = false;
  parsed = new Map();
}

/** One cycle mostly suffices for a program in TypeScript. */
const isLikelyTransformed = (url: string): boolean =>
  /^file:.*\.([mc]?ts|[jt]sx)(\?|$)/.test(url) && !url.includes("/node_modules/");
