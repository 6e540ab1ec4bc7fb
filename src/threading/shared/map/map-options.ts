import { randomInt } from "node:crypto";
import { InvalidArgumentError } from "../../../errors.js";
import { checkInteger, checkOneOf, checkOptionNames } from "../../../validate.js";
import { shapeFor } from "./layout.js";

/** How much a `SharedMap` holds. */
export interface SharedMapOptions {
  /**
   * How many entries it holds at most. Each takes some 120 bytes of memory beside its content, long ones about an eighth
   * of it.
   */
  readonly entries: number;
  /**
   * How many bytes all keys and values have together, at most: strings count as UTF-8, numbers for nothing. 64 for each
   * entry by default.
   */
  readonly bytes?: number | undefined;
  /**
   * What makes room when it is full: `"lru"` the entries that were not read or written for longest, `"none"` (the
   * default) nothing, and a `MapFullError` is thrown.
   */
  readonly evict?: "lru" | "none" | undefined;
  /**
   * In how many parts it is that can be used at the same time; 1 by default. Each key belongs to one of them, and each
   * part holds its share of `entries` and `bytes` (rounded up), is full by itself, and evicts by itself.
   */
  readonly shards?: number | undefined;
}

/** What all threads have to know of a map. */
export interface MapDetails {
  /** Of each part. */
  readonly entries: number;
  readonly bytes: number;
  readonly evicts: boolean;
  readonly shards: number;
  readonly seed: number;
}

const names = ["entries", "bytes", "evict", "shards"];
const mostEntries = 2 ** 26;
const mostBytes = 2 ** 31 - 1;
const mostShards = 256;
/** Numbers of words are whole numbers of 32 bits. */
const mostWords = 2 ** 31 - 1;
const usualBytes = 64;

/** @throws InvalidArgumentError */
export function mapDetailsFor(options: SharedMapOptions): MapDetails {
  if (options === undefined)
    throw new InvalidArgumentError("options", options, "an object with at least entries");
  checkOptionNames("options", options, names);
  const shards = checkAtMost("shards", options.shards ?? 1, 1, mostShards);
  const entries = checkAtMost("entries", options.entries, 1, mostEntries);
  const bytes = checkAtMost(
    "bytes",
    options.bytes ?? Math.min(usualBytes * entries, mostBytes),
    0,
    mostBytes,
  );
  const evict = checkOneOf("evict", options.evict ?? "none", ["none", "lru"]);
  const share = { entries: Math.ceil(entries / shards), bytes: Math.ceil(bytes / shards) };
  if (shapeFor(share.entries, share.bytes).words > mostWords)
    throw new InvalidArgumentError("entries", entries, "fewer, or more shards: each can have 8 GB of memory");
  return {
    ...share,
    evicts: evict === "lru",
    shards,
    seed: randomInt(2 ** 32) | 0,
  };
}

function checkAtMost(argument: string, value: number, least: number, most: number): number {
  checkInteger(argument, value, least);
  if (value > most) throw new InvalidArgumentError(argument, value, `at most ${most}`);
  return value;
}
