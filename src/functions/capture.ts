/**
 * Any function as something that can be sent: synchronous, so that what is sent is the state at the call.
 *
 * @module
 */
import { CaptureError } from "../errors.js";
import { checkFunction, checkOneOf, checkOptions } from "../validate.js";
import { analyser } from "./analyser.js";
import { BoundedCache } from "./bounded-cache.js";
import { describeLocation } from "./by-reference.js";
import { functionNode, isNodeClass } from "./capture-function.js";
import { objectNode, symbolNode } from "./capture-values.js";
import { shareCells } from "./cells.js";
import { hasOwnParts } from "./classes.js";
import { type ByReference, CaptureContext, type NodeMaker } from "./context.js";
import { explicitCaptures } from "./explicit.js";
import { nextId } from "./ids.js";
import { describeFunction, releaseHandles } from "./inspector.js";
import { isNativeFunction, textOf } from "./natives.js";
import type { CodeRecord, FunctionGraph } from "./payload.js";
import { areEqual } from "./repeats.js";
import { scriptOf } from "./scripts.js";
import { captureMode } from "./self-test.js";
import { Trail } from "./trail.js";

/** A function prepared for another isolate: an immutable snapshot. All parts are structured-clonable. */
export interface ShippedFunction {
  /** Unique over isolates. Snapshots of one id are equal. */
  readonly id: number;
  /** The function's name, `"(anonymous)"` where it has none. */
  readonly name: string;
  /** `file:line:column`, where known. */
  readonly location: string | undefined;
  /** Whether captures answer this object again: for ever, or until a captured variable has another value. */
  readonly stable: boolean;
  /** Values and bindings. */
  readonly graph: FunctionGraph;
  /** The texts that the graph refers to by their id; each has to be sent to a worker once. */
  readonly codes: readonly CodeRecord[];
}

/** How a function is captured. */
export interface CaptureOptions {
  /**
   * `"auto"` (the default): by reference where the function is an export, else by value. `"never"`: by value
   * always. `"only"`: refuse what is not an export.
   */
  readonly byReference?: ByReference | undefined;
}

type AnyFunction = ((...args: never[]) => unknown) & { readonly prototype?: unknown };

const shippedFunctions = new WeakMap<object, { shipped: ShippedFunction; functions: readonly object[] }>();
const varyingFunctions = new WeakMap<object, ShippedFunction>();
const shippedTexts = new BoundedCache<string, ShippedFunction>(1_000);

const usual: CaptureOptions = {};

/**
 * Captures a function with everything it needs elsewhere.
 *
 * *Cost*: 60 to 250 µs, more in a module of a thousand variables; nothing for a function whose snapshot can't
 * change, from its second capture on. Captured data are copied.
 *
 * *Errors*: `InvalidArgumentError` where `fn` is not a function; `CaptureError` where a copy would not do what
 * the function does, with the variable's path and the remedy.
 *
 * @example
 * const shipped = captureFunction((x: number) => x * factor);
 * worker.postMessage({ codes: shipped.codes, graph: shipped.graph });
 */
export function captureFunction(
  fn: (...args: never[]) => unknown,
  options: CaptureOptions = usual,
): ShippedFunction {
  checkFunction("fn", fn);
  if (options !== usual) {
    checkOptions("options", options);
    const allowed = ["auto", "never", "only"] as const;
    const byReference = checkOneOf("options.byReference", options.byReference ?? "auto", allowed);
    if (byReference !== "auto") return capture(fn, byReference);
  }
  const known = shippedFunctions.get(fn);
  if (known && !known.functions.some(hasOwnParts)) return known.shipped;
  const textKey = keyOfText(fn);
  const sameText = textKey === undefined ? undefined : shippedTexts.get(textKey);
  if (sameText) return sameText;
  const selfContained = (): boolean => textKey !== undefined && isSelfContained(fn);
  const shipped = capture(fn, "auto", selfContained);
  // a reference names one module: another with the same text must not depend on it, and nobody has to analyse it
  if (shipped.stable && shipped.codes.length > 0 && selfContained()) shippedTexts.set(textKey!, shipped);
  return shipped;
}

