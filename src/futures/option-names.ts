/**
 * The names of options, for the checks of names that nobody knows. The types keep the lists complete.
 *
 * @module
 */
import { checkOptionNames } from "../validate.js";
import type { AsCompletedOptions } from "./as-completed.js";
import type { RetryOptions, ShutdownOptions, TaskOptions } from "./executor.js";
import type { FutureOptions } from "./future-options.js";
import type { MapIntoOptions } from "./map-options.js";
import type { TypedArray } from "./typed-arrays.js";
import type { WaitForOptions } from "./wait.js";

/** The keys of a record, checked against a type's: one that is missing or too much does not compile. */
const namesOf = (names: Readonly<Record<string, true>>): readonly string[] => Object.keys(names);

const taskNames = namesOf({
  timeout: true,
  deadline: true,
  signal: true,
  priority: true,
  retries: true,
  transfer: true,
  name: true,
  context: true,
  key: true,
} satisfies Record<keyof TaskOptions, true>);

const mapNames = namesOf({
  into: true,
  ordered: true,
  chunksize: true,
  buffersize: true,
  errors: true,
  timeout: true,
  signal: true,
  onProgress: true,
  total: true,
} satisfies Record<keyof MapIntoOptions<TypedArray>, true>);

const forEachNames = mapNames.filter((name) => name !== "ordered" && name !== "into");

const reduceNames = [...mapNames.filter((name) => name !== "errors" && name !== "into"), "initial"];

const retryNames = namesOf({
  attempts: true,
  backoff: true,
  factor: true,
  maxBackoff: true,
  jitter: true,
} satisfies Record<keyof RetryOptions, true>);

const shutdownNames = namesOf({
  wait: true,
  cancelFutures: true,
  timeout: true,
  signal: true,
} satisfies Record<keyof ShutdownOptions, true>);

const futureNames = namesOf({
  name: true,
  onCancel: true,
  onAbort: true,
  unobserved: true,
  clock: true,
} satisfies Record<keyof FutureOptions, true>);

const waitForNames = namesOf({
  returnWhen: true,
  timeout: true,
  signal: true,
  clock: true,
} satisfies Record<keyof WaitForOptions, true>);

const asCompletedNames = namesOf({
  timeout: true,
  signal: true,
  clock: true,
} satisfies Record<keyof AsCompletedOptions, true>);

const given = (names: readonly string[], where: (name: string) => string): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, where(name)]));

/** Where options of a task are given instead. */
export const asTaskOption = given(taskNames, (name) => `executor.with({ ${name} })`);
const asMapOption = given(mapNames, (name) => `executor.map(fn, items, { ${name} })`);

/** @throws InvalidArgumentError for a name that no task option has. */
export const checkTaskOptionNames = (options: unknown): void =>
  checkOptionNames("options", options, taskNames, asMapOption);

/** @throws InvalidArgumentError for a name that no option of `map` has. */
export const checkMapOptionNames = (options: unknown): void =>
  checkOptionNames("options", options, mapNames, asTaskOption);

/** @throws InvalidArgumentError for a name that no option of `forEach` has. */
export const checkForEachOptionNames = (options: unknown): void =>
  checkOptionNames("options", options, forEachNames, asTaskOption);

/** @throws InvalidArgumentError for a name that no option of `reduce` has. */
export const checkReduceOptionNames = (options: unknown): void =>
  checkOptionNames("options", options, reduceNames, asTaskOption);

/** @throws InvalidArgumentError for a name that no option of `retries` has. */
export const checkRetryOptionNames = (options: unknown): void =>
  checkOptionNames("retries", options, retryNames);

/** @throws InvalidArgumentError for a name that no option of `Future.withResolvers` has. */
export const checkFutureOptionNames = (options: unknown): void =>
  checkOptionNames("options", options, futureNames);

/** @throws InvalidArgumentError for a name that no option of `wait` has. */
export const checkWaitForOptionNames = (options: unknown): void =>
  checkOptionNames("options", options, waitForNames);

/** @throws InvalidArgumentError for a name that no option of `asCompleted` has. */
export const checkAsCompletedOptionNames = (options: unknown): void =>
  checkOptionNames("options", options, asCompletedNames);

/** @throws InvalidArgumentError for a name that no option of `shutdown` has. */
export const checkShutdownOptionNames = (options: unknown): void =>
  checkOptionNames("options", options, shutdownNames);
