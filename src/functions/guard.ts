/**
 * The guard against fork bombs: a module that a worker imports for a task must not start a pool while it is
 * being evaluated, or each worker of that pool would do the same (rule 3).
 *
 * @module
 */
import { BrokenExecutorError } from "../errors.js";
import { analyser } from "./analyser.js";
import { moduleThatLoads } from "./loading.js";
import { readFile } from "./sources.js";

/**
 * Refuses to go on where a worker is just now importing a module for a task and that module's own evaluation
 * calls this. A task that runs meanwhile in the same worker is not concerned: its stack shows no module loader.
 *
 * @throws BrokenExecutorError with the module's name and the remedy.
 */
export function assertNotReviving(): void {
  const module = moduleThatLoads();
  if (module === undefined || !isEvaluatingModule()) return;
  throw new BrokenExecutorError(
    `a worker was importing ${module} to run a task, and that module, or one that it imports, started an executor, a process or a thread while it was being evaluated. ` +
      "Move the task's function to a module without side effects, or start it in a function that only the main thread calls (isMainThread of node:worker_threads)",
  );
}

/**
 * Whether a module's top-level code is on the stack. Node's loaders call it, and nothing else does; after an
 * `await` at the top level nobody calls it, but then its frame has no function name and stands in no function.
 */
function isEvaluatingModule(): boolean {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 200;
  try {
    const stack = new Error("where").stack ?? "";
    if (stack.includes("node:internal/modules/")) return true;
    const anonymousFrames = stack.matchAll(/^ +at (?:async )?(file:[^\s()]+):(\d+):(\d+)$/gm);
    return [...anonymousFrames].some(([, url = "", line, column]) =>
      isTopLevelCode(url, Number(line) - 1, Number(column) - 1),
    );
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** For source that can't be read or parsed, such as TypeScript, nothing is claimed. */
function isTopLevelCode(url: string, line: number, column: number): boolean {
  const source = readFile(url);
  if (source === undefined) return false;
  const start = source.split("\n").slice(0, line).join("\n").length;
  try {
    return !analyser()
      .analyseModule(source, true)
      .surroundingsAt(start + column + (line > 0 ? 1 : 0)).inFunction;
  } catch {
    return false;
  }
}