/** Under which a function is kept whose text is all there is to it. */
function keyOfText(fn: AnyFunction): string | undefined {
  if (isNativeFunction(fn) || hasOwnParts(fn) || explicitCaptures(fn)) return undefined;
  return `${fn.name}\n${textOf(fn)}`;
}

/** A text without free variables means the same wherever it stands (rule 7). */
function isSelfContained(fn: AnyFunction): boolean {
  const text = textOf(fn);
  try {
    const { free, outer, isClass, isArrow, isPlainFunction } = analyser().analyseText(text, true);
    const { importMeta, dynamicImport, strictnessMatters, directEval } = outer;
    if (free.size > 0 || isClass || dynamicImport || importMeta.length > 0 || directEval) return false;
    if (strictnessMatters || outer.with || outer.super || outer.privateName) return false;
    if (isArrow && (outer.this || outer.arguments || outer.newTarget)) return false;
    // a sloppy function's `this` is the global object
    return !(isPlainFunction && outer.this);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function capture(
  fn: AnyFunction,
  byReference: ByReference,
  isSelfContained: () => boolean = () => false,
): ShippedFunction {
  const { mode } = captureMode();
  const context = new CaptureContext(makeNode, mode === "full", byReference);
  const name = fn.name || "(anonymous)";
  try {
    const trail = Trail.start(name);
    const root = context.node(fn, trail);
    shareCells(context);
    copyData(context);
    const isStable = (context.stable && !context.varies) || (byReference === "auto" && isSelfContained());
    const shipped: ShippedFunction = {
      id: nextId(),
      name,
      location: context.functions[0]?.trail.location ?? locationOf(fn, mode),
      stable: byReference === "auto" && isStable,
      graph: { root, nodes: context.nodes },
      codes: [...context.codes.values()],
    };
    if (byReference === "auto" && context.stable && context.varies && !isStable)
      return unlessRepeated(fn, shipped);
    if (shipped.stable)
      shippedFunctions.set(fn, { shipped, functions: context.functions.map((each) => each.fn) });
    return shipped;
  } catch (error) {
    if (error instanceof RangeError)
      throw new CaptureError("its captured values are nested too deeply to be copied", {
        functionName: name,
        path: [`\`${name}\``],
        advice: "Capture them in a flatter form, such as an array",
        cause: error,
      });
    throw error;
  } finally {
    if (mode === "full") releaseHandles();
  }
}

/**
 * The snapshot before this one where nothing changed in between. It is stable from the first repetition on: what
 * has another value each time is not worth being kept by a worker.
 */
function unlessRepeated(fn: AnyFunction, shipped: ShippedFunction): ShippedFunction {
  const last = varyingFunctions.get(fn);
  const isRepeated = last !== undefined && areEqual(last.graph, shipped.graph);
  if (isRepeated && last.stable) return last;
  const answer = isRepeated ? { ...last, stable: true } : shipped;
  varyingFunctions.set(fn, answer);
  return answer;
}

const makeNode: NodeMaker = (context, value, trail, members) => {
  if (typeof value === "symbol") return symbolNode(context, value);
  if (typeof value === "function") return functionNode(context, value as AnyFunction, trail);
  return objectNode(context, value, trail, members, context.full ? isNodeClass : () => false);
};

/** Mutable data is copied at the call: what the program changes afterwards is not sent (rule 6). */
function copyData({ copied }: CaptureContext): void {
  if (copied.length === 0) return;
  try {
    // one clone of all, so that objects which several places share stay one object
    const values = structuredClone(copied.map(({ node }) => node.value));
    copied.forEach(({ node }, index) => {
      node.value = values[index];
    });
  } catch (error) {
    if (error instanceof RangeError) throw error;
    for (const { node, trail } of copied) {
      try {
        structuredClone(node.value);
      } catch (cause) {
        throw trail.refusal(
          `it cannot be copied (${(cause as Error).message})`,
          "Create it inside the function, or capture plain data",
          cause,
        );
      }
    }
    throw error;
  }
}

function locationOf(fn: AnyFunction, mode: string): string | undefined {
  if (mode !== "full") return undefined;
  const description = describeFunction(fn);
  if (description.kind !== "function") return undefined;
  return describeLocation(scriptOf(description.location.scriptId).url, description.location);
}
