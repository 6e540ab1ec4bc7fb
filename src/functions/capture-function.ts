/**
 * A function or class as a node of the graph: by reference where it is an export, else by value with its
 * captured variables, else refused (rules 2 to 5).
 *
 * @module
 */
import { types } from "node:util";
import { analyser } from "./analyser.js";
import type { TextAnalysis } from "./analysis/text.js";
import {
  anyCommonJsExport,
  commonJsExport,
  describeLocation,
  isNodeScript,
  moduleExport,
} from "./by-reference.js";
import { portableNode } from "./capture-values.js";
import { captureVariables } from "./capture-variables.js";
import { addOwnParts, noteComputedParts } from "./classes.js";
import { codeRecord } from "./codes.js";
import type { CaptureContext } from "./context.js";
import type { Definition, GivenCaptures } from "./definition.js";
import { explicitCaptures, explicitTask } from "./explicit.js";
import { identify } from "./identify.js";
import { describeFunction, type FunctionDescription } from "./inspector.js";
import { builtinReference, isNativeFunction, nativeReference, textOf } from "./natives.js";
import { originId, receivedCodeAt, sourceOf } from "./origins.js";
import type { FunctionNode, GraphNode, ReferenceNode } from "./payload.js";
import { refuseUnsendableText } from "./refusals.js";
import { type Script, scriptOf } from "./scripts.js";
import { captureMode } from "./self-test.js";
import { loadSource } from "./sources.js";
import type { Trail } from "./trail.js";

type AnyFunction = ((...args: never[]) => unknown) & { readonly prototype?: unknown };

/** Turns a function into a node of the graph. */
export function functionNode(context: CaptureContext, fn: AnyFunction, trail: Trail): number {
  const ported = portableNode(context, fn);
  if (ported !== undefined) return ported;
  const known = sourceOf(fn) ?? explicitTask(fn);
  if (known) return context.add(fn, known);
  const captures = explicitCaptures(fn);
  if (captures)
    return byValue(context, captures.fn, trail, undefined, { key: fn, captures: captures.captures });
  if (types.isProxy(fn))
    throw trail.refusal(
      "it is a Proxy, whose target and handler cannot be read",
      "Capture what it stands for, and make the Proxy inside the function",
    );
  return context.full ? describedNode(context, fn, trail) : undescribedNode(context, fn, trail);
}

function describedNode(context: CaptureContext, fn: AnyFunction, trail: Trail): number {
  const description = describeFunction(fn);
  // what has a file is never shared, so that most functions need no list of what is
  const shared = (): ReferenceNode | undefined => nativeReference(fn) ?? builtinReference(fn);
  if (description.kind !== "function") {
    const known = shared();
    if (known) return context.add(fn, known);
  }
  if (description.kind === "bound") return boundNode(context, fn, description, trail);
  if (description.kind === "native") throw refuseNative(trail);
  const script = scriptOf(description.location.scriptId);
  // a function of Node's own, unless the program put it in the place of one
  if (script.url === "" || isNodeScript(script)) {
    const known = shared();
    if (known) return context.add(fn, known);
  }
  identify(script, textOf(fn), description);
  const here = trail.at(describeLocation(script.url, description.location));
  if (isNodeScript(script)) {
    throw here.refusal("it is internal to Node", "Call it through its public module inside the function");
  }
  const definition = define(description, script, textOf(fn));
  const reference = context.byReference === "never" ? undefined : exportOf(fn, definition);
  if (reference) return context.add(fn, reference);
  return byValue(context, fn, here, definition);
}

/** Loads what is needed to know of a function's surroundings. */
function define(description: Definition["description"], script: Script, text: string): Definition {
  const { location, scopes } = description;
  const inModule = scopes.some(({ type }) => type === "Module");
  loadSource(script, text, location, inModule && script.url !== "");
  return { description, script, inModule, position: script.find(text, location) };
}

function exportOf(
  fn: object,
  { description, script, inModule, position }: Definition,
): ReferenceNode | undefined {
  if (!inModule) return commonJsExport(fn, script);
  const scope = description.scopes.findLast(({ type }) => type === "Module");
  return scope && position && moduleExport(fn, textOf(fn), script, scope, position);
}

/** Whether a class is one that Node itself defines. */
export function isNodeClass(constructor: object): boolean {
  const description = describeFunction(constructor);
  if (description.kind !== "function") return false;
  const script = scriptOf(description.location.scriptId);
  identify(script, textOf(constructor), description);
  return isNodeScript(script);
}

