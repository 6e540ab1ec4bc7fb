import { checkInteger, checkOneOf, checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import { chunksFor } from "../crew/chunks.js";
import { runSync, type Steps } from "../crew/steps.js";
import type { DType } from "../dtype.js";
import { holding } from "../layout/forms.js";
import { Scratch } from "../layout/scratch.js";
import { suffixOf } from "../reductions/fold.js";
import {
  checkFinite,
  checkInterval,
  checkSize,
  type IntegerType,
  oneOrAll,
  type Size,
  tableIn,
} from "./arguments.js";
import { type Seed, SeedSequence } from "./seed.js";

/** Numbers of a block, as kernels/random/fast.ts has it. */
const blockElements = 8192;

/** Room for a chunk's states. */
const ownBytes = 128;

/** What is made, and how long a number takes in sums. */
interface Job {
  readonly kernel: string;
  readonly weight: number;
  readonly more?: readonly number[];
  readonly table?: "normal" | "exponential";
}

/**
 * Random numbers as fast as all cores make them: each block of 8,192 has a state of its own, made from the seed and the
 * block's number, so they are the same whatever the number of threads. Not for secrets.
 *
 * The numbers are xoshiro256++'s (D. Blackman and S. Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021).
 */
export class FastGenerator {
  readonly #seeds: SeedSequence;
  readonly #key: readonly [number, number];
  #blocks = 0;

  /** @internal */
  constructor(seeds: SeedSequence) {
    this.#seeds = seeds;
    const [key] = seeds.generate(1) as [bigint];
    this.#key = [Number(key >> 32n), Number(key & 0xffff_ffffn)];
  }

  #make(dtype: DType, size: readonly number[] | undefined, job: Job): Steps<number | NDArray> {
    const n = (size ?? []).reduce((product, length) => product * length, 1);
    const first = this.#blocks;
    this.#blocks += Math.ceil(n / blockElements);
    return this.#steps(dtype, size, n, first, job);
  }

  *#steps(
    dtype: DType,
    size: readonly number[] | undefined,
    n: number,
    first: number,
    { kernel, weight, more = [0, 0], table }: Job,
  ): Steps<number | NDArray> {
    const out = NDArray.allocate(dtype, size ?? []);
    const { heap } = out.block;
    const scratch = new Scratch(heap);
    try {
      const chunks = Math.max(1, Math.min(chunksFor(n, weight), Math.ceil(n / blockElements)));
      const own = scratch.take(chunks * ownBytes);
      const args = [...this.#key, first, out.address, n, own, ...more, table ? tableIn(heap, table) : 0];
      yield { heap, kernel, args, chunks };
      return oneOrAll(out, size);
    } finally {
      scratch.free();
    }
  }

  #random(size?: Size, options?: { dtype?: "float64" | "float32" }): Steps<number | NDArray> {
    checkOptionNames("options", options, ["dtype"]);
    const dtype = checkOneOf("dtype", options?.dtype ?? "float64", ["float64", "float32"]);
    return this.#make(dtype, checkSize(size), { kernel: `fast_random_${suffixOf(dtype)}`, weight: 3 });
  }

  /**
   * Numbers of 0 to 1, without 1.
   * @throws InvalidArgumentError
   */
  random(): Promise<number>;
  random<T extends "float64" | "float32" = "float64">(
    size: Size,
    options?: { readonly dtype?: T | undefined },
  ): Promise<NDArray<T>>;
  random(size?: Size, options?: { dtype?: "float64" | "float32" }): Promise<unknown> {
    return holding(this.#random(size, options), this);
  }
  /** {@link random}, with the result at once. */
  randomSync(): number;
  randomSync<T extends "float64" | "float32" = "float64">(
    size: Size,
    options?: { readonly dtype?: T | undefined },
  ): NDArray<T>;
  randomSync(size?: Size, options?: { dtype?: "float64" | "float32" }): unknown {
    return runSync(this.#random(size, options));
  }

  #integers(low: number, high?: number, size?: Size, options?: IntegerOptions): Steps<number | NDArray> {
    checkOptionNames("options", options, ["dtype", "endpoint"]);
    const { low: from, range, dtype } = checkInterval(low, high, options);
    const job = { kernel: `fast_integers_${suffixOf(dtype)}`, weight: 6, more: [from, range] };
    return this.#make(dtype, checkSize(size), job);
  }

  /**
   * Whole numbers of `low` to `high`, without `high`; of 0 to `low`, if `high` is undefined. All are as likely.
   * @throws InvalidArgumentError
   */
  integers(low: number, high?: number): Promise<number>;
  integers<T extends IntegerType = "int32">(
    low: number,
    high: number | undefined,
    size: Size,
    options?: IntegerOptions<T>,
  ): Promise<NDArray<T>>;
  integers(low: number, high?: number, size?: Size, options?: IntegerOptions): Promise<unknown> {
    return holding(this.#integers(low, high, size, options), this);
  }
  /** {@link integers}, with the result at once. */
  integersSync(low: number, high?: number): number;
  integersSync<T extends IntegerType = "int32">(
    low: number,
    high: number | undefined,
    size: Size,
    options?: IntegerOptions<T>,
  ): NDArray<T>;
  integersSync(low: number, high?: number, size?: Size, options?: IntegerOptions): unknown {
    return runSync(this.#integers(low, high, size, options));
  }

  #normal(mean = 0, deviation = 1, size?: Size): Steps<number | NDArray> {
    const more = [checkFinite("mean", mean), checkFinite("deviation", deviation, 0)];
    return this.#make("float64", checkSize(size), {
      kernel: "fast_normal_f64",
      weight: 10,
      more,
      table: "normal",
    });
  }

  /**
   * Numbers of a normal distribution.
   * @throws InvalidArgumentError
   */
  normal(mean?: number, deviation?: number): Promise<number>;
  normal(mean: number | undefined, deviation: number | undefined, size: Size): Promise<NDArray<"float64">>;
  normal(mean?: number, deviation?: number, size?: Size): Promise<unknown> {
    return holding(this.#normal(mean, deviation, size), this);
  }
  /** {@link normal}, with the result at once. */
  normalSync(mean?: number, deviation?: number): number;
  normalSync(mean: number | undefined, deviation: number | undefined, size: Size): NDArray<"float64">;
  normalSync(mean?: number, deviation?: number, size?: Size): unknown {
    return runSync(this.#normal(mean, deviation, size));
  }

  #exponential(mean = 1, size?: Size): Steps<number | NDArray> {
    const more = [0, checkFinite("mean", mean, 0)];
    const job: Job = { kernel: "fast_exponential_f64", weight: 10, more, table: "exponential" };
    return this.#make("float64", checkSize(size), job);
  }

  /**
   * Numbers of an exponential distribution.
   * @param mean - NumPy's `scale`. Default: 1.
   * @throws InvalidArgumentError
   */
  exponential(mean?: number): Promise<number>;
  exponential(mean: number | undefined, size: Size): Promise<NDArray<"float64">>;
  exponential(mean?: number, size?: Size): Promise<unknown> {
    return holding(this.#exponential(mean, size), this);
  }
  /** {@link exponential}, with the result at once. */
  exponentialSync(mean?: number): number;
  exponentialSync(mean: number | undefined, size: Size): NDArray<"float64">;
  exponentialSync(mean?: number, size?: Size): unknown {
    return runSync(this.#exponential(mean, size));
  }

  /**
   * Generators whose numbers have nothing to do with each other's and with this one's: one for each task.
   * @throws InvalidArgumentError
   */
  spawn(count: number): FastGenerator[] {
    return this.#seeds.spawn(checkInteger("count", count, 0)).map((seeds) => new FastGenerator(seeds));
  }
}

/** How whole numbers are made. */
export interface IntegerOptions<T extends IntegerType = IntegerType> {
  /** Their type; float64 has them up to 2^53. Default: int32. */
  readonly dtype?: T | undefined;
  /** Whether `high` itself is one of them. Default: false. */
  readonly endpoint?: boolean | undefined;
}

/**
 * A generator whose numbers are made on all cores.
 * @param seed - the same numbers for the same seed; without it, other ones each time.
 * @throws InvalidArgumentError
 */
export const fastRng = (seed?: Seed): FastGenerator => new FastGenerator(new SeedSequence(seed));
