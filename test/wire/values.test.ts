// What arrives as what: values as arguments and as results of a thread's tasks.
import assert from "node:assert/strict";
import { createSecretKey, KeyObject, X509Certificate } from "node:crypto";
import { BlockList } from "node:net";
import { after, test } from "node:test";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { AsyncExecutor, SerializationError, ThreadPoolExecutor, transfer } from "ungil";
import { identity } from "../errors/fixtures/classes.js";

const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
after(() => pool.shutdown());

const roundTrip = <T>(value: T): Promise<T> => pool.submit(identity<T>, value).result();

/** Beside a Buffer, so that the value takes the way of graphs that hold marks. */
async function markedRoundTrip<T>(value: T): Promise<T> {
  return (await roundTrip({ value, mark: Buffer.from("mark") })).value;
}

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
  get length(): number {
    return Math.hypot(this.x, this.y);
  }
}

const sparse = Object.assign(new Array<unknown>(5), { 2: "two" });
const cases: [name: string, value: unknown, arrives?: unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["-0", -0],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["a BigInt", 2n ** 80n],
  ["a lone surrogate", "\uD800"],
  ["a long string", "é".repeat(100_000)],
  ["undefined in an object", { a: undefined }],
  ["a sparse array", sparse],
  ["an array of a billion", Object.assign(new Array(1e9), { 7: 7 })],
  ["an array with properties", Object.assign([1, 2], { extra: "x" })],
  ["a Map of Maps", new Map<unknown, unknown>([[{ key: 1 }, new Map([[Number.NaN, -0]])]])],
  ["a Map with keys without prototype", new Map([[Object.create(null), 1]]), new Map([[{}, 1]])],
  ["a Set", new Set([1, "1", undefined])],
  ["a Date", new Date(1e12)],
  ["an invalid Date", { at: new Date(Number.NaN) }],
  ["a RegExp", /a(?<b>c)/giu],
  ["a Float32Array", new Float32Array([1.5, Number.NaN, -0])],
  ["a BigInt64Array", new BigInt64Array([-1n])],
  ["a DataView", new DataView(new ArrayBuffer(8), 2, 4)],
  ["an ArrayBuffer", new Uint8Array([1, 2, 3]).buffer],
  ["an object without prototype", Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
  ["an instance of a class", new Point(3, 4), { x: 3, y: 4 }],
  ["a Number object", Object(1)],
  ["a String object", Object("text")],
  ["a BigInt object", Object(1n)],
  ["a Boolean object", Object(false)],
  ["an object with the mark's key", { "\u0000ungil": "error", message: "no error" }],
  ["nested objects with the mark's key", { "\u0000ungil": { "\u0000ungil": [{ "\u0000ungil": 1 }] } }],
  ["an array with the mark's key", Object.assign([1], { "\u0000ungil": "buffer" })],
  [
    "an instance with the mark's key",
    Object.assign(new Point(1, 2), { "\u0000ungil": "url" }),
    { x: 1, y: 2, "\u0000ungil": "url" },
  ],
  ["an own __proto__ key", JSON.parse('{"__proto__":{"polluted":true},"constructor":1}')],
  ["a named group's match", /(?<b>c)/.exec("c")],
];

for (const [name, value, arrives = value] of cases) {
  test(`${name} arrives ${Object.is(arrives, value) ? "as it is" : "as plain data"}`, async () => {
    for (const arrived of [await roundTrip(value), await markedRoundTrip(value)]) {
      if (typeof value === "object" && name.includes("invalid"))
        assert.equal(String((arrived as { at: Date }).at), "Invalid Date");
      else assert.deepEqual(arrived, withoutNullPrototypes(arrives));
    }
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
}

/** Structured clone gives every object a prototype. */
function withoutNullPrototypes(value: unknown): unknown {
  return structuredClone(value);
}

test("a Buffer arrives as a Buffer: pooled, sliced, empty, nested, twice the same", async () => {
  const pooled = Buffer.from("pooled");
  const slice = Buffer.alloc(100_000, "x").subarray(10, 20);
  const value = { pooled, list: [slice, Buffer.alloc(0)], map: new Map([[pooled, pooled]]) };
  const arrived = await roundTrip(value);
  assert.deepEqual(arrived, value);
  assert.ok(Buffer.isBuffer(arrived.list[0]));
  assert.equal(arrived.list[0].toString(), "x".repeat(10));
  assert.equal(arrived.list[0].buffer.byteLength, 10, "what lies around a slice stays behind");
  assert.equal([...arrived.map.keys()][0], arrived.pooled);
  assert.ok(Buffer.isBuffer(await roundTrip(pooled)));
});

test("a URL arrives as a URL", async () => {
  const url = new URL("https://user:pass@example.org:8443/päth?q=1#h");
  const arrived = await roundTrip({ url, again: [url] });
  assert.ok(arrived.url instanceof URL);
  assert.equal(arrived.url.href, url.href);
  assert.equal(arrived.again[0], arrived.url);
});

test("a SharedArrayBuffer is shared, and so is a Buffer or typed array on one, whole or in part", async () => {
  const memory = new SharedArrayBuffer(16);
  const whole = Buffer.from(memory);
  const part = Buffer.from(memory, 4, 4);
  const words = new Int32Array(memory);
  await pool.submit(
    (shared: SharedArrayBuffer, views: { whole: Buffer; part: Buffer; words: Int32Array }) => {
      new Uint8Array(shared)[0] = 1;
      views.whole[1] = 2;
      views.part[0] = 3;
      views.words[2] = 4;
    },
    memory,
    { whole, part, words },
  );
  assert.deepEqual([...new Uint8Array(memory).subarray(0, 9)], [1, 2, 0, 0, 3, 0, 0, 0, 4]);
});

test("cycles and shared references stay what they are within a value, also across arguments", async () => {
  const shared = { n: 1 };
  const cyclic: Record<string, unknown> = { shared, list: [shared] };
  cyclic.self = cyclic;
  for (const arrived of [await roundTrip(cyclic), await markedRoundTrip(cyclic)]) {
    assert.equal(arrived.self, arrived);
    assert.equal((arrived.list as unknown[])[0], arrived.shared);
  }
  assert.equal(await pool.submit((a: object, b: object) => a === b, shared, shared), true);
});

test("tasks that are given the same object do not share it", async () => {
  const counter = { n: 0 };
  const bump = (each: { n: number }): number => ++each.n;
  const results = await Promise.all([1, 2, 3].map(() => pool.submit(bump, counter)));
  assert.deepEqual(results, [1, 1, 1]);
  assert.deepEqual(await pool.map(bump, [counter, counter, counter], { chunksize: 3 }), [1, 1, 1]);
  assert.equal(counter.n, 0);
});

test("results of tasks that return the same object do not share it", async () => {
  const [one, two] = await Promise.all([pool.submit(sameObject), pool.submit(sameObject)]);
  assert.deepEqual(one, two);
  assert.notEqual(one, two);
});

const kept = { data: [1] };
function sameObject(): object {
  return kept;
}

test("a Blob, a KeyObject and a BlockList arrive as what they are, alone and beside marks", async () => {
  const list = new BlockList();
  list.addAddress("10.0.0.1");
  const value = { blob: new Blob(["blob"]), key: createSecretKey(Buffer.from("secret")), list };
  for (const arrived of [await roundTrip(value), await markedRoundTrip(value)]) {
    assert.equal(await arrived.blob.text(), "blob");
    assert.ok(arrived.key instanceof KeyObject);
    assert.equal(arrived.key.export().toString(), "secret");
    assert.equal(arrived.list.check("10.0.0.1"), true);
  }
});

test("an X509Certificate arrives as one beside marks", async () => {
  const pem = await certificate();
  const arrived = await markedRoundTrip(new X509Certificate(pem));
  assert.equal(arrived.subject, new X509Certificate(pem).subject);
});

/** A certificate that every Node brings along. */
async function certificate(): Promise<string> {
  const { rootCertificates } = await import("node:tls");
  assert.ok(rootCertificates[0]);
  return rootCertificates[0];
}

test("a MessagePort moves with transfer, within data too, and works on the other side", async () => {
  for (const wrap of [
    (port: object) => transfer(port),
    (port: object) => ({ deep: [transfer(port)], b: Buffer.from("b") }),
  ]) {
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise((resolve) => {
      port1.once("message", resolve);
    });
    await pool.submit((value: unknown) => {
      const port = (value as { deep?: [MessagePort] }).deep?.[0] ?? (value as MessagePort);
      port.postMessage("from the worker");
      port.close();
    }, wrap(port2));
    assert.equal(await answer, "from the worker");
    port1.close();
  }
});

test("transfer moves buffers: they are detached here and whole there, as arguments and as results", async () => {
  const bytes = new Uint8Array(1_000).fill(7);
  const nested = new Float64Array(10).fill(1.5);
  const buffer = Buffer.from(new ArrayBuffer(20)).fill("b");
  const sums = await pool.submit(
    (a: Uint8Array, b: { nested: Float64Array }, c: Buffer) => [
      a.length,
      b.nested[9],
      c.toString(),
      Buffer.isBuffer(c),
    ],
    transfer(bytes),
    { nested: transfer(nested) },
    transfer(buffer),
  );
  assert.deepEqual(sums, [1_000, 1.5, "b".repeat(20), true]);
  assert.deepEqual([bytes.length, nested.length, buffer.length], [0, 0, 0]);
  const result = await pool.submit(async () => {
    const ungil = await import("ungil");
    const made = new Uint8Array(50).fill(9);
    return { made: ungil.transfer(made), also: Buffer.from("marked") };
  });
  assert.equal(result.made[49], 9);
});

test("a pooled Buffer that is to move takes nothing of others along", async () => {
  const others = Buffer.from("others");
  const mine = Buffer.from("mine");
  assert.equal(others.buffer, mine.buffer, "both lie in Node's pool");
  const [outcome] = await Promise.allSettled([pool.submit(identity<Buffer>, transfer(mine))]);
  // Node refuses to move its pool, or copies it, by version
  if (outcome.status === "fulfilled") assert.equal(outcome.value.toString(), "mine");
  else assert.ok(outcome.reason instanceof SerializationError);
  assert.equal(others.toString(), "others");
});

test("functions arrive as functions: closures, nested in data, the same one twice", async () => {
  const factor = 3;
  const scale = (x: number): number => x * factor;
  const results = await pool.submit(
    (data: { list: ((x: number) => number)[]; map: Map<string, (x: number) => number> }) => [
      data.list[0]!(2),
      data.map.get("scale")!(5),
      data.list[0] === data.map.get("scale"),
    ],
    { list: [scale], map: new Map([["scale", scale]]) },
  );
  assert.deepEqual(results, [6, 15, true]);
});

test("an instance with functions of its own arrives as plain data with these functions", async () => {
  class Greeter {
    readonly greet = (name: string): string => `hello ${name}`;
  }
  assert.equal(await pool.submit((greeter: Greeter) => greeter.greet("you"), new Greeter()), "hello you");
});

test("a pool as an argument can be submitted to; an AsyncExecutor is refused with advice", async () => {
  assert.equal(
    await pool.submit(async (executor: ThreadPoolExecutor) => executor.submit((x: number) => x + 1, 1), pool),
    2,
  );
  const loop = new AsyncExecutor();
  const error = await pool.submit((value: unknown) => value, { nested: [loop] }).exception();
  assert.ok(error instanceof SerializationError);
  assert.equal(error.path, "arguments[0].nested[0]");
  assert.match(
    error.message,
    /^arguments\[0\]\.nested\[0\] can't be sent: AsyncExecutor-\d+ .*Make one inside the function$/,
  );
  await loop.shutdown();
});

test("an array of a thousand levels arrives, deeper values are refused and the worker lives", async () => {
  const nest = (levels: number): unknown => {
    let value: unknown[] = [Buffer.from("bottom")];
    for (let i = 1; i < levels; i++) value = [value];
    return value;
  };
  for (const levels of [100, 990]) {
    let depth = 0;
    for (let at: unknown = await roundTrip(nest(levels)); Array.isArray(at); at = at[0]) depth++;
    assert.equal(depth, levels);
  }
  for (const levels of [1_200, 3_000, 50_000]) {
    const asArgument = await pool.submit((value: unknown) => typeof value, nest(levels)).exception();
    assert.ok(asArgument instanceof SerializationError);
    assert.match(asArgument.message, /^arguments can't be sent: it is nested more than 1000 levels deep/);
    const asResult = await pool
      .submit((count: number) => {
        let value: object = {};
        for (let i = 0; i < count; i++) value = { value };
        return value;
      }, levels)
      .exception();
    assert.ok(asResult instanceof SerializationError);
    assert.match(asResult.message, /^result can't be sent: it is nested more than 1000 levels deep/);
  }
  assert.equal(await roundTrip("alive"), "alive");
});

test("a long list of objects that refer to each other is not deep", async () => {
  const nodes: { id: number; first?: object }[] = Array.from({ length: 5_000 }, (_, id) => ({ id }));
  for (const node of nodes) node.first = nodes[0]!;
  const arrived = await markedRoundTrip(nodes);
  assert.equal(arrived.length, 5_000);
  assert.equal(arrived[4_999]?.first, arrived[0]);
});

test("an instance whose constructor is a getter that throws arrives as plain data", async () => {
  const shy = (): object =>
    Object.assign(
      Object.create({
        get constructor(): never {
          throw new Error("no");
        },
      }) as object,
      { a: 1 },
    );
  assert.deepEqual(await roundTrip(shy()), { a: 1 });
  assert.deepEqual(await markedRoundTrip(shy()), { a: 1 });
});

test("what somebody has added to Object.prototype is not looked at", async () => {
  const asked: string[] = [];
  const everybodys: { added?: unknown } = Object.prototype;
  Object.defineProperty(everybodys, "added", {
    configurable: true,
    enumerable: true,
    get: () => asked.push("added"),
  });
  try {
    await roundTrip({ a: { b: 1 } });
  } finally {
    delete everybodys.added;
  }
  assert.deepEqual(asked, []);
});
