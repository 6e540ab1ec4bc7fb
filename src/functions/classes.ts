/**
 * Parts of functions and classes that are not in their text: results of expressions that ran when a class was
 * defined, and properties that were added later (rule 4).
 *
 * @module
 */
import type { ComputedMember, TextAnalysis } from "./analysis/text.js";
import type { CaptureContext } from "./context.js";
import { textOf } from "./natives.js";
import type { CodeRecord, FunctionNode, PropertyEntry } from "./payload.js";
import { propertiesOf } from "./properties.js";
import type { Trail } from "./trail.js";

/** A function or class. */
export type WithPrototype = object & { readonly prototype?: unknown };

/**
 * V8 keeps neither the variables of a class's `extends` expression nor those of its computed names: the
 * superclass is taken from the prototype chain, and each name from the member whose text it heads.
 */
export function noteComputedParts(
  context: CaptureContext,
  fn: WithPrototype,
  node: FunctionNode,
  analysis: TextAnalysis,
  code: CodeRecord,
  text: string,
  trail: Trail,
): void {
  if (code.heritage) {
    const superclass: unknown = Object.getPrototypeOf(fn);
    const extendsNull = superclass === Function.prototype && Object.getPrototypeOf(fn.prototype) === null;
    node.superclass = extendsNull ? { v: null } : context.slot(superclass, trail.to("superclass"));
  }
  if (analysis.computedMembers.length === 0) return;
  node.keys = analysis.computedMembers.map((member) => {
    const name = nameOfMember(fn, member, text);
    if (name === undefined)
      throw trail.refusal(
        `its member name [${text.slice(...member.key)}] was computed when the class was defined and is no longer known`,
        "Export the class from a module",
      );
    return context.slot(name, trail);
  });
}

function nameOfMember(
  fn: WithPrototype,
  { isField, isStatic, kind, member }: ComputedMember,
  text: string,
): string | symbol | undefined {
  if (isField) return undefined;
  const source = text.slice(...member).replace(/^static\b\s*/, "");
  const holder = (isStatic ? fn : fn.prototype) as object;
  const matches = Reflect.ownKeys(holder).filter((key) => {
    const descriptor = Object.getOwnPropertyDescriptor(holder, key);
    const method: unknown = descriptor?.[kind === "get" || kind === "set" ? kind : "value"];
    return typeof method === "function" && textOf(method) === source;
  });
  // two members of the same text could change places
  return matches.length === 1 ? matches[0] : undefined;
}

const ordinaryKeys = new Set<string | symbol>(["length", "name", "prototype", "arguments", "caller"]);

/** Whether a function has properties beyond those of every function. */
export function hasOwnParts(fn: WithPrototype): boolean {
  if (Reflect.ownKeys(fn).some((key) => !ordinaryKeys.has(key))) return true;
  const { prototype } = fn;
  return typeof prototype === "object" && prototype !== null && Object.hasOwn(fn, "prototype")
    ? Reflect.ownKeys(prototype).some((key) => key !== "constructor")
    : false;
}

/** Sends properties of the function and of its prototype that its text does not make. */
export function addOwnParts(
  context: CaptureContext,
  fn: WithPrototype,
  node: FunctionNode,
  { isClass }: TextAnalysis,
  text: string,
  trail: Trail,
): void {
  if (!hasOwnParts(fn)) return;
  context.stable = false;
  const own = partsBeside(fn, isClass ? text : undefined, context, trail);
  if (own.length > 0) node.properties = own;
  if (typeof fn.prototype !== "object" || fn.prototype === null) return;
  const inherited = partsBeside(fn.prototype, isClass ? text : undefined, context, trail.to("prototype"));
  if (inherited.length > 0) node.prototypeProperties = inherited;
}

function partsBeside(
  holder: object,
  classText: string | undefined,
  context: CaptureContext,
  trail: Trail,
): PropertyEntry[] {
  const made = Reflect.ownKeys(holder).filter((key) => {
    if (typeof holder === "function" ? ordinaryKeys.has(key) : key === "constructor") return true;
    if (classText === undefined) return false;
    const descriptor = Object.getOwnPropertyDescriptor(holder, key)!;
    return (["value", "get", "set"] as const).some((part) => {
      const method: unknown = descriptor[part];
      return typeof method === "function" && classText.includes(textOf(method));
    });
  });
  return propertiesOf(context, holder, trail, made);
}
