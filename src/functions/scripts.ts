/**
 * From V8's script id to the script's URL. `Profiler.getBestEffortCoverage` names the scripts and their
 * lengths; it enables nothing and leaves coverage data as they are, where the inspector's Debugger domain slows
 * every `await` of the process while it is on and a little for ever after (rule 1). It always lists ES modules,
 * and other scripts where V8 keeps counts of one of their functions.
 *
 * @module
 */
import { analyser } from "./analyser.js";
import type { ModuleFacts } from "./analysis/module-facts.js";
import { BoundedCache } from "./bounded-cache.js";
import { type FunctionLocation, post } from "./inspector.js";

/** Where a text starts in its script: offset, and line and column counted from 0. */
export interface TextPosition {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** A script that V8 runs. */
export class Script {
  /** Whether the source has been proved to be what V8 runs, down to its last character: ask `isExact`. */
  exact = false;
  source: string | undefined;
  #lineStarts: number[] | undefined;
  readonly #facts = new Map<boolean, ModuleFacts | undefined>();

  constructor(
    readonly id: string,
    /** `""` for a script without one, as of `new Function`, or of which nothing is known. */
    public url: string,
    /** Length in UTF-16 units, where known. */
    readonly length: number | undefined,
  ) {}

  /** Imports, exports and bindings; undefined where the source is unknown or can't be parsed. */
  facts(isModule: boolean): ModuleFacts | undefined {
    if (this.source === undefined) return undefined;
    if (!this.#facts.has(isModule)) {
      let facts: ModuleFacts | undefined;
      try {
        facts = analyser().analyseModule(this.source, isModule);
      } catch (error) {
        // syntax newer than acorn: nothing is known of this module, and everything of it travels by value
        if (!(error instanceof SyntaxError)) throw error;
      }
      this.#facts.set(isModule, facts);
    }
    return this.#facts.get(isModule);
  }

  /** Where a function's text starts: V8 gives the place of its parameter list, which lies within the text. */
  find(text: string, { lineNumber, columnNumber }: FunctionLocation): TextPosition | undefined {
    if (this.source === undefined) return undefined;
    this.#lineStarts ??= startsOfLines(this.source);
    const starts = this.#lineStarts;
    const lineStart = starts[lineNumber];
    if (lineStart === undefined) return undefined;
    const parameters = lineStart + columnNumber;
    const offset = this.source.lastIndexOf(text, parameters);
    if (offset < 0 || offset + text.length <= parameters) return undefined;
    let line = lineNumber;
    while (line > 0 && starts[line]! > offset) line--;
    return { offset, line, column: offset - starts[line]! };
  }
}

const scripts = new BoundedCache<string, Script>(5_000);
const listed = new Map<string, { readonly url: string; readonly length: number | undefined }>();

/** The script of an id. Its source is not loaded yet. */
export function scriptOf(id: string): Script {
  let script = scripts.get(id);
  if (!script) {
    if (!listed.has(id)) listScripts();
    const entry = listed.get(id);
    script = new Script(id, entry?.url ?? "", entry?.length);
    scripts.set(id, script);
  }
  return script;
}

/** Notes the URL of a script that was not listed. */
export function nameScript(id: string, url: string): void {
  const script = scripts.get(id);
  if (script) script.url ||= url;
  else if (!listed.has(id)) listed.set(id, { url, length: undefined });
}

interface CoverageEntry {
  readonly scriptId: string;
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number }[];
  }[];
}

/** What was listed once stays known: V8 drops scripts from its list whose code it flushed. */
function listScripts(): void {
  const { result } = post("Profiler.getBestEffortCoverage") as { result: CoverageEntry[] };
  for (const { scriptId, url, functions } of result) {
    const whole = functions.find(
      ({ functionName, ranges }) => functionName === "" && ranges[0]?.startOffset === 0,
    );
    listed.set(scriptId, { url, length: whole?.ranges[0]?.endOffset ?? listed.get(scriptId)?.length });
  }
}

/** The scripts that were asked for so far. */
export const knownScripts = (): Iterable<Script> => scripts.values();

function startsOfLines(source: string): number[] {
  const starts = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
