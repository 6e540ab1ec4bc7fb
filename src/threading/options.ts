import { InvalidArgumentError } from "../errors.js";
import type { WorkerExecutorOptions } from "../pool/options.js";
import { checkFunction, checkTime } from "../validate.js";

/** Options of a {@link ThreadPoolExecutor}. */
export type ThreadPoolExecutorOptions = WorkerExecutorOptions;

/** Checks what only threads go by. @throws InvalidArgumentError naming the option. */
export function checkThreadOptions(options: ThreadPoolExecutorOptions): void {
  const { initializer, initargs, initializerTimeout, env, execArgv, resourceLimits, spin } = options;
  if (initializer !== undefined) checkFunction("initializer", initializer);
  if (initargs !== undefined && !Array.isArray(initargs))
    throw new InvalidArgumentError("initargs", initargs, "an array");
  if (initializerTimeout !== undefined) checkTime("initializerTimeout", initializerTimeout);
  if (env !== undefined && (typeof env !== "object" || env === null)) {
    throw new InvalidArgumentError("env", env, "an object of strings");
  }
  if (
    execArgv !== undefined &&
    !(Array.isArray(execArgv) && execArgv.every((each) => typeof each === "string"))
  ) {
    throw new InvalidArgumentError("execArgv", execArgv, "an array of strings");
  }
  if (resourceLimits !== undefined) {
    if (typeof resourceLimits !== "object" || resourceLimits === null) {
      throw new InvalidArgumentError("resourceLimits", resourceLimits, "an object as of worker_threads");
    }
    for (const [name, value] of Object.entries(resourceLimits)) {
      if (typeof value !== "number" || !(value > 0)) {
        throw new InvalidArgumentError(`resourceLimits.${name}`, value, "a number of MB above 0");
      }
    }
  }
  if (spin !== undefined && typeof spin !== "boolean")
    throw new InvalidArgumentError("spin", spin, "true or false");
}
