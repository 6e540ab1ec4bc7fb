import { InvalidArgumentError } from "../errors.js";
import { checkBoolean, checkFunction, checkOptionNames } from "../validate.js";

/** What a `Process` or a `Thread` runs: the arguments have to fit. */
export type TargetOptions<A extends readonly unknown[]> = {
  /** Any function: an export is imported where it runs, any other is sent with what it captures. */
  readonly target: (...args: A) => unknown;
} & ([] extends A
  ? {
      /** Arguments of the target, which are copied. */
      readonly args?: readonly [...A] | undefined;
    }
  : {
      /** Arguments of the target, which are copied. */
      readonly args: readonly [...A];
    });

/** What {@link checkTargetOptions} looks at. */
interface Checked {
  readonly target?: unknown;
  readonly args?: unknown;
  readonly name?: unknown;
  readonly daemon?: unknown;
}

/**
 * Checks what a `Process` and a `Thread` have in common.
 * @param settings - names of the options that are its own.
 * @throws InvalidArgumentError naming the option.
 */
export function checkTargetOptions(options: Checked, settings: readonly string[]): void {
  if (options === undefined) throw new InvalidArgumentError("options", options, "an object of options");
  checkOptionNames("options", options, ["target", "args", "name", "daemon", ...settings]);
  const { target, args, name, daemon } = options;
  checkFunction("target", target);
  if (args !== undefined && !Array.isArray(args)) throw new InvalidArgumentError("args", args, "an array");
  if (name !== undefined && (typeof name !== "string" || name === ""))
    throw new InvalidArgumentError("name", name, "a string");
  if (daemon !== undefined) checkBoolean("daemon", daemon);
}
