import { InvalidArgumentError } from "../../errors.js";
import { checkOptionNames } from "../../validate.js";
import { run, runSync } from "../crew/steps.js";
import { applySteps, type Operand, type OutOption, type Plan, plan } from "./apply.js";
import type { Operation } from "./operation.js";

/** Operands, and behind them options. */
type Arguments = readonly (Operand | OutOption | undefined)[];

function planOf(operation: Operation, arity: number, given: Arguments): Plan {
  if (given.length < arity)
    throw new InvalidArgumentError(`operand ${given.length}`, undefined, "an NDArray, a number or a boolean");
  const options = given[arity];
  if (options !== undefined) checkOptionNames("options", options, ["out"]);
  return plan(operation, given.slice(0, arity) as Operand[], options as OutOption | undefined);
}

/** The form that leaves the event loop free. What is wrong with its arguments throws from the call. */
export const asyncForm =
  (operation: Operation, arity: number) =>
  // typed by what it is assigned to
  (...given: Arguments): never =>
    run(applySteps(planOf(operation, arity, given))) as never;

/** The form that does it where it is called. */
export const syncForm =
  (operation: Operation, arity: number) =>
  (...given: Arguments): never =>
    runSync(applySteps(planOf(operation, arity, given))) as never;
