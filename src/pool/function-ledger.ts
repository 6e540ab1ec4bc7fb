import type { CodeRecord, ShippedFunction } from "../functions/index.js";
import type { ToWorker, WireFunction } from "./protocol.js";

/** Most functions, and code records, that a worker keeps; the oldest go first. */
const kept = 2000;

type Announcement = Pick<Extract<ToWorker, { kind: "learn" }>, "functions" | "codes">;

/** What one worker has been sent of functions, so that each is sent once. */
export class FunctionLedger {
  /** The numbers under which the worker keeps functions, by id: ids are unique over isolates and large. */
  readonly #functions = new Map<number, number>();
  #nextNumber = 1;
  readonly #codes = new Set<number>();
  #newFunctions: Announcement["functions"][number][] = [];
  #newCodes: CodeRecord[] = [];

  /** How a task refers to its function; what the worker lacks is noted for the message. */
  refer(shipped: ShippedFunction): WireFunction {
    if (shipped.stable) return { id: this.keep(shipped) };
    this.#noteCodes(shipped);
    return { graph: shipped.graph, codes: [] };
  }

  /** The number under which the worker keeps a function, even one that is captured anew for each submission. */
  keep(shipped: ShippedFunction): number {
    const known = this.#functions.get(shipped.id);
    if (known !== undefined) return known;
    this.#noteCodes(shipped);
    const id = this.#nextNumber++;
    this.#functions.set(shipped.id, id);
    this.#newFunctions.push({ id, graph: shipped.graph });
    return id;
  }

  #noteCodes(shipped: ShippedFunction): void {
    for (const code of shipped.codes) {
      if (this.#codes.has(code.id)) continue;
      this.#codes.add(code.id);
      this.#newCodes.push(code);
    }
  }

  /** Whether the worker lacks something that it was referred to. */
  get hasNews(): boolean {
    return this.#newFunctions.length > 0 || this.#newCodes.length > 0;
  }

  /** What the worker lacks, for the message that is about to go. */
  takeNews(): Announcement | undefined {
    if (!this.hasNews) return undefined;
    const news = { functions: this.#newFunctions, codes: this.#newCodes };
    this.#newFunctions = [];
    this.#newCodes = [];
    return news;
  }

  /** The message with these news did not go. */
  untold(news: Announcement): void {
    const untold = new Set(news.functions.map(({ id }) => id));
    for (const [id, number] of this.#functions) if (untold.has(number)) this.#functions.delete(id);
    for (const { id } of news.codes) this.#codes.delete(id);
  }

  /** What the worker is to forget now, if there is too much of it. */
  takeOldest(): Extract<ToWorker, { kind: "forget" }> | undefined {
    if (this.#functions.size <= kept && this.#codes.size <= kept) return undefined;
    const functions = oldest([...this.#functions.values()]);
    const forgotten = new Set(functions);
    for (const [id, number] of this.#functions) if (forgotten.has(number)) this.#functions.delete(id);
    const codes = oldest([...this.#codes]);
    for (const id of codes) this.#codes.delete(id);
    return { kind: "forget", functions, codes };
  }
}

/** The older half of what has become too much. */
function oldest(ids: readonly number[]): number[] {
  return ids.length <= kept ? [] : ids.slice(0, ids.length - kept / 2);
}
