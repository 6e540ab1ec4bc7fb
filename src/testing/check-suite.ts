import { InvalidArgumentError } from "../errors.js";
import { checkBoolean, checkFunction, checkInteger, checkOptionNames, checkTime } from "../validate.js";

type Names = Readonly<Record<string, true>>;

/** What a suite is told, by name: how each is checked where it is given. */
const checks: Readonly<Record<string, (argument: string, value: unknown) => unknown>> = {
  name: checkName,
  create: checkFunction,
  test: checkFunction,
  describe: checkFunction,
  workers: (argument, value) => checkInteger(argument, value, 1),
  limit: (argument, value) => checkInteger(argument, value, 1, true),
  allowance: checkTime,
  seed: (argument, value) => checkInteger(argument, value, 0),
};

const required = new Set(["name", "create"]);

/**
 * Checks what a suite is told before it registers a test: a capability that is spelt wrong would leave out tests
 * without a word.
 * @param argument - what the suite calls it.
 * @throws InvalidArgumentError
 */
export function checkSuite(argument: string, given: unknown, names: Names, capabilities: Names): void {
  if (given === undefined) throw new InvalidArgumentError(argument, given, "an object of options");
  checkOptionNames(argument, given, Object.keys(names));
  const options = given as Record<string, unknown>;
  for (const [name, check] of Object.entries(checks)) {
    if (required.has(name) || options[name] !== undefined) check(`${argument}.${name}`, options[name]);
  }
  const able = `${argument}.capabilities`;
  checkOptionNames(able, options["capabilities"], Object.keys(capabilities));
  for (const [name, value] of Object.entries(options["capabilities"] ?? {})) {
    if (value !== undefined) checkBoolean(`${able}.${name}`, value);
  }
}

function checkName(argument: string, value: unknown): void {
  if (typeof value !== "string" || value === "")
    throw new InvalidArgumentError(argument, value, "the name of the executor's class");
}
