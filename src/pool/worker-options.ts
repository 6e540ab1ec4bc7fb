/**
 * Checks of the options that workers are started with.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.js";
import { checkFunction, checkOptionNames, checkTime } from "../validate.js";
import type { WorkerExecutorOptions } from "./options.js";

const limitNames = ["maxYoungGenerationSizeMb", "maxOldGenerationSizeMb", "codeRangeSizeMb", "stackSizeMb"];

/** Checks what all workers of isolates of their own go by. @throws InvalidArgumentError naming the option. */
export function checkWorkerOptions(options: WorkerExecutorOptions): void {
  const {
    initializer,
    initargs,
    initializerTimeout,
    importTimeout,
    env,
    execArgv,
    resourceLimits,
    spin,
    onOutput,
  } = options;
  if (initializer !== undefined) checkFunction("initializer", initializer);
  if (initargs !== undefined && !Array.isArray(initargs))
    throw new InvalidArgumentError("initargs", initargs, "an array");
  if (initializerTimeout !== undefined) checkTime("initializerTimeout", initializerTimeout);
  if (importTimeout !== undefined) checkTime("importTimeout", importTimeout);
  if (env !== undefined) {
    if (!isObject(env)) throw new InvalidArgumentError("env", env, "an object of strings");
    for (const [name, value] of Object.entries(env) as [string, unknown][]) {
      if (value !== undefined && typeof value !== "string")
        throw new InvalidArgumentError(`env.${name}`, value, "a string");
    }
  }
  if (
    execArgv !== undefined &&
    !(Array.isArray(execArgv) && execArgv.every((each) => typeof each === "string"))
  ) {
    throw new InvalidArgumentError("execArgv", execArgv, "an array of strings");
  }
  if (resourceLimits !== undefined) {
    if (!isObject(resourceLimits))
      throw new InvalidArgumentError("resourceLimits", resourceLimits, "an object as of worker_threads");
    checkOptionNames("resourceLimits", resourceLimits, limitNames);
    for (const [name, value] of Object.entries(resourceLimits) as [string, unknown][]) {
      if (value === undefined) continue;
      if (typeof value !== "number" || !(value > 0)) {
        throw new InvalidArgumentError(`resourceLimits.${name}`, value, "a number of MB above 0");
      }
    }
  }
  if (onOutput !== undefined) checkFunction("onOutput", onOutput);
  if (spin !== undefined && typeof spin !== "boolean")
    throw new InvalidArgumentError("spin", spin, "true or false");
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
