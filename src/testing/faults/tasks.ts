/**
 * Functions that the fault suite submits. Each stands by itself, so that any executor can send it; `cells` is what
 * a gate shares with them: `[open, arrivals]`. What is to happen to a worker happens when the gate opens, so that
 * a test knows the time of the cause.
 *
 * @module
 */
import { currentTask } from "../../pool/current-task.js";
import { addToCell, type Cells, loadCell, storeCell, waitForCell } from "../cells.js";

/** The ways in which a task brings its worker down. */
export type Crash =
  | "exit"
  | "exit in a timer"
  | "exit in a promise"
  | "reallyExit"
  | "throw in a timer"
  | "throw in nextTick"
  | "throw in setImmediate"
  | "rejection"
  | "heap";

/** Comes to the gate, and brings its worker down when it opens. */
export function crashAtGate(cells: Cells, crash: Crash): Promise<never> {
  const fail = (): never => {
    throw new RangeError(crash);
  };
  addToCell(cells, 1, 1);
  waitForCell(cells, 0);
  if (crash === "exit") process.exit(7);
  if (crash === "exit in a timer") setTimeout(() => process.exit(8), 1);
  if (crash === "exit in a promise") void Promise.resolve().then(() => process.exit(9));
  if (crash === "reallyExit") (process as unknown as { reallyExit(code: number): void }).reallyExit(6);
  if (crash === "throw in a timer") setTimeout(fail, 1);
  if (crash === "throw in nextTick") process.nextTick(fail);
  if (crash === "throw in setImmediate") setImmediate(fail);
  if (crash === "rejection") void Promise.reject(new RangeError(crash));
  if (crash === "heap") {
    const kept: unknown[] = [];
    for (;;) kept.push(Array.from({ length: 1_000 }, (_, i) => ({ i })));
  }
  // a loop that is kept alive: the worker must not end by itself before its time
  return new Promise(() => setTimeout(() => {}, 1_000_000));
}

/** Ends its worker at once. */
export function exit(code: number): never {
  return process.exit(code);
}

/** Answers, and ends its worker when the gate opens. */
export function exitWhenIdle(cells: Cells): void {
  const timer = setInterval(() => {
    if (loadCell(cells, 0) === 0) return;
    clearInterval(timer);
    process.exit(5);
  }, 1);
}

export function overflowStack(): number {
  const deeper = (n: number): number => 1 + deeper(n + 1);
  return deeper(0);
}

export function exhaustBuffers(kind: "ArrayBuffer" | "SharedArrayBuffer"): number {
  const tooMuch = 2 ** 52;
  return (kind === "ArrayBuffer" ? new ArrayBuffer(tooMuch) : new SharedArrayBuffer(tooMuch)).byteLength;
}

/** Blocks its thread for ever. */
export function blockForEver(cells: Cells): void {
  addToCell(cells, 1, 1);
  const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));
  for (;;) Atomics.wait(nobodyWakes, 0, 0);
}

/** Burns its thread for ever. */
export function spinForEver(cells: Cells): void {
  addToCell(cells, 1, 1);
  for (;;) loadCell(cells, 0);
}

/** Comes to the gate and never settles. */
export function neverSettles(cells: Cells): Promise<never> {
  addToCell(cells, 1, 1);
  return new Promise(() => setTimeout(() => {}, 1_000_000).unref());
}

/** Counts its runs in the cell at `place`. */
export function countRun(cells: Cells, place: number): number {
  addToCell(cells, place, 1);
  return place;
}

/** Answers only after it was asked to stop. Writes to cell 2 what it saw: 1 the signal, 2 `cancelled` too. */
export async function answerAfterStop(cells: Cells): Promise<string> {
  const task = currentTask();
  addToCell(cells, 1, 1);
  await new Promise<void>((resolve) => {
    task.signal.addEventListener("abort", () => resolve());
  });
  storeCell(cells, 2, task.cancelled ? 2 : 1);
  return "too late";
}

/** Works, without giving way, until it sees that it is cancelled; writes 1 to cell 2 then. */
export function loopUntilCancelled(cells: Cells): string {
  const task = currentTask();
  addToCell(cells, 1, 1);
  while (!task.cancelled);
  storeCell(cells, 2, 1);
  return "too late";
}

