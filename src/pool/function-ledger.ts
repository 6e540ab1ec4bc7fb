import type { CodeRecord, ShippedFunction } from "../functions/index.js";
import type { ToWorker, WireFunction } from "./protocol.js";

/** Most functions, and code records, that a worker keeps; the oldest go first. */
const kept = 2000;

type Announcement = Pick<Extract<ToWorker, { kind: "learn" }>, "functions" | "codes">;

/** What one worker has been sent of functions, so that each is sent once. */
export class FunctionLedger {
  readonly #functions = new Set<number>();
  readonly #codes = new Set<number>();
  #newFunctions: Announcement["functions"][number][] = [];
  #newCodes: CodeRecord[] = [];

  /** How a task refers to its function; what the worker lacks is noted for the message. */
  refer(shipped: ShippedFunction): WireFunction {
    if (shipped.stable && this.#functions.has(shipped.id)) return { id: shipped.id };
    for (const code of shipped.codes) {
      if (this.#codes.has(code.id)) continue;
      this.#codes.add(code.id);
      this.#newCodes.push(code);
    }
    if (!shipped.stable) return { graph: shipped.graph, codes: [] };
    this.#functions.add(shipped.id);
    this.#newFunctions.push({ id: shipped.id, graph: shipped.graph });
    return { id: shipped.id };
  }

  /** What the worker lacks, for the message that is about to go. */
  takeNews(): Announcement | undefined {
    if (this.#newFunctions.length === 0 && this.#newCodes.length === 0) return undefined;
    const news = { functions: this.#newFunctions, codes: this.#newCodes };
    this.#newFunctions = [];
    this.#newCodes = [];
    return news;
  }

  /** The message with these news did not go. */
  untold(news: Announcement): void {
    for (const { id } of news.functions) this.#functions.delete(id);
    for (const { id } of news.codes) this.#codes.delete(id);
  }

  /** What the worker is to forget now, if there is too much of it. */
  takeOldest(): Extract<ToWorker, { kind: "forget" }> | undefined {
    if (this.#functions.size <= kept && this.#codes.size <= kept) return undefined;
    return { kind: "forget", functions: shrink(this.#functions), codes: shrink(this.#codes) };
  }
}

/** Takes the older half out of a set that has grown too large. */
function shrink(set: Set<number>): number[] {
  if (set.size <= kept) return [];
  const oldest = [...set].slice(0, set.size - kept / 2);
  for (const id of oldest) set.delete(id);
  return oldest;
}
