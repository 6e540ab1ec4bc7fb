/**
 * The free variables of a function: each becomes an import of the defining module, a special of the module
 * system, a captured value, or nothing where it is a global (rule 4).
 *
 * @module
 */

import { pathToFileURL } from "node:url";
import { types } from "node:util";
import { compiledPrivate } from "./analysis/compiled-private.js";
import { isConstant } from "./analysis/constants.js";
import type { FreeVariable } from "./analysis/text.js";
import { isNamespaceLike } from "./capture-values.js";
import type { CaptureContext, CapturedFunction } from "./context.js";
import type { Definition, GivenCaptures } from "./definition.js";
import { isExact } from "./exactness.js";
import { readVariable, type ScopeSnapshot, uninitialised } from "./inspector.js";
import { isStandardGlobal, textOf } from "./natives.js";
import { receivedCodeAt, receivedImport } from "./origins.js";
import type { GraphNode, Slot } from "./payload.js";
import type { Trail } from "./trail.js";

/** Adds a binding to the function's node for each of its free variables that is not a global. */
export function captureVariables(
  context: CaptureContext,
  captured: CapturedFunction,
  definition: Definition | undefined,
  given: GivenCaptures | undefined,
  noInspector: string | undefined,
): void {
  const { analysis, node, trail } = captured;
  for (const variable of analysis.free.values()) {
    const step = trail.to(`\`${variable.name}\``);
    if (given) {
      if (Object.hasOwn(given.captures, variable.name)) {
        context.stable = false;
        node.bindings.push([variable.name, context.slot(given.captures[variable.name], step)]);
        captured.variables.push({
          name: variable.name,
          scope: { type: "Given", variables: given.captures },
          moduleScope: undefined,
          assigned: variable.assigned,
        });
      } else requireGlobal(variable, step, "Add it to the first argument of withCaptures");
      continue;
    }
    if (!definition) {
      requireGlobalWithoutInspector(variable, step, noInspector);
      continue;
    }
    const slot = variableSlot(context, captured, variable, definition, step);
    if (slot) node.bindings.push([variable.name, slot]);
  }
}

function variableSlot(
  context: CaptureContext,
  captured: CapturedFunction,
  variable: FreeVariable,
  definition: Definition,
  trail: Trail,
): Slot | undefined {
  const { description, script, inModule } = definition;
  const { name } = variable;
  const scope = description.scopes.find(
    ({ type, variables }) => type !== "Global" && Object.hasOwn(variables, name),
  );
  if (!scope) {
    if (name === "require" && typeof Reflect.get(globalThis, "require") === "function")
      return add(context, { type: "require", from: baseOf("") });
    requireGlobal(variable, trail, "Pass it as an argument, or capture it in a const");
    return undefined;
  }
  const imported =
    scope.type === "Module" && script.url.startsWith("file:")
      ? script.facts(inModule)?.imports.get(name)
      : undefined;
  if (imported) return add(context, { type: "import", from: script.url, ...imported });
  const passedOn = importPassedOn(definition, scope, name);
  if (passedOn) return add(context, passedOn);
  const value = readVariable(scope, name);
  const special = specialNode(name, value, scope, script.url);
  if (special) return add(context, special);
  if (value === uninitialised)
    throw trail.refusal("it is not initialised yet", "Submit the function after the declaration has run");
  if (name === "module" && typeof scope.variables["require"] === "function" && isModuleObject(value))
    throw trail.refusal("it is the CommonJS `module` object", "Use require(), or capture the exported value");
  captured.variables.push({
    name,
    scope,
    moduleScope: scope.type === "Module" ? script.id : undefined,
    assigned: variable.assigned,
  });
  if (variable.assigned) context.stable = false;
  else if (context.stable && !context.varies)
    context.varies = !isConstantVariable(definition, scope, name, value);
  if ((types.isWeakMap(value) || types.isWeakSet(value)) && compiledPrivate.test(textOf(captured.fn))) {
    // private members compiled down: instances of this isolate can't be sent, so that none is missed in it
    const known = context.indexOf(value);
    if (known !== undefined) return { i: known };
    const of = types.isWeakMap(value) ? "WeakMap" : "WeakSet";
    return { i: context.add(value, { type: "empty weak collection", of }) };
  }
  return context.slot(value, trail, isNamespaceLike(value) ? variable.tree : undefined);
}

/** An import that a received function was given as a constant: the outermost scope around its text holds them. */
function importPassedOn(
  { description: { scopes, location }, script, inModule }: Definition,
  scope: ScopeSnapshot,
  name: string,
): GraphNode | undefined {
  if (inModule || !receivedCodeAt(script.url, location.lineNumber)) return undefined;
  const outermost = scopes.findLast(({ type }) => type !== "Global" && type !== "Script");
  return scope === outermost ? receivedImport(script.url, name) : undefined;
}

const add = (context: CaptureContext, node: GraphNode): Slot => ({ i: context.add(undefined, node) });

/** Whether this variable will hold this value for ever, as its script proves (rule 7). */
function isConstantVariable(
  { script, position, inModule }: Definition,
  scope: ScopeSnapshot,
  name: string,
  value: unknown,
): boolean {
  if (script.source === undefined || !position) return false;
  const facts = script.facts(inModule);
  const binding = facts?.bindingAt(name, position.offset);
  // other scripts can assign what a classic script declares, and the function around an `eval` what that declares
  const isOwn = inModule || (scope.type !== "Script" && script.url.startsWith("file:"));
  if (!isOwn && binding?.kind !== "const" && binding === facts?.top.get(name)) return false;
  return isConstant(binding, value) && isExact(script);
}

/** Evaluated code resolves names from the working directory. */
const baseOf = (url: string): string =>
  url.startsWith("file:") ? url : pathToFileURL(`${process.cwd()}/[eval]`).href;

/** Names by which module systems give a module its own `require`, `import` and `import.meta`. */
function specialNode(name: string, value: unknown, scope: ScopeSnapshot, url: string): GraphNode | undefined {
  if (name === "require" && typeof value === "function" && "cache" in value && "resolve" in value)
    return { type: "require", from: baseOf(url) };
  // vite's module runner, which vitest uses, wraps each module in a function with these parameters
  if (name === "__vite_ssr_dynamic_import__" || name === "__vi_import__")
    return { type: "dynamic import", from: baseOf(url) };
  if (name === "__vite_ssr_import_meta__") {
    const { url: from } = scope.variables[name] as { url: string };
    return { type: "import.meta", from };
  }
  return undefined;
}

const isModuleObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "exports" in value;

function requireGlobal({ name, onlyTypeof }: FreeVariable, trail: Trail, advice: string): void {
  if (onlyTypeof || isStandardGlobal(name)) return;
  if (name in globalThis)
    throw trail.refusal("it is a global that the program added, which a worker does not have", advice);
  throw trail.refusal("it is not defined where the function was created", `Check the spelling. ${advice}`);
}

function requireGlobalWithoutInspector(
  variable: FreeVariable,
  trail: Trail,
  reason = "captured variables cannot be read here",
): void {
  if (variable.onlyTypeof || isStandardGlobal(variable.name)) return;
  throw trail.refusal(
    `it is a captured variable, and ${reason}`,
    'Export the function and submit task(import.meta.url, "name"), or submit withCaptures({ … }, fn)',
  );
}