/** What can't be copied. */
export type Uncloneable = "function" | "symbol" | "WeakMap" | "promise" | "getter" | "proxy";

export function answerUncloneable(kind: Uncloneable): unknown {
  if (kind === "function") return { inner: [() => {}] };
  if (kind === "symbol") return { inner: [Symbol("s")] };
  if (kind === "WeakMap") return { inner: [new WeakMap()] };
  if (kind === "promise") return { inner: [Promise.resolve(1)] };
  if (kind === "proxy") {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return { inner: [proxy] };
  }
  return {
    get inner(): never {
      throw new RangeError("getter");
    },
  };
}

/** Answers, or throws, what ends the worker when it is read. */
export function exitWhenRead(way: "result" | "error"): unknown {
  const trap = {
    get inner(): never {
      return process.exit(4);
    },
  };
  if (way === "result") return trap;
  throw Object.assign(
    Object.defineProperty(new Error("trap"), "inner", {
      enumerable: true,
      get: () => process.exit(4),
    }),
  );
}

/** Errors that fight those who look at them. */
export type HostileError =
  | "getters"
  | "proxy"
  | "revoked proxy"
  | "circular cause"
  | "toString"
  | "toPrimitive"
  | "constructor"
  | "no prototype"
  | "deep cause"
  | "function property"
  | "stack getter";

export function throwHostile(kind: HostileError): never {
  const refuse = (): never => {
    throw new TypeError("hostile");
  };
  const error = new RangeError("plain") as RangeError & Record<PropertyKey, unknown>;
  const define = (...keys: PropertyKey[]): void => {
    for (const key of keys) Object.defineProperty(error, key, { enumerable: true, get: refuse });
  };
  if (kind === "getters") define("message", "name", "cause", "code", "own");
  if (kind === "stack getter") define("stack");
  if (kind === "constructor") define("constructor");
  if (kind === "toString") Object.assign(error, { toString: refuse, toJSON: refuse });
  if (kind === "toPrimitive") error[Symbol.toPrimitive] = refuse;
  if (kind === "function property") Object.assign(error, { own: refuse, symbol: Symbol("s") });
  if (kind === "circular cause") error.cause = Object.assign(new Error("inner"), { cause: error });
  if (kind === "deep cause") {
    let cause: unknown;
    for (let i = 0; i < 20_000; i += 1) cause = Object.assign(new Error(`${i}`), { cause });
    error.cause = cause;
  }
  if (kind === "no prototype") throw Object.setPrototypeOf(error, null) as unknown;
  if (kind === "proxy" || kind === "revoked proxy") {
    const { proxy, revoke } = Proxy.revocable(error, {
      get: refuse,
      getPrototypeOf: refuse,
      ownKeys: refuse,
      getOwnPropertyDescriptor: refuse,
      has: refuse,
    });
    if (kind === "revoked proxy") revoke();
    throw proxy;
  }
  throw error;
}

/** Thenables that break the rules of promises. */
export type OddThenable = "twice" | "never" | "throws" | "throws after" | "getter throws" | "both";

export function answerThenable(kind: OddThenable): PromiseLike<number> {
  type Settle = (value: unknown) => void;
  const refuse = (): never => {
    throw new RangeError("then");
  };
  if (kind === "getter throws") return Object.defineProperty({}, "then", { get: refuse }) as never;
  return {
    then(resolve: Settle, reject: Settle): void {
      if (kind === "throws") refuse();
      if (kind === "never") return;
      resolve(1);
      if (kind === "throws after") refuse();
      if (kind === "both") reject(new RangeError("late"));
      else resolve(2);
    },
  } as never;
}

export function failInitializer(): never {
  throw new RangeError("no licence");
}

export function rejectInitializer(): Promise<never> {
  return Promise.reject(new RangeError("no licence"));
}

export function exitInitializer(): never {
  return process.exit(3);
}

export function hangInitializer(): Promise<never> {
  return new Promise(() => setInterval(() => {}, 1_000));
}

export function spinInitializer(): never {
  for (;;);
}
