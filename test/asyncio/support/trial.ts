import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type ManualClock, manualClock } from "ungil/testing";
import { turn, type Watched, watch } from "./watch.js";

/** How a wait is limited: by nothing, by a signal, or by a time in ms. */
export type Limit = "none" | "signal" | number;

export const limit: fc.Arbitrary<Limit> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Limit>("none") },
  { weight: 2, arbitrary: fc.constant<Limit>("signal") },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 }) },
);

/** One step of a program. */
export interface Step<Op extends string> {
  readonly op: Op;
  readonly pick: number;
  readonly limit: Limit;
}

/** Programs of such operations; one that is named more often comes more often. */
export function programs<Op extends string>(...ops: Op[]): fc.Arbitrary<Step<Op>[]> {
  const step = fc.record({ op: fc.constantFrom<Op>(...ops), pick: fc.nat(40), limit });
  return fc.array(step, { maxLength: 40 });
}

/**
 * A program that is run on a primitive, and on a model of it which says for each wait how it ends. Waits are numbers,
 * in the order of their calls.
 */
export class Trial {
  readonly clock: ManualClock = manualClock();
  readonly #waits: Watched<unknown>[] = [];
  readonly #expected: string[] = [];
  readonly #signals = new Map<number, AbortController>();
  readonly #deadlines = new Map<number, number>();

  /** Begins a wait; it is expected to be pending. */
  begin(
    limit: Limit,
    call: (options: { timeout?: number; signal?: AbortSignal }) => PromiseLike<unknown>,
  ): number {
    const id = this.#waits.length;
    let options = {};
    if (limit === "signal") {
      const abort = new AbortController();
      this.#signals.set(id, abort);
      options = { signal: abort.signal };
    } else if (limit !== "none") {
      this.#deadlines.set(id, this.clock.now() + limit);
      options = { timeout: limit };
    }
    this.#waits.push(watch(call(options)));
    this.#expected.push("pending");
    return id;
  }

  /** The model says how a wait ends. */
  ends(id: number, how: string): void {
    assert.equal(this.#expected[id], "pending", `the model ends wait ${id} twice`);
    this.#expected[id] = how;
  }

  /** Those of a line whose time is up leave it. @returns them, in the order of their times. */
  late(line: number[]): number[] {
    const timeOf = (id: number): number => this.#deadlines.get(id) ?? Number.POSITIVE_INFINITY;
    const late = line.filter((id) => timeOf(id) <= this.clock.now());
    for (const id of late) line.splice(line.indexOf(id), 1);
    return late.toSorted((one, other) => timeOf(one) - timeOf(other));
  }

  /** Lets time pass; those of the lines whose time is up are late. */
  async advance(ms: number, ...lines: number[][]): Promise<void> {
    await this.clock.advance(ms);
    for (const line of lines) for (const id of this.late(line)) this.ends(id, "TimeoutError");
  }

  /** One of the waits that have a signal is cancelled. @returns it; undefined where there is none. */
  cancel(pick: number, ...lines: number[][]): number | undefined {
    const ids = [...this.#signals.keys()];
    const id = ids[pick % ids.length];
    if (id === undefined) return undefined;
    this.#signals.get(id)!.abort();
    for (const line of lines) {
      if (!line.includes(id)) continue;
      line.splice(line.indexOf(id), 1);
      this.ends(id, "CancelledError");
    }
    return id;
  }

  isCancelled(id: number): boolean {
    return this.#signals.get(id)?.signal.aborted === true;
  }

  /** What a wait that was granted something got. */
  valueOf(id: number): unknown {
    return this.#waits[id]!.value;
  }

  /** Every wait is as the model says. */
  async check(): Promise<void> {
    await turn();
    assert.deepEqual(this.#waits.map(describe), this.#expected);
  }
}

function describe({ state, value, error }: Watched<unknown>): string {
  if (state === "pending") return "pending";
  if (state === "rejected") return (error as Error).name;
  return typeof value === "number" ? `got ${value}` : "got it";
}
