/**
 * Values other than functions as nodes of the graph: copied where a copy is right, refused where it would not
 * be (rule 6).
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { types } from "node:util";
import { isPortable, portable } from "../portable.js";
import { analyser } from "./analyser.js";
import type { MemberTree } from "./analysis/text.js";
import { commonJsModule } from "./by-reference.js";
import type { CaptureContext } from "./context.js";
import { builtinReference, isNativeFunction, nativeReference, textOf } from "./natives.js";
import { sourceOf } from "./origins.js";
import type { GraphNode, PropertyEntry } from "./payload.js";
import { hasInternalState, isDecoratedIntrinsic, isIntrinsicPrototype, PlainDataTest } from "./plain-data.js";
import { propertiesOf } from "./properties.js";
import type { Trail } from "./trail.js";

const tests = new WeakMap<CaptureContext, PlainDataTest>();

/** Whether the class of an instance is one that Node defines in JavaScript. */
export type IsNodeClass = (constructor: object) => boolean;

/** A symbol, by what every isolate knows of it. A symbol of the program's own is a new one in each isolate. */
export function symbolNode(context: CaptureContext, symbol: symbol): number {
  const key = Symbol.keyFor(symbol);
  if (key !== undefined) return context.add(symbol, { type: "registered symbol", key });
  const known = nativeReference(symbol);
  return context.add(symbol, known ?? { type: "symbol", description: symbol.description });
}

/** The node of something that follows the portable protocol. A Proxy is not asked: its traps may throw. */
export function portableNode(context: CaptureContext, value: object): number | undefined {
  if (types.isProxy(value) || !isPortable(value)) return undefined;
  context.stable = false;
  return context.add(value, { type: "portable", reference: value[portable]() });
}

/** A value that stands for a module namespace: real ones, and what compilers make of them. */
export function isNamespaceLike(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (types.isModuleNamespaceObject(value)) return true;
  try {
    return Reflect.get(value, Symbol.toStringTag) === "Module" || Object.hasOwn(value, "__esModule");
  } catch {
    // a Proxy that refuses to be looked at, or was revoked
    return false;
  }
}

/** Turns an object into a node. */
export function objectNode(
  context: CaptureContext,
  value: object,
  trail: Trail,
  members: MemberTree | undefined,
  isNodeClass: IsNodeClass,
): number {
  const ported = portableNode(context, value);
  if (ported !== undefined) return ported;
  const known = sourceOf(value) ?? nativeReference(value) ?? builtinReference(value);
  if (known) return context.add(value, known);
  if (members && !members.whole && isNamespaceLike(value)) return prunedNode(context, value, trail, members);
  if (types.isProxy(value))
    throw trail.refusal(
      "it is a Proxy, whose target and handler cannot be read",
      "Build it inside the function, or capture plain data",
    );
  let test = tests.get(context);
  if (!test) {
    test = new PlainDataTest();
    tests.set(context, test);
  }
  if (test.isPlain(value)) return copiedNode(context, value, trail);
  const module = context.byReference === "never" ? undefined : commonJsModule(value);
  if (module) return context.add(value, module);
  context.stable = false;
  return builtInKindNode(context, value, trail) ?? ownKindNode(context, value, trail, isNodeClass);
}

function copiedNode(context: CaptureContext, value: object, trail: Trail): number {
  context.stable = false;
  const node = { type: "data" as const, value: value as unknown };
  context.copied.push({ node, trail });
  return context.add(value, node);
}

/** Only the members that the code names: a namespace can hold what can't be sent, and need not be sent. */
function prunedNode(context: CaptureContext, value: object, trail: Trail, { members }: MemberTree): number {
  const properties: PropertyEntry[] = [];
  const index = context.add(undefined, { type: "object", nullPrototype: false, properties });
  for (const [name, tree] of members) {
    if (!Reflect.has(value, name)) continue;
    const member: unknown = Reflect.get(value, name);
    const inner = isNamespaceLike(member) && !tree.whole ? tree : undefined;
    properties.push([name, context.slot(member, trail.to(`.${name}`), inner)]);
  }
  return index;
}

