// oxlint-disable typescript/no-implied-eval -- evaluated code has names that no compiler checks
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import fs from "node:fs";
import net from "node:net";
import { after, test } from "node:test";
import { makeHidden } from "./fixtures/dep.js";
import { refusal, TestWorker } from "./harness.js";

const worker = new TestWorker();
after(() => worker.close());

const constant = 42;

test("case 35: data of every kind arrives as it is", async () => {
  const map = new Map([["a", { f: (x: number): number => x + constant }]]);
  const plainMap = new Map([[{ key: 1 }, new Set([1, 2])]]);
  const date = new Date(5);
  const expression = /a+/gi;
  expression.lastIndex = 2;
  const floats = new Float64Array([1, 2]);
  const shared = new SharedArrayBuffer(4);
  const bare = Object.assign(Object.create(null) as object, { a: 1 });
  // oxlint-disable-next-line no-sparse-arrays -- what is tested
  const sparse = [1, , 3];
  const big = 10n;
  const nothing = undefined;
  const nan = Number.NaN;
  const minusZero = -0;
  const cycle: { name: string; self?: unknown } = { name: "c" };
  cycle.self = cycle;
  const use = (): unknown[] => [
    map.get("a")!.f(1),
    [...plainMap.values()][0]?.has(2),
    +date,
    expression.flags,
    expression.lastIndex,
    floats[1],
    shared instanceof SharedArrayBuffer,
    Object.getPrototypeOf(bare) === null,
    1 in sparse,
    sparse.length,
    String(big),
    nothing === undefined,
    Number.isNaN(nan),
    Object.is(minusZero, -0),
    (cycle.self as typeof cycle).self === cycle,
  ];
  assert.deepEqual(await worker.run(use), [
    43,
    true,
    5,
    "gi",
    2,
    2,
    true,
    true,
    false,
    3,
    "10",
    true,
    true,
    true,
    true,
  ]);
});

test("case 35: an object that several functions capture stays one object", async () => {
  const state = { n: 0 };
  const holder = { state, f: (): number => ++state.n };
  const increment = (): number => ++state.n;
  const read = (): number => state.n;
  assert.deepEqual(
    await worker.run(() => [increment(), increment(), read(), holder.f(), holder.state.n]),
    [1, 2, 2, 3, 3],
  );
  assert.equal(state.n, 0);
});

test("case 35: shared memory stays shared", async () => {
  const shared = new Int32Array(new SharedArrayBuffer(4));
  await worker.run(() => Atomics.store(shared, 0, 5));
  assert.equal(shared[0], 5);
});

test("case 36: Buffer, URL and errors of own classes", async () => {
  const buffer = Buffer.from("hello");
  const url = new URL("https://example.org/a?b=1");
  class OwnError extends Error {
    constructor(
      message: string,
      readonly extra: number,
    ) {
      super(message, { cause: "why" });
      this.name = "OwnError";
    }
    twice(): number {
      return this.extra * 2;
    }
  }
  const own = new OwnError("m", 4);
  const native = Object.assign(new RangeError("r"), { code: "E_R" });
  const use = (): unknown[] => [
    Buffer.isBuffer(buffer),
    buffer.toString(),
    buffer.buffer.byteLength < 100,
    url.searchParams.get("b"),
    own instanceof OwnError,
    own.message,
    own.twice(),
    own.cause,
    own.name,
    own.stack!.includes("m"),
    native instanceof RangeError,
    native.code,
    Object.prototype.toString.call(own),
  ];
  assert.deepEqual(await worker.run(use), [
    true,
    "hello",
    true,
    "1",
    true,
    "m",
    8,
    "why",
    "OwnError",
    true,
    true,
    "E_R",
    "[object Error]",
  ]);
});

test("what is sent is the state at the capture, also of data that changes later", async () => {
  const data = { list: [1, 2, 3] };
  const pending = worker.run(() => data.list.length);
  data.list.push(4);
  assert.equal(await pending, 3);
});

test("symbols: own, registered and well-known", async () => {
  const own = Symbol("s");
  const registered = Symbol.for("f");
  const object = { [own]: 1, [Symbol.iterator]: () => [1][Symbol.iterator]() };
  assert.deepEqual(await worker.run(() => [object[own], registered === Symbol.for("f"), [...object]]), [
    1,
    true,
    [1],
  ]);
});

let moduleCount = 0;
const increment = (): void => {
  moduleCount++;
};
const readCount = (): number => moduleCount;

test("case 37: a reassigned variable of the module is one variable for all functions", async () => {
  const use = (): number => {
    increment();
    increment();
    return readCount();
  };
  assert.equal(await worker.run(use), 2);
  assert.equal(moduleCount, 0);
});

test("case 37: a provably shared closure variable is shared, per instance", async () => {
  const make = (): { both: () => number[]; inc: () => number } => {
    let c = 0;
    const inc = (): number => ++c;
    const get = (): number => c;
    return { inc, both: () => [inc(), get()] };
  };
  const one = make();
  const two = make();
  two.inc();
  assert.deepEqual(await worker.run(() => [one.both(), two.both()]), [
    [1, 1],
    [2, 2],
  ]);
  let count = 0;
  const up = (): number => ++count;
  const read = (): number => count;
  assert.deepEqual(await worker.run(() => [up(), up(), read()]), [1, 2, 2]);
});

