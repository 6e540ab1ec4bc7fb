import { getRandomValues } from "node:crypto";
import { InvalidArgumentError } from "../../errors.js";

/** What a generator begins with: a whole number of any size, not negative, or several. */
export type Seed = number | bigint | ArrayLike<number> | ArrayLike<bigint>;

const poolSize = 4;

/** The 32-bit words of a whole number, the lowest first. */
function wordsOf(argument: string, value: unknown): number[] {
  if (
    !(typeof value === "bigint" && value >= 0n) &&
    !(Number.isSafeInteger(value) && (value as number) >= 0)
  ) {
    throw new InvalidArgumentError(
      argument,
      value,
      "a whole number that is not negative (a bigint above 2^53 - 1), or a list of such",
    );
  }
  let rest = BigInt(value as number | bigint);
  const words: number[] = [];
  do {
    words.push(Number(rest & 0xffff_ffffn));
    rest >>= 32n;
  } while (rest > 0n);
  return words;
}

function entropyOf(seed: unknown): number[] {
  if (seed === undefined) return [...getRandomValues(new Uint32Array(poolSize))];
  if (typeof seed !== "object" || seed === null) return wordsOf("seed", seed);
  const list = Array.from(seed as ArrayLike<unknown>);
  if (list.length === 0)
    throw new InvalidArgumentError("seed", seed, "a whole number, or a list of at least one");
  return list.flatMap((each, k) => wordsOf(`seed[${k}]`, each));
}

/** Mixes words into others: each step uses a constant that the step before has changed. */
class Mixer {
  #constant: number;
  readonly #multiplier: number;

  constructor(constant: number, multiplier: number) {
    this.#constant = constant;
    this.#multiplier = multiplier;
  }

  hash(value: number): number {
    value ^= this.#constant;
    this.#constant = Math.imul(this.#constant, this.#multiplier);
    value = Math.imul(value, this.#constant);
    return (value ^ (value >>> 16)) >>> 0;
  }
}

function combine(x: number, y: number): number {
  const result = Math.imul(0xca01_f9dd, x) - Math.imul(0x4973_f715, y);
  return (result ^ (result >>> 16)) >>> 0;
}

/**
 * Well mixed states from any seed, and seeds for generators that have nothing to do with each other: NumPy's
 * `SeedSequence`, after M. E. O'Neill's `randutils::seed_seq_fe` (2015).
 */
export class SeedSequence {
  readonly #entropy: readonly number[];
  readonly #key: readonly number[];
  readonly #pool: readonly number[];
  #children = 0;

  /** @throws InvalidArgumentError */
  constructor(seed: Seed | undefined, key: readonly number[] = [], entropy = entropyOf(seed)) {
    this.#entropy = entropy;
    this.#key = key;
    const words = [...entropy];
    if (key.length > 0) while (words.length < poolSize) words.push(0);
    words.push(...key);
    const mixer = new Mixer(0x43b0_d7e5, 0x931e_8875);
    const pool = Array.from({ length: poolSize }, (_, k) => mixer.hash(words[k] ?? 0));
    for (let from = 0; from < poolSize; from++) {
      for (let to = 0; to < poolSize; to++) {
        if (from !== to) pool[to] = combine(pool[to]!, mixer.hash(pool[from]!));
      }
    }
    for (const word of words.slice(poolSize)) {
      for (let to = 0; to < poolSize; to++) pool[to] = combine(pool[to]!, mixer.hash(word));
    }
    this.#pool = pool;
  }

  /** So many numbers of 64 bits. */
  generate(count: number): bigint[] {
    const mixer = new Mixer(0x8b51_f9dd, 0x58f3_8ded);
    const words = Array.from({ length: count * 2 }, (_, k) => BigInt(mixer.hash(this.#pool[k % poolSize]!)));
    return Array.from({ length: count }, (_, k) => words[2 * k]! | (words[2 * k + 1]! << 32n));
  }

  /** The next seeds that were not given yet. */
  spawn(count: number): SeedSequence[] {
    return Array.from(
      { length: count },
      () => new SeedSequence(undefined, [...this.#key, this.#children++], [...this.#entropy]),
    );
  }
}