/** Objects of the language's own kinds. */
function builtInKindNode(context: CaptureContext, value: object, trail: Trail): number | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  refuseUnsendable(value, trail);
  if (Array.isArray(value) && isIntrinsicPrototype(prototype, "Array")) {
    const properties: PropertyEntry[] = [];
    const index = context.add(value, { type: "array", length: value.length, properties });
    properties.push(...propertiesOf(context, value, trail, ["length"]));
    return index;
  }
  if (types.isMap(value) && isIntrinsicPrototype(prototype, "Map")) {
    const node: GraphNode & { type: "map" } = { type: "map", entries: [], properties: [] };
    const index = context.add(value, node);
    for (const [key, item] of value) {
      const shown = typeof key === "object" && key !== null ? "…" : String(key);
      node.entries.push([
        context.slot(key, trail.to("(map key)")),
        context.slot(item, trail.to(`.get(${shown})`)),
      ]);
    }
    node.properties = propertiesOf(context, value, trail);
    return index;
  }
  if (types.isSet(value) && isIntrinsicPrototype(prototype, "Set")) {
    const node: GraphNode & { type: "set" } = { type: "set", items: [], properties: [] };
    const index = context.add(value, node);
    for (const item of value) node.items.push(context.slot(item, trail.to("(set item)")));
    node.properties = propertiesOf(context, value, trail);
    return index;
  }
  if (Buffer.isBuffer(value)) {
    // structured clone would make a Uint8Array of it, and copy the whole pool that it is part of
    const shared = types.isSharedArrayBuffer(value.buffer);
    const bytes = shared
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : Uint8Array.prototype.slice.call(value);
    return context.add(value, { type: "buffer", bytes: shared ? bytes : new Uint8Array(bytes) });
  }
  if (types.isRegExp(value) && isIntrinsicPrototype(prototype, "RegExp")) {
    const { source, flags, lastIndex } = value;
    const properties = propertiesOf(context, value, trail, ["lastIndex"]);
    return context.add(value, { type: "regexp", source, flags, lastIndex, properties });
  }
  if (value instanceof URL && prototype === URL.prototype)
    return context.add(value, { type: "url", href: value.href });
  if (isDecoratedIntrinsic(value)) return decoratedNode(context, value, trail);
  if (hasInternalState(value) && !types.isNativeError(value) && !types.isModuleNamespaceObject(value))
    throw trail.refusal(
      `it is a ${kindOf(value)}, which holds native state`,
      "Create it inside the function",
    );
  if (
    prototype === null ||
    isIntrinsicPrototype(prototype, "Object") ||
    types.isModuleNamespaceObject(value)
  ) {
    const properties: PropertyEntry[] = [];
    const nullPrototype = prototype === null && !types.isModuleNamespaceObject(value);
    const index = context.add(value, { type: "object", nullPrototype, properties });
    properties.push(...propertiesOf(context, value, trail));
    return index;
  }
  return undefined;
}

function decoratedNode(context: CaptureContext, value: object, trail: Trail): number {
  const properties: PropertyEntry[] = [];
  const node = { type: "decorated" as const, value: value as unknown, properties };
  context.copied.push({ node, trail });
  const index = context.add(value, node);
  properties.push(...propertiesOf(context, value, trail));
  return index;
}

const kindOf = (value: object): string => String(Reflect.get(value, Symbol.toStringTag) ?? "native object");

function refuseUnsendable(value: object, trail: Trail): void {
  const kind = kindOf(value);
  if (types.isPromise(value))
    throw trail.refusal(
      "it is a Promise, which belongs to this isolate",
      "Await it first and capture the result",
    );
  if (types.isArgumentsObject(value))
    throw trail.refusal(
      "it is the `arguments` object of a function",
      "Copy it to an array: const args = [...arguments]",
    );
  if (value instanceof AbortSignal)
    throw trail.refusal(
      "it is an AbortSignal, which only this isolate can watch",
      "Use `currentTask().signal` inside the function and the `signal` option of the task",
    );
  if (value instanceof AsyncLocalStorage)
    throw trail.refusal(
      "it is an AsyncLocalStorage, and another isolate does not know which of its own it stands for",
      "Give it a name that connects them: propagate(name, storage)",
    );
  if (
    ["WeakMap", "WeakSet", "WeakRef", "FinalizationRegistry"].includes(kind) &&
    !Object.hasOwn(value, Symbol.toStringTag)
  )
    throw trail.refusal(`it is a ${kind}, whose contents cannot be read`, "Create it inside the function");
  if (types.isGeneratorObject(value))
    throw trail.refusal(
      "it is a generator object, whose progress cannot be read",
      "Capture the generator function and call it inside the function",
    );
}

/** Classes of Node whose instances structured clone copies with all they hold. */
const cloneableNodeClasses = new Set(
  "Blob File KeyObject SecretKeyObject PublicKeyObject PrivateKeyObject CryptoKey X509Certificate BlockList SocketAddress".split(
    " ",
  ),
);

/** Instances of classes. */
function ownKindNode(context: CaptureContext, value: object, trail: Trail, isNodeClass: IsNodeClass): number {
  const prototype = Object.getPrototypeOf(value) as { constructor?: unknown };
  const { constructor } = prototype;
  if (typeof constructor !== "function" || (constructor as { prototype?: unknown }).prototype !== prototype)
    throw trail.refusal(
      "its prototype is not that of a class",
      "Capture plain data or an instance of a class",
    );
  const isError = types.isNativeError(value);
  for (
    let each: unknown = constructor;
    typeof each === "function" && each !== Function.prototype;
    each = Object.getPrototypeOf(each)
  ) {
    const native = isNativeFunction(each);
    if (native && isError) break;
    if (native || isNodeClass(each)) {
      if (cloneableNodeClasses.has(constructor.name)) return copiedNode(context, value, trail);
      const ancestor = each === constructor ? "" : ` (extends ${each.name})`;
      throw trail.refusal(
        `it is an instance of ${constructor.name}${ancestor}, which holds native state`,
        `Create the ${constructor.name} inside the function, or capture the options for it`,
      );
    }
    if (hasPrivateMembers(each))
      throw trail.refusal(
        `it is an instance of class ${each.name} with private (#) members, which cannot be read from outside`,
        "Capture the constructor's arguments and create the instance inside the function",
      );
  }
  const node: GraphNode & { type: "instance" } = {
    type: "instance",
    class: { v: null },
    error: isError,
    properties: [],
  };
  const index = context.add(value, node);
  node.class = context.slot(constructor, trail.to(`class ${constructor.name}`));
  node.properties = propertiesOf(context, value, trail);
  return index;
}

function hasPrivateMembers(constructor: object): boolean {
  try {
    return analyser().analyseText(textOf(constructor), true).hasPrivateMembers;
  } catch (error) {
    if (error instanceof SyntaxError) return true;
    throw error;
  }
}