test("case 37: a shared variable that can't be proved to be one is refused", () => {
  const make = (): { inc(): number; get(): number } => {
    let c = 0;
    return {
      inc() {
        return ++c;
      },
      get() {
        return c;
      },
    };
  };
  const counter = make();
  const error = refusal(() => [counter.inc(), counter.get()]);
  assert.match(error.message, /`c`: it is reassigned here and also captured by .*Put the state in an object/);
});

test("case 38: a refusal names the function, the path, the reason, the remedy and the place", () => {
  const deep = { a: { b: [1, { sock: new net.Socket() }] } };
  const task = (): unknown => deep.a;
  const error = refusal(task);
  assert.match(
    error.message,
    /^cannot send function to a worker: `task` → `deep` → \.a → \.b → \[1\] → \.sock: it is an instance of Socket, which holds native state\. Create the Socket inside the function.*\n {4}function at .*values\.test\.[jt]s:\d+:\d+$/,
  );
  assert.deepEqual(error.path, ["`task`", "`deep`", ".a", ".b", "[1]", ".sock"]);
  assert.equal((error as unknown as { functionName: string }).functionName, "task");
  assert.match(error.advice, /Create the Socket/);
});

test("case 38: promises, weak collections, proxies, streams, signals and generators are refused", async () => {
  const promise = Promise.resolve(1);
  const storage = new AsyncLocalStorage();
  class Special extends AsyncLocalStorage<number> {}
  const special = new Special();
  const weak = new WeakMap();
  const reference = new WeakRef({});
  const proxy = new Proxy({}, {});
  const stream = fs.createReadStream(import.meta.filename ?? process.argv[1]!);
  const { signal } = new AbortController();
  const generator = (function* () {})();
  const { port1 } = new MessageChannel();
  const args = (function (..._values: unknown[]) {
    // oxlint-disable-next-line prefer-rest-params -- what is tested
    return arguments;
  })(1);
  const cases: [() => unknown, RegExp][] = [
    [() => promise, /`promise`: it is a Promise.*Await it first/],
    [() => storage, /`storage`: it is an AsyncLocalStorage.*propagate\(name, storage\)/],
    [() => special, /`special`: it is an AsyncLocalStorage.*propagate\(name, storage\)/],
    [() => weak, /WeakMap/],
    [() => reference, /WeakRef/],
    [() => proxy, /Proxy, whose target/],
    [() => stream, /ReadStream/],
    [() => signal, /AbortSignal.*`currentTask\(\)\.signal`/],
    [() => generator, /generator object/],
    [() => port1, /MessagePort/],
    [() => args, /`arguments` object/],
    [() => intl, /NumberFormat/],
  ];
  const intl = new Intl.NumberFormat();
  for (const [fn, pattern] of cases) assert.match(refusal(fn).message, pattern);
  stream.destroy();
  port1.close();
  await promise;
});

test("case 38: a Proxy is refused without a question to it: its traps may throw, also those of one that was revoked", () => {
  const trap = (): never => assert.fail("a trap was called");
  const handler = {
    get: trap,
    has: trap,
    getPrototypeOf: trap,
    getOwnPropertyDescriptor: trap,
    ownKeys: trap,
  };
  const watching = new Proxy({ a: 1 }, handler);
  const callable = new Proxy(() => 1, handler);
  const { proxy: revoked, revoke } = Proxy.revocable({ a: 1 }, {});
  revoke();
  assert.match(refusal(() => watching).message, /`watching`: it is a Proxy, whose target/);
  assert.match(
    refusal(() => callable()).message,
    /`callable`: it is a Proxy.*make the Proxy inside the function/,
  );
  assert.match(refusal(new Proxy(() => 1, {})).message, /it is a Proxy.*make the Proxy inside the function/);
  assert.match(refusal(() => revoked).message, /`revoked`: it is a Proxy/);
  assert.match(refusal(() => revoked.a).message, /`revoked`: it is a Proxy/);
});

test("case 38: undeclared names, globals that the program added, and variables before their declaration", async () => {
  assert.match(refusal(new Function("return nowhere + 1")).message, /`nowhere`: it is not defined where/);
  assert.equal(await worker.run(new Function("return typeof nowhere") as () => string), "undefined");
  Object.assign(globalThis, { addedByTest: 1 });
  assert.match(refusal(new Function("return addedByTest")).message, /global that the program added/);
  const early = (): (() => number) => {
    const reader = (): number => later;
    const taken = refusalOrUndefined(reader);
    const later = 1;
    early.taken = taken;
    return () => later;
  };
  early.taken = undefined as string | undefined;
  early();
  // on Node 20, V8 shows such a variable as undefined
  if (Number(process.versions.node.split(".")[0]) >= 22) assert.match(early.taken!, /not initialised yet/);
});

function refusalOrUndefined(fn: () => unknown): string | undefined {
  try {
    return refusal(fn).message;
  } catch {
    return undefined;
  }
}

test("process.env is that of the worker", async () => {
  const { env } = process;
  assert.equal(await worker.run(() => env["PATH"]), env["PATH"]);
});

test("an instance of a class that is not exported brings the class", async () => {
  const hidden = makeHidden();
  assert.equal(await worker.run(() => hidden.v + hidden.constructor.name), "1Hidden");
});

test("data that is nested too deeply is refused, not a crash", () => {
  let nested: object = {};
  for (let depth = 0; depth < 100_000; depth++) nested = { nested };
  assert.match(refusal(() => nested).message, /nested too deeply|cannot be copied/);
});
