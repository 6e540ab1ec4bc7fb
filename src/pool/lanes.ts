import type { ChunkRequest } from "../futures/chunks.js";
import { discard } from "../wire/decode.js";
import type { WireCarried } from "./carried.js";

type AnyFunction = (...args: unknown[]) => unknown;

/** A chunk of a map, and the function that combines results. */
export interface LaneChunk {
  readonly request: ChunkRequest;
  readonly combine: AnyFunction | Promise<AnyFunction> | undefined;
}

/** Tasks that run one after the other, as they came in one frame or message. */
export class Lane {
  /** Whether it runs at once, beside the others. */
  readonly lent: boolean;
  /** Whether the arguments hold marks. */
  readonly marked: boolean;
  /** Next task to run. */
  at = 0;
  readonly words: number[] = [];
  readonly ids: number[] = [];
  readonly attempts: number[] = [];
  readonly functions: (AnyFunction | Promise<AnyFunction>)[] = [];
  readonly args: unknown[][] = [];
  /** Set for a chunk of a map, which is the only task of its lane. */
  readonly chunk: LaneChunk | undefined;
  /** What came with its only task. */
  readonly carried: WireCarried | undefined;

  constructor(lent: boolean, marked = false, chunk?: LaneChunk, carried?: WireCarried) {
    this.lent = lent;
    this.marked = marked;
    this.chunk = chunk;
    this.carried = carried;
  }

  /** Whether no task is left to start. */
  get done(): boolean {
    return this.at === this.words.length;
  }

  /** A task does not run here: what its arguments hold outside of themselves is given up. */
  discard(at: number): void {
    if (this.marked) discard(this.args[at]);
    const items = this.chunk?.request.items;
    if (items?.kind === "alone" && items.marked) discard(items.args);
  }

  /** Adds a task. */
  add(
    word: number,
    id: number,
    attempt: number,
    fn: AnyFunction | Promise<AnyFunction>,
    args: unknown[],
  ): void {
    this.words.push(word);
    this.ids.push(id);
    this.attempts.push(attempt);
    this.functions.push(fn);
    this.args.push(args);
  }
}

/** The lanes of a worker: so many run at the same time, the others wait in the order in which they came. */
export class Lanes {
  readonly #limit: number;
  #waiting: Lane[] = [];
  #nextWaiting = 0;
  /** Lanes that have begun and can go on. */
  readonly #goingOn: Lane[] = [];
  /** Lanes that have begun and not ended. */
  #begun = 0;

  /** @param limit - lanes that run at the same time, those that are lent not counted. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A lane came. */
  add(lane: Lane): void {
    if (lane.lent) {
      this.#begun++;
      this.#goingOn.push(lane);
    } else this.#waiting.push(lane);
  }

  /** The lane to go on with; undefined when none can. */
  next(): Lane | undefined {
    const goesOn = this.#goingOn.shift();
    if (goesOn) return goesOn;
    if (this.#begun >= this.#limit || this.#nextWaiting === this.#waiting.length) return undefined;
    const lane = this.#waiting[this.#nextWaiting++];
    if (this.#nextWaiting === this.#waiting.length) {
      this.#waiting = [];
      this.#nextWaiting = 0;
    }
    this.#begun++;
    return lane;
  }

  /** A lane that has begun can go on. */
  putBack(lane: Lane): void {
    this.#goingOn.push(lane);
  }

  /** A lane has ended. */
  end(): void {
    this.#begun--;
  }
}
