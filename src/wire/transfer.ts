import type { FileHandle } from "node:fs/promises";
import type { MessagePort } from "node:worker_threads";
import { InvalidArgumentError } from "../errors.js";
import { portable, registerReviver } from "../portable.js";

/** An object that structured clone can move instead of copying. */
export type Transferable = ArrayBuffer | MessagePort | FileHandle;

const lists = new WeakMap<object, readonly Transferable[]>();
let anyMarked = false;

/**
 * Marks a value so that its buffers move to the other side instead of being copied, as an argument of
 * `submit` or as the result of a task. Afterwards they are detached here.
 *
 * @param value - what is passed or returned.
 * @param list - what moves. Default: the buffer of a typed array, or the value itself.
 * @throws InvalidArgumentError when there is nothing to move.
 * @example
 * const pixels = await pool.submit((image) => transfer(render(image)), transfer(image));
 */
export function transfer<T extends object>(value: T, list?: readonly Transferable[]): T {
  if (list !== undefined && !Array.isArray(list)) {
    throw new InvalidArgumentError("list", list, "an array of ArrayBuffers, MessagePorts or FileHandles");
  }
  if ((typeof value !== "object" && typeof value !== "function") || value === null)
    throw new InvalidArgumentError("value", value, "an object: anything else is copied anyway");
  lists.set(value, list ?? [movable(value)]);
  anyMarked = true;
  return value;
}

// a closure may capture the function itself, as code in one bundle does
const reviver = "ungil.transfer";
Object.defineProperty(transfer, portable, { value: () => ({ reviver, data: undefined }) });
registerReviver(reviver, () => transfer);

/** What is to move with a value, where it was marked. */
export function transferListOf(value: object): readonly Transferable[] | undefined {
  return anyMarked ? lists.get(value) : undefined;
}

function movable(value: object): Transferable {
  if (ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer) return value.buffer;
  if (value instanceof ArrayBuffer) return value;
  const name = value?.constructor?.name;
  if (name === "MessagePort" || name === "FileHandle") return value as Transferable;
  throw new InvalidArgumentError(
    "value",
    value,
    "an ArrayBuffer, a view of one, a MessagePort or a FileHandle when no list says what moves",
  );
}