/** The place where every isolate finds a function; undefined where there is none. Needs the inspector. */
export function findReference(fn: AnyFunction): ReferenceNode | undefined {
  const description = describeFunction(fn);
  if (description.kind !== "function") return undefined;
  const script = scriptOf(description.location.scriptId);
  identify(script, textOf(fn), description);
  if (isNodeScript(script)) return undefined;
  return exportOf(fn, define(description, script, textOf(fn)));
}

function boundNode(
  context: CaptureContext,
  fn: AnyFunction,
  { target, self, args }: FunctionDescription & { kind: "bound" },
  trail: Trail,
): number {
  const node: GraphNode & { type: "bound" } = {
    type: "bound",
    target: { v: null },
    self: { v: null },
    args: [],
  };
  const index = context.add(fn, node);
  node.target = context.slot(target, trail.to("bound function"));
  node.self = context.slot(self, trail.to("bound this"));
  node.args = args.map((argument, place) => context.slot(argument, trail.to(`bound argument ${place}`)));
  return index;
}

const refuseNative = (trail: Trail): Error =>
  trail.refusal(
    "it is a native function without a global name",
    "Wrap it in an arrow function that calls it by name",
  );

/** Without the inspector: what identity and text alone can tell. */
function undescribedNode(context: CaptureContext, fn: AnyFunction, trail: Trail): number {
  const shared = nativeReference(fn) ?? builtinReference(fn);
  if (shared) return context.add(fn, shared);
  if (isNativeFunction(fn)) throw refuseNative(trail);
  const reference = context.byReference === "never" ? undefined : anyCommonJsExport(fn);
  if (reference) return context.add(fn, reference);
  return byValue(context, fn, trail, undefined);
}

function byValue(
  context: CaptureContext,
  fn: AnyFunction,
  trail: Trail,
  definition: Definition | undefined,
  given?: GivenCaptures,
): number {
  if (context.byReference === "only")
    throw trail.refusal(
      'it is not an export of a module, and `byReference: "only"` allows nothing else',
      "Export it from a module other than the entry",
    );
  const text = textOf(fn);
  const { analysis, strict } = analyse(fn, text, trail, definition);
  refuseUnsendableText(analysis, trail, definition);
  const code = codeRecord(text, analysis, strict, definition);
  context.codes.set(code.id, code);
  const node: FunctionNode = { type: "function", code: code.id, name: fn.name, bindings: [] };
  const index = context.add(given?.key ?? fn, node);
  if (analysis.isClass) {
    // the statics and methods of a class can be changed at any time
    context.stable = false;
    node.origin = originId(fn);
    noteComputedParts(context, fn, node, analysis, code, text, trail);
  }
  const captured = { node, fn, analysis, trail, variables: [] };
  context.functions.push(captured);
  captureVariables(context, captured, definition, given, captureMode().reason);
  addOwnParts(context, fn, node, analysis, text, trail);
  return index;
}

function analyse(
  fn: AnyFunction,
  text: string,
  trail: Trail,
  definition: Definition | undefined,
): { analysis: TextAnalysis; strict: boolean } {
  try {
    const known = knownStrictness(fn, definition);
    const analysis = analyser().analyseText(text, known ?? true);
    const strict = known ?? unknownStrictness(analysis, definition);
    return { analysis: strict === (known ?? true) ? analysis : analyser().analyseText(text, strict), strict };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw trail.refusal(
      `its text cannot be parsed (${error.message})`,
      "Export it from a module and submit the export",
      error,
    );
  }
}

function knownStrictness(fn: AnyFunction, definition: Definition | undefined): boolean | undefined {
  if (definition?.inModule) return true;
  if (definition) {
    const { script, description } = definition;
    const received = receivedCodeAt(script.url, description.location.lineNumber);
    if (received) return received.strict;
  }
  try {
    // only plain sloppy functions answer; everything else throws a TypeError
    void (fn as { caller?: unknown }).caller;
    return false;
  } catch {
    return undefined;
  }
}

function unknownStrictness(analysis: TextAnalysis, definition: Definition | undefined): boolean {
  if (analysis.isPlainFunction || analysis.isClass || analysis.hasStrictDirective) return true;
  const { script, position } = definition ?? {};
  const facts = position && script?.facts(false);
  // code of which nothing more is known is most likely a bundler's or test runner's, which is strict
  return facts ? facts.surroundingsAt(position.offset).strict : true;
}
