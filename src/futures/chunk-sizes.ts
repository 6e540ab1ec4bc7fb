/**
 * How many items travel together, and how many chunks are under way at once.
 *
 * Chunks are cut by time: small ones while nothing is known, then as many items as take `targetTime`, as
 * measured. Towards the end of an input of known length a chunk is a share of what is left, so that all
 * workers finish together: guided self-scheduling (C. D. Polychronopoulos, D. J. Kuck: Guided Self-Scheduling:
 * A Practical Scheduling Scheme for Parallel Supercomputers. IEEE Transactions on Computers C-36, 1987).
 *
 * What a function's items took in an earlier map is where the next one starts. Should they take longer this time,
 * a worker stops after {@link longestTime}, and what is left of its chunk is cut by what is known then.
 *
 * @module
 */

import type { ChunkInput } from "./chunk-input.js";
import type { ChunkRequest, ChunkRoute, ItemCost } from "./chunks.js";
import type { CheckedMapOptions } from "./map-options.js";

/** Aim for the running time of a chunk, in ms. */
const targetTime = 4;

/** The same while much is left, and nobody waits for single results: each chunk keeps this thread busy, too. */
const longTargetTime = 16;

/** A chunk ends early after so many ms: its items were expected to take less, and are cut anew. */
const longestTime = 50;

/** Shares of what is left are not made shorter than this, in ms: a message costs a tenth of it, or more. */
const leastTime = 0.4;

/**
 * A map is shared out evenly where chunks of so many ms are long enough for each lane to have one of them, or to have
 * them all in hand at once: waiting for an answer in order to send the next chunk, and each further message, cost
 * more then than an uneven end does.
 */
const evenTime = 1.25;

/** A chunk may take so many ms longer than expected until it is taken for an outlier. */
const outlierTime = 0.01;

/** Most items of a chunk, by where they are and how they travel. */
const mostItems = {
  /** In shared memory, as their results: nothing travels. */
  inPlace: 2 ** 20,
  /** In memory anyway. */
  array: 131_072,
  /** They are made as they are read. */
  iterator: 16_384,
} as const;

/** A chunk is at most so many times as long as the one before. */
const growth = 8;

/** Aim for the size of the packed items of a chunk, in bytes. */
const targetBytes = 2 ** 20;

/** Most bytes, as packed, that items and results of a window take, if it is larger than the least. */
const windowBytes = 2 ** 20;

/** Chunks that a lane has in hand: one that runs, and the next. */
const chunksPerLane = 2;

/** Most chunks under way for a lane, where each is much shorter than `targetTime`. */
const shortChunksPerLane = 64;

/** Taken for the time that an item costs beside the function, in ms, where a chunk holds only one. */
const messageTime = 0.02;

/** Least number of items read ahead where the caller does not say. */
const defaultWindow = 256;

export class ChunkSizes {
  readonly #lanes: () => number;
  readonly #chunksize: number | undefined;
  readonly #most: number;
  /** Items that may be read and not taken; undefined: as many as keep the workers busy. */
  readonly #buffersize: number | undefined;
  /** Items measured, and the ms they took; older ones count half as much with each answer. */
  #items = 0;
  #time = 0;
  #bytes = 0;
  #last: number;
  readonly #known: ItemCost;
  #target = targetTime;
  /** Items of each chunk, where the whole is shared out evenly; undefined before the first chunk. */
  #share: number | undefined;
  #estimated = 0;
  #underWay = 0;

  /** @param stay - whether neither items nor results travel. */
  constructor(
    { lanes, cost }: Pick<ChunkRoute, "lanes" | "cost">,
    options: Pick<CheckedMapOptions, "chunksize" | "givenBuffersize">,
    input: Pick<ChunkInput<unknown>, "array" | "isOfNumbers">,
    stay: boolean,
  ) {
    this.#lanes = lanes;
    this.#known = cost;
    this.#chunksize = options.chunksize === "auto" ? undefined : options.chunksize;
    this.#buffersize = options.givenBuffersize;
    this.#most = mostItems[input.array === undefined ? "iterator" : stay ? "inPlace" : "array"];
    this.#last = 1;
    // of others nobody knows how large they are this time
    if (cost.mean === undefined || !input.isOfNumbers) return;
    this.#items = 1;
    this.#time = cost.mean;
    this.#last = this.#most;
  }

