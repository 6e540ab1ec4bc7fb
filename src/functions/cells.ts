/**
 * Variables that a captured function assigns and another captured function sees too: in the worker both have
 * to see one variable, so that it becomes a cell (rule 4).
 *
 * @module
 */
import type { CaptureContext, CapturedFunction, CapturedVariable } from "./context.js";
import { describeFunction, readVariable, type ScopeSnapshot } from "./inspector.js";

interface Use {
  readonly owner: CapturedFunction;
  readonly variable: CapturedVariable;
}

/** @throws CaptureError where it can't be told whether two functions see the same variable. */
export function shareCells({ functions }: CaptureContext): void {
  const uses = functions.flatMap((owner) => owner.variables.map((variable) => ({ owner, variable })));
  const done = new Set<CapturedVariable>();
  let cell = 0;
  for (const writer of uses) {
    if (!writer.variable.assigned || done.has(writer.variable)) continue;
    const others = uses.filter(
      (use) => use.owner !== writer.owner && isSameVariable(writer.variable, use.variable),
    );
    if (others.length === 0) continue;
    if (writer.variable.moduleScope === undefined && !isProvablyOne(writer.variable))
      throw refusal(writer, others);
    for (const use of [writer, ...others]) {
      done.add(use.variable);
      addCell(use, cell);
    }
    cell++;
  }
}

function addCell({ owner, variable: { name } }: Use, cell: number): void {
  owner.node.cells ??= [];
  owner.node.cells.push({ name, cell, uses: owner.analysis.free.get(name)?.uses ?? [] });
}

function refusal({ owner, variable: { name } }: Use, others: readonly Use[]): Error {
  const readers = others.map((use) => use.owner.trail.path.join(" → ")).join(", ");
  return owner.trail
    .to(`\`${name}\``)
    .refusal(
      `it is reassigned here and also captured by ${readers}, and it cannot be told whether both see the same variable`,
      `Put the state in an object: const state = { ${name} }`,
    );
}

function isSameVariable(one: CapturedVariable, other: CapturedVariable): boolean {
  if (one.name !== other.name) return false;
  if (one.moduleScope !== undefined || other.moduleScope !== undefined)
    return one.moduleScope === other.moduleScope;
  return haveSameContents(one.scope, other.scope);
}

/** V8 gives scopes no identity. Those of different contents are different; equal contents prove nothing. */
function haveSameContents(one: ScopeSnapshot, other: ScopeSnapshot): boolean {
  if (one.variables === other.variables) return true;
  if (one.type !== other.type) return false;
  const names = Object.keys(one.variables);
  if (names.length !== Object.keys(other.variables).length) return false;
  return names.every(
    (name) =>
      Object.hasOwn(other.variables, name) && Object.is(readVariable(one, name), readVariable(other, name)),
  );
}

/** A function that was made in the scope it is a variable of exists once for each instance of the scope. */
function isProvablyOne({ scope, name }: CapturedVariable): boolean {
  return Object.keys(scope.variables).some((each) => {
    const value = readVariable(scope, each);
    if (typeof value !== "function") return false;
    const description = describeFunction(value);
    return (
      description.kind === "function" &&
      description.scopes.some(
        (own) =>
          own.type === scope.type &&
          Object.hasOwn(own.variables, name) &&
          Object.hasOwn(own.variables, each) &&
          readVariable(own, each) === value,
      )
    );
  });
}
