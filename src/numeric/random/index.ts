/**
 * Random numbers.
 *
 * @module
 */
export type { IntegerType, Size } from "./arguments.js";
export type { ChoiceOptions } from "./choose.js";
export { FastGenerator, fastRng, type IntegerOptions } from "./fast.js";
export { defaultRng, type OrderOptions, RandomGenerator } from "./generator.js";
export type { Seed } from "./seed.js";