  /** Whether as many chunks are under way as keep the workers busy. */
  get isFull(): boolean {
    // what is sent before anything is known would be too little
    const perLane = this.#items === 0 ? 1 : chunksPerLane;
    if (this.#underWay < perLane * this.#lanes()) return false;
    if (this.#items === 0) return true;
    if (this.#underWay >= shortChunksPerLane * this.#lanes()) return true;
    return this.#estimated >= chunksPerLane * this.#lanes() * targetTime;
  }

  /** Whether so many chunks are under way that what is to be run again may wait until some of them are done. */
  get isCrowded(): boolean {
    return this.#underWay >= 2 * this.#slots;
  }

  /** Whether a worker has nothing to do. */
  get isIdle(): boolean {
    return this.#underWay < this.#lanes();
  }

  /** Bytes that an item takes when it is packed, as far as is known. */
  get bytesPerItem(): number {
    return this.#bytes;
  }

  /**
   * Items that may be read and not taken.
   * @param weight - bytes that an item and its result take where they wait, packed.
   */
  window(weight: number): number {
    if (this.#buffersize !== undefined) return this.#buffersize;
    if (this.#chunksize !== undefined) return Math.max(defaultWindow, this.#slots * this.#chunksize);
    // one half waits for the other's results to come in order
    const wide = Math.min(2 * this.#slots * this.#wanted(), Math.floor(windowBytes / Math.max(weight, 1)));
    return Math.max(defaultWindow, wide);
  }

  /**
   * Items for the next chunk.
   * @param window - what {@link window} answered.
   * @param left - items that are left, where that is known.
   * @param together - whether the results are wanted all together.
   */
  next(window: number, left: number | undefined, together: boolean): number {
    if (this.#chunksize !== undefined) return Math.min(this.#chunksize, window);
    const share = together && left !== undefined ? (left * this.itemTime) / (2 * this.#slots) : 0;
    this.#target = Math.min(Math.max(targetTime, share), longTargetTime);
    const wanted = this.#wanted();
    if (left !== undefined) this.#share ??= this.#evenShare(left);
    if (this.#share) return Math.min(wanted, window, Math.max(this.#least(), this.#share));
    const size = Math.min(wanted, Math.max(1, Math.floor(window / this.#slots)));
    if (left === undefined) return size;
    return Math.min(size, Math.max(this.#least(), Math.ceil(left / this.#slots)));
  }

  /** Times of a chunk of so many items, for its request. */
  timesOf(count: number): Pick<ChunkRequest, "estimate" | "stopAfter"> {
    return {
      estimate: this.#items === 0 ? Number.POSITIVE_INFINITY : count * this.#cost,
      stopAfter: this.#chunksize === undefined ? longestTime : Number.POSITIVE_INFINITY,
    };
  }

  /** A chunk was sent. Answers its estimated time, for {@link left}. */
  sent(count: number, bytes: number): number {
    this.#last = Math.max(this.#last, count);
    if (bytes > 0) this.#bytes = Math.max(this.#bytes / 2, bytes / count);
    const estimate = this.#items === 0 ? targetTime : count * this.#cost + messageTime;
    this.#estimated += estimate;
    this.#underWay += 1;
    return estimate;
  }

  /** It is not under way any more. */
  left(estimate: number): void {
    this.#estimated -= estimate;
    this.#underWay -= 1;
  }

  /** Some items ran for so many ms. */
  measured(count: number, ran: number): void {
    if (count === 0) return;
    // one long item among many is no reason to believe that all became long
    const most = this.#items === 0 ? ran : count * this.#cost * growth + outlierTime;
    this.#items = this.#items / 2 + count;
    this.#time = this.#time / 2 + Math.min(ran, most);
    this.#known.mean = this.#cost;
  }

  /** ms an item takes, as far as is known. */
  get itemTime(): number {
    return this.#items === 0 ? 0 : this.#cost;
  }

  get #cost(): number {
    return this.#time / this.#items;
  }

  get #slots(): number {
    return chunksPerLane * this.#lanes();
  }

  /** Items of each chunk where the whole is shared out evenly; 0 where it is not. */
  #evenShare(left: number): number {
    if (this.#items === 0) return 0;
    for (const chunks of [this.#lanes(), this.#slots]) {
      const share = Math.ceil(left / chunks);
      if (share * this.#cost <= evenTime) return share;
    }
    return 0;
  }

  /** Items that are worth a message at the end of an input. */
  #least(): number {
    return this.#items === 0 ? 1 : Math.max(1, Math.floor(leastTime / Math.max(this.#cost, 1e-6)));
  }

  #wanted(): number {
    if (this.#items === 0) return 1;
    const byTime = this.#target / Math.max(this.#cost, 1e-6);
    const byBytes = this.#bytes > 0 ? targetBytes / this.#bytes : Number.POSITIVE_INFINITY;
    const most = Math.min(byTime, byBytes, this.#most, this.#last * growth);
    return Math.max(1, Math.floor(most));
  }
}
