/**
 * What a task takes with it beside its arguments: the value given with `with({ context })`, and the stores that
 * were current where it was submitted.
 *
 * @module
 */
import { type AsyncContext, SeparateCalls } from "../async-context.js";
import { type DecodeHooks, decode } from "../wire/decode.js";
import { type EncodeHooks, encode, refusal } from "../wire/encode.js";
import { type CurrentTask, taskStorage } from "./current-task.js";
import { propagates, runWithStores, type Stores, storesHere } from "./propagation.js";
import { type RunningTask, runningTaskOf } from "./running-task.js";
import type { Task } from "./task.js";

/** An encoded value with what it is called. */
interface WireValue {
  readonly name: string;
  readonly value: unknown;
  readonly marked: boolean;
}

/** The same in a message; a submission from inside a task passes by the main thread in this form. */
export interface WireCarried {
  readonly context: WireValue | undefined;
  readonly stores: readonly WireValue[];
  /** When the task has to be done, in ms since the epoch by the machine's monotonic clock; undefined: at any time. */
  readonly endsAt?: number;
}

/** What a task carries, on the side that submits it. */
export interface Carried {
  readonly context: unknown;
  readonly stores: Stores | undefined;
  /** Where it was submitted, for tasks on this very thread. */
  readonly scope: AsyncContext | undefined;
  /** Set for what came from another isolate and goes on as it is. */
  readonly wire?: WireCarried;
}

/** What came with a task, where it runs. */
export interface Received {
  readonly context: unknown;
  readonly stores: Stores | undefined;
  /** By this isolate's clock. */
  readonly deadlineAt: number;
}

/**
 * What a task carries to another isolate that is submitted here and now; undefined for nothing.
 * @param within - the task that submits it.
 * @param given - its own `context` option.
 */
export function carry(within: CurrentTask | undefined, given: unknown): Carried | undefined {
  const context = given === undefined ? within?.context : given;
  const passed = runningTaskOf(within)?.stores;
  const stores = passed || propagates() ? storesHere(passed) : undefined;
  if (context === undefined && stores === undefined) return undefined;
  return { context, stores, scope: undefined };
}

/** Something that came from another isolate in a message, to go on to the next. */
export function passOn(wire: WireCarried | undefined): Carried | undefined {
  return wire && { context: undefined, stores: undefined, scope: undefined, wire };
}

/**
 * Encodes what a task carries. It is copied always, because others may carry it too.
 * @throws SerializationError that names the context or the store; of what `postMessage` refuses, too.
 */
export function encodeCarried(carried: Carried, hooks: EncodeHooks): WireCarried {
  if (carried.wire) return carried.wire;
  const { context, stores } = carried;
  return {
    context: context === undefined ? undefined : encodeOne("context", "context", context, hooks),
    stores: [...(stores ?? [])].map(([name, value]) => encodeOne(`store "${name}"`, name, value, hooks)),
  };
}

/** What goes with a task to another isolate; undefined for nothing. @throws SerializationError as above. */
export function encodeCarriedBy(task: Task, hooks: EncodeHooks): WireCarried | undefined {
  const { carried, deadlineAt } = task;
  const wire = carried && encodeCarried(carried, hooks);
  if (deadlineAt === Number.POSITIVE_INFINITY) return wire;
  const endsAt = performance.timeOrigin + performance.now() + deadlineAt - task.clock.now();
  return { context: undefined, stores: [], ...wire, endsAt };
}

function encodeOne(what: string, name: string, given: unknown, hooks: EncodeHooks): WireValue {
  const { value, marked } = encode(given, what, hooks);
  return { name, value, marked };
}

/** The reason why a message was refused, where it lies in what the task carries. */
export function refusalOfCarried(
  wire: WireCarried | undefined,
  cause: unknown,
): ReturnType<typeof refusal> | undefined {
  if (!wire) return undefined;
  const parts: [string, WireValue][] = wire.stores.map((each) => [`store "${each.name}"`, each]);
  if (wire.context) parts.unshift(["context", wire.context]);
  for (const [what, { value }] of parts) {
    try {
      structuredClone(value);
    } catch {
      return refusal(value, what, cause);
    }
  }
  return undefined;
}

/** Hands to a task what came with it: at once, unless something has to be found first. */
export function receiveCarried(
  task: RunningTask,
  wire: WireCarried,
  hooks: DecodeHooks,
): Promise<void> | undefined {
  try {
    const received = decodeCarried(wire, hooks);
    if (received instanceof Promise) {
      return received.then((value) => {
        task.received = value;
      });
    }
    task.received = received;
    return undefined;
  } catch (error) {
    return Promise.reject(error);
  }
}

const tasks = new SeparateCalls();

/** Calls a function as a task, with what came along. Stores that it enters end with it. */
export function runAs<R>(task: RunningTask, fn: (...args: unknown[]) => R, args: readonly unknown[]): R {
  return tasks.next.runInAsyncScope(enter<R>, undefined, task, fn, args);
}

function enter<R>(task: RunningTask, fn: (...args: unknown[]) => R, args: readonly unknown[]): R {
  // the context is this call's own: `run` would cost twice as much to put back what is gone anyway
  taskStorage.enterWith(task);
  const { stores } = task;
  if (stores) return runWithStores(stores, () => fn(...args));
  return args.length === 1 ? fn(args[0]) : fn(...args);
}

function decodeCarried(
  { context, stores, endsAt }: WireCarried,
  hooks: DecodeHooks,
): Received | Promise<Received> {
  const values = [context, ...stores].map((each) => (each?.marked ? decode(each.value, hooks) : each?.value));
  const received = ([first, ...rest]: unknown[]): Received => ({
    context: first,
    deadlineAt: endsAt === undefined ? Number.POSITIVE_INFINITY : endsAt - performance.timeOrigin,
    stores: rest.length > 0 ? new Map(stores.map(({ name }, at) => [name, rest[at]])) : undefined,
  });
  return values.some((each) => each instanceof Promise)
    ? Promise.all(values).then(received)
    : received(values);
}
