import { InvalidArgumentError } from "../../errors.js";
import { checkInteger, checkOneOf, checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import type { Steps } from "../crew/steps.js";
import { type DType, dtypes } from "../dtype.js";
import { product } from "../layout/arrange.js";
import { checkArray, checkAxis } from "../layout/axes.js";
import { Scratch } from "../layout/scratch.js";
import {
  checkFinite,
  checkInterval,
  checkSize,
  type IntegerType,
  oneOrAll,
  type Size,
  tableIn,
} from "./arguments.js";
import {
  type ChoiceOptions,
  checkChoice,
  checkPopulation,
  chosen,
  ordered,
  shuffled,
  takeSlices,
} from "./choose.js";
import type { IntegerOptions } from "./fast.js";
import { type Seed, SeedSequence } from "./seed.js";
import { Stream } from "./stream.js";

type Float = "float64" | "float32";

/** What is ordered. */
export interface OrderOptions {
  /** Along which axis slices are ordered. Default: 0. */
  readonly axis?: number | undefined;
}

/**
 * NumPy's `Generator` over `PCG64`: the same numbers for the same seed and calls, to the bit (`normal` and `exponential`
 * but for a few in the tails, which may differ in the last one). Not for secrets.
 *
 * Calls take their numbers in the order in which they are made. While some are awaited, those that return a result at
 * once throw; give each task a generator of its own, by `spawn`.
 */
export class RandomGenerator {
  readonly #seeds: SeedSequence;
  readonly #stream: Stream;

  /** @internal */
  constructor(seeds: SeedSequence) {
    this.#seeds = seeds;
    this.#stream = new Stream(seeds);
  }

  *#random(size: readonly number[] | undefined, dtype: Float): Steps<number | NDArray> {
    const out = NDArray.allocate(dtype, size ?? []);
    const scratch = new Scratch(this.#stream.block.heap);
    try {
      if (out.size > 0) {
        yield* this.#stream.uniform(out.address, out.size, dtype === "float32" ? "f32" : "f64", scratch);
      }
      return oneOrAll(out, size);
    } finally {
      scratch.free();
    }
  }

  #planRandom(size?: Size, options?: { dtype?: Float }): Steps<number | NDArray> {
    checkOptionNames("options", options, ["dtype"]);
    const dtype = checkOneOf("dtype", options?.dtype ?? "float64", ["float64", "float32"]);
    return this.#random(checkSize(size), dtype);
  }

  /**
   * Numbers of 0 to 1, without 1, made by all threads.
   * @throws InvalidArgumentError
   */
  random(): Promise<number>;
  random<T extends Float = "float64">(
    size: Size,
    options?: { readonly dtype?: T | undefined },
  ): Promise<NDArray<T>>;
  random(size?: Size, options?: { dtype?: Float }): Promise<unknown> {
    return this.#stream.later(this.#planRandom(size, options), this);
  }
  /** {@link random}, with the result at once. */
  randomSync(): number;
  randomSync<T extends Float = "float64">(
    size: Size,
    options?: { readonly dtype?: T | undefined },
  ): NDArray<T>;
  randomSync(size?: Size, options?: { dtype?: Float }): unknown {
    return this.#stream.now(this.#planRandom(size, options));
  }

  /** A job of one chunk that goes through the stream. */
  *#sequence(
    kernel: string,
    dtype: DType,
    size: readonly number[] | undefined,
    more: readonly number[],
    table?: "normal" | "exponential",
  ): Steps<number | NDArray> {
    const out = NDArray.allocate(dtype, size ?? []);
    const { heap } = this.#stream.block;
    const args = [this.#stream.address, out.address, out.size, ...more];
    if (table) args.push(tableIn(heap, table));
    yield { heap, kernel, args, chunks: 1 };
    return oneOrAll(out, size);
  }

  #planIntegers(low: number, high?: number, size?: Size, options?: IntegerOptions): Steps<number | NDArray> {
    checkOptionNames("options", options, ["dtype", "endpoint"]);
    const { low: from, range, dtype } = checkInterval(low, high, options);
    return this.#sequence(`integers_${dtypes[dtype].suffix}`, dtype, checkSize(size), [from, range]);
  }

  /**
   * Whole numbers of `low` to `high`, without `high`; of 0 to `low`, if `high` is undefined. All are as likely. Those
   * NumPy gives by default, as int64, are these in int32 or, up to 2^53, float64.
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
    return this.#stream.later(this.#planIntegers(low, high, size, options), this);
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
    return this.#stream.now(this.#planIntegers(low, high, size, options));
  }

  #planNormal(mean = 0, deviation = 1, size?: Size): Steps<number | NDArray> {
    const more = [checkFinite("mean", mean), checkFinite("deviation", deviation, 0)];
    return this.#sequence("normal_f64", "float64", checkSize(size), more, "normal");
  }

  /**
   * Numbers of a normal distribution.
   * @param mean - NumPy's `loc`. Default: 0.
   * @param deviation - NumPy's `scale`. Default: 1.
   * @throws InvalidArgumentError
   */
  normal(mean?: number, deviation?: number): Promise<number>;
  normal(mean: number | undefined, deviation: number | undefined, size: Size): Promise<NDArray<"float64">>;
  normal(mean?: number, deviation?: number, size?: Size): Promise<unknown> {
    return this.#stream.later(this.#planNormal(mean, deviation, size), this);
  }
  /** {@link normal}, with the result at once. */
  normalSync(mean?: number, deviation?: number): number;
  normalSync(mean: number | undefined, deviation: number | undefined, size: Size): NDArray<"float64">;
  normalSync(mean?: number, deviation?: number, size?: Size): unknown {
    return this.#stream.now(this.#planNormal(mean, deviation, size));
  }

  #planExponential(mean = 1, size?: Size): Steps<number | NDArray> {
    const more = [checkFinite("mean", mean, 0)];
    return this.#sequence("exponential_f64", "float64", checkSize(size), more, "exponential");
  }

  /**
   * Numbers of an exponential distribution.
   * @param mean - NumPy's `scale`. Default: 1.
   * @throws InvalidArgumentError
   */
  exponential(mean?: number): Promise<number>;
  exponential(mean: number | undefined, size: Size): Promise<NDArray<"float64">>;
  exponential(mean?: number, size?: Size): Promise<unknown> {
    return this.#stream.later(this.#planExponential(mean, size), this);
  }
  /** {@link exponential}, with the result at once. */
  exponentialSync(mean?: number): number;
  exponentialSync(mean: number | undefined, size: Size): NDArray<"float64">;
  exponentialSync(mean?: number, size?: Size): unknown {
    return this.#stream.now(this.#planExponential(mean, size));
  }

  *#choice(a: number | NDArray, choice: ReturnType<typeof checkChoice>): Steps<number | NDArray> {
    const { axis, n, shape } = choice;
    const scratch = new Scratch(this.#stream.block.heap);
    try {
      if (typeof a === "number") {
        const out = NDArray.allocate("int32", shape ?? []);
        yield* chosen(this.#stream, out.address, choice, scratch);
        return oneOrAll(out, shape);
      }
      const indices = scratch.take(n * 4);
      yield* chosen(this.#stream, indices, choice, scratch);
      const out = NDArray.allocate(a.dtype, [
        ...a.shape.slice(0, axis),
        ...(shape ?? []),
        ...a.shape.slice(axis + 1),
      ]);
      if (out.size > 0) yield* takeSlices(a, axis, indices, n, out.address, scratch);
      return out.shape.length === 0 && !shape ? oneOrAll(out, undefined) : out;
    } finally {
      scratch.free();
    }
  }

  #planChoice(a: number | NDArray, size?: Size, options?: ChoiceOptions): Steps<number | NDArray> {
    return this.#choice(a, checkChoice(a, size, options));
  }

  /**
   * Some of the whole numbers below `a` (int32), or of an array's elements or slices.
   * @throws InvalidArgumentError
   * @example
   * ```ts
   * const sample = await rng.choice(data, 100, { replace: false });
   * ```
   */
  choice(a: number): Promise<number>;
  choice(a: number, size: Size, options?: ChoiceOptions): Promise<NDArray<"int32">>;
  choice<T extends DType>(a: NDArray<T>, size: Size, options?: ChoiceOptions): Promise<NDArray<T>>;
  choice<T extends DType>(
    a: NDArray<T>,
    size?: undefined,
    options?: ChoiceOptions,
  ): Promise<number | NDArray<T>>;
  choice(a: number | NDArray, size?: Size, options?: ChoiceOptions): Promise<unknown> {
    return this.#stream.later(this.#planChoice(a, size, options), a);
  }
  /** {@link choice}, with the result at once. */
  choiceSync(a: number): number;
  choiceSync(a: number, size: Size, options?: ChoiceOptions): NDArray<"int32">;
  choiceSync<T extends DType>(a: NDArray<T>, size: Size, options?: ChoiceOptions): NDArray<T>;
  choiceSync<T extends DType>(a: NDArray<T>, size?: undefined, options?: ChoiceOptions): number | NDArray<T>;
  choiceSync(a: number | NDArray, size?: Size, options?: ChoiceOptions): unknown {
    return this.#stream.now(this.#planChoice(a, size, options));
  }

  #planPermutation(x: number | NDArray, options?: OrderOptions): Steps<NDArray> {
    checkOptionNames("options", options, ["axis"]);
    const { length, axis } = checkPopulation("x", x, options?.axis);
    return ordered(this.#stream, x, length, axis);
  }

  /**
   * The whole numbers below `x` (int32), or a copy of an array's elements or slices, in a random order.
   * @throws InvalidArgumentError
   */
  permutation(x: number): Promise<NDArray<"int32">>;
  permutation<T extends DType>(x: NDArray<T>, options?: OrderOptions): Promise<NDArray<T>>;
  permutation(x: number | NDArray, options?: OrderOptions): Promise<unknown> {
    return this.#stream.later(this.#planPermutation(x, options), x);
  }
  /** {@link permutation}, with the result at once. */
  permutationSync(x: number): NDArray<"int32">;
  permutationSync<T extends DType>(x: NDArray<T>, options?: OrderOptions): NDArray<T>;
  permutationSync(x: number | NDArray, options?: OrderOptions): unknown {
    return this.#stream.now(this.#planPermutation(x, options));
  }

  #planShuffle(a: NDArray, options?: OrderOptions): Steps<void> {
    checkOptionNames("options", options, ["axis"]);
    const axis = checkAxis("axis", options?.axis ?? 0, checkArray("a", a).shape.length);
    if (a.size > 0 && a.shape.some((length, k) => length > 1 && a.strides[k] === 0)) {
      throw new InvalidArgumentError("a", a, "an array that repeats no element in its memory");
    }
    return product(a.shape) === 0 ? nothing() : shuffled(this.#stream, a, a.shape[axis]!, axis);
  }

  /**
   * Puts an array's elements or slices into a random order, in its own memory.
   * @throws InvalidArgumentError
   */
  shuffle(a: NDArray, options?: OrderOptions): Promise<void> {
    return this.#stream.later(this.#planShuffle(a, options), a);
  }
  /** {@link shuffle}, done at once. */
  shuffleSync(a: NDArray, options?: OrderOptions): void {
    this.#stream.now(this.#planShuffle(a, options));
  }

  /**
   * Generators whose numbers have nothing to do with each other's and with this one's: one for each task.
   * @throws InvalidArgumentError
   */
  spawn(count: number): RandomGenerator[] {
    return this.#seeds.spawn(checkInteger("count", count, 0)).map((seeds) => new RandomGenerator(seeds));
  }
}

// eslint-disable-next-line require-yield
function* nothing(): Steps<void> {}

/**
 * NumPy's `default_rng`: a generator whose numbers are those of NumPy 1.24 for the same seed.
 * @param seed - a whole number of any size or several; without it, other numbers each time.
 * @throws InvalidArgumentError
 * @example
 * ```ts
 * const rng = defaultRng(42);
 * const noise = await rng.normal(0, 0.1, [1000, 3]);
 * ```
 */
export const defaultRng = (seed?: Seed): RandomGenerator => new RandomGenerator(new SeedSequence(seed));
