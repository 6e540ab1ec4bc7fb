/**
 * Values on their way out. Plain data goes to structured clone untouched; where a graph holds something that
 * structured clone would change (a Buffer, a URL, an Error) or refuse (a function, an executor), a copy is
 * made in which a mark stands for it. Shared and cyclic references stay what they are.
 *
 * @module
 */
import { SerializationError } from "../errors.js";
import { forEachChild, isDetached, kindOf } from "./graph.js";
import { isLargeMemory, MemoryCopies } from "./memory-copies.js";
import { rebuild } from "./rebuild.js";
import { type Transferable, transferListOf } from "./transfer.js";
import { findUncloneable } from "./uncloneable.js";

/** What the sender lends to the encoder. */
export interface EncodeHooks {
  /** Makes a function sendable; without it functions are refused. */
  readonly shipFunction?: (fn: (...args: never[]) => unknown) => unknown;
  /** Whether whoever posts copies large memory by itself, better than it could be done here. */
  readonly copiesMemory?: boolean;
  /** How the other side finds a class of ours again. */
  readonly referenceTo: (errorClass: (...args: never[]) => unknown) => unknown;
}

/** A value ready for `postMessage`. */
export interface EncodedValue {
  readonly value: unknown;
  /** Whether the value holds marks. */
  readonly marked: boolean;
  /** What moves with the message: what was told to, and copies that were made for it. */
  readonly transfer: readonly Transferable[];
  /** Whether anything moves that was told to: it is gone here then, and can't be sent again. */
  readonly moves: boolean;
}

/** What a survey found in a graph. */
interface Findings {
  /** Something needs a mark. */
  special: boolean;
  /** There is large memory in it, and not much else. */
  large: boolean;
}

const nothing: readonly Transferable[] = [];

/** Above this many objects a graph is searched with a record of what was seen, below it without. */
const smallGraph = 500;

/**
 * Most levels of a value. Structured clone recurses, and a thread with a large stack could send what the
 * receiver's stack can't take: such a message would be lost. Node's default stacks take about 1,600.
 */
const deepest = 1_000;

/** Whether the value is copied by value everywhere: such values may share a message with others. */
export function isPrimitive(value: unknown): boolean {
  return (
    value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol")
  );
}

/**
 * Prepares a value for the other side.
 * @param what - how messages call it: `"result"`, `"arguments"`.
 * @param list - what moves besides what `transfer` marked.
 * @param copies - `"cloned"`: by structured clone; `"moved"`: large memory is copied here, and `transfer` has the
 *   copies, for whoever posts the value once.
 * @throws SerializationError for what can't be sent, as far as it is seen here; `postMessage` sees the rest.
 */
export function encode(
  value: unknown,
  what: string,
  hooks: EncodeHooks,
  list: readonly Transferable[] = nothing,
  copies: "cloned" | "moved" = "cloned",
): EncodedValue {
  if (isPrimitive(value) || typeof value === "symbol")
    return { value, marked: false, transfer: list, moves: list.length > 0 };
  try {
    const moving: Transferable[] = [];
    const { special, large } = surveySmall(value, moving) ?? surveyLarge(value, moving, what);
    for (const each of list) if (!moving.includes(each)) moving.push(each);
    // Node 20 would post it, and the receiver could not read the message
    if (moving.some(isDetached))
      throw new TypeError("an ArrayBuffer that is to move was moved elsewhere before");
    const moves = moving.length > 0;
    const copiesHere = copies === "moved" && hooks.copiesMemory !== true;
    const memory = large && copiesHere ? MemoryCopies.of(value, moving) : undefined;
    if (!special && !memory) return { value, marked: false, transfer: moving, moves };
    const rebuilt = rebuild(value, what, hooks, special, memory);
    return {
      value: rebuilt,
      marked: special,
      transfer: memory ? [...moving, ...memory.memories] : moving,
      moves,
    };
  } catch (error) {
    // a getter or a Proxy threw; what travels as a mark is not to blame
    const isMarked = (each: object): boolean =>
      typeof each === "function" ? hooks.shipFunction !== undefined : kindOf(each) !== "data";
    throw refusal(value, what, error, isMarked);
  }
}

/**
 * Explains why a value could not be read or why `postMessage` refused it: the error names the path.
 * @param value - what was posted, in the form that `encode` gave it.
 * @param isDealtWith - where it has not got that form yet: what can be sent though structured clone refuses it.
 */
export function refusal(
  value: unknown,
  what: string,
  cause: unknown,
  isDealtWith?: (value: object) => boolean,
): SerializationError {
  if (cause instanceof SerializationError) return cause;
  const found = findUncloneable(value, what, isDealtWith);
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = found
    ? `${found.path} can't be sent: it is ${found.kind}`
    : `${what} can't be sent: ${reason}`;
  return new SerializationError(message, found?.path ?? what, { cause });
}

function noteMoving(value: object, moving: Transferable[]): void {
  const list = transferListOf(value);
  if (list) for (const each of list) if (!moving.includes(each)) moving.push(each);
}

/**
 * What a graph holds; collects what is to move on the way. Answers undefined for a graph that is large or
 * cyclic: then nothing was collected.
 */
function surveySmall(root: unknown, moving: Transferable[]): Findings | undefined {
  let special = false;
  let large = false;
  let count = 0;
  const stack: unknown[] = [root];
  const visit = (value: unknown): void => {
    if (typeof value === "object" ? value !== null : typeof value === "function") stack.push(value);
  };
  while (stack.length > 0) {
    const value = stack.pop() as object;
    if (typeof value === "function") {
      special = true;
      continue;
    }
    if (++count > smallGraph) {
      moving.length = 0;
      return undefined;
    }
    noteMoving(value, moving);
    large ||= isLargeMemory(value);
    if (kindOf(value) !== "data") special = true;
    else forEachChild(value, visit);
  }
  return { special, large };
}

/** The same for any graph: each object once, in structured clone's own order, which tells how deep it goes. */
function surveyLarge(root: unknown, moving: Transferable[], what: string): Findings {
  let special = false;
  const seen = new Set<object>();
  const stack: object[] = [root as object];
  const depths: number[] = [1];
  let children: object[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === "function") special = true;
    else if (typeof value === "object" && value !== null) children.push(value);
  };
  while (stack.length > 0) {
    const value = stack.pop()!;
    const depth = depths.pop()!;
    if (seen.has(value)) continue;
    seen.add(value);
    if (depth > deepest) {
      throw new SerializationError(
        `${what} can't be sent: it is nested more than ${deepest} levels deep. ` +
          "Send a flat form of it, such as an array of nodes that name each other by index",
        what,
      );
    }
    noteMoving(value, moving);
    if (kindOf(value) !== "data") {
      special = true;
      continue;
    }
    forEachChild(value, visit);
    for (let child = children.pop(); child; child = children.pop()) {
      if (seen.has(child)) continue;
      stack.push(child);
      depths.push(depth + 1);
    }
    children = [];
  }
  return { special, large: false };
}
