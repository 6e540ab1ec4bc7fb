// What the compact form carries, each compared with structured clone, and what it refuses.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { byCodec, Connection } from "./support/codec.js";
import { assertSameGraph } from "./support/graphs.js";
import { transfer } from "./support/wire.js";

const wide = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, i]));
const nested = (levels: number): unknown => (levels === 0 ? "end" : [nested(levels - 1)]);
const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => i * 7);

const carried: [name: string, value: unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["true", true],
  ["false", false],
  ["0", 0],
  ["-0", -0],
  ["NaN", Number.NaN],
  ["infinities", [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ["numbers at the edges of 27 bits", [2 ** 26 - 1, 2 ** 26, -(2 ** 26), -(2 ** 26) - 1, "no numbers only"]],
  ["numbers at the edges of 32 bits", [2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, ""]],
  ["a number at the edge of 27 bits", 2 ** 26],
  ["a number at the edge of 32 bits", -(2 ** 31)],
  ["a number beyond 32 bits", 2 ** 32],
  ["the largest and the least double", [Number.MAX_VALUE, Number.MIN_VALUE, ""]],
  ["an array of integers", [1, -2, 2 ** 31 - 1, -(2 ** 31), 0]],
  ["an array of integers and -0", [1, 2, 3, -0]],
  ["an array of doubles", [1.5, Number.NaN, -0, 3, 2 ** 40]],
  ["an array that begins with numbers", [1, 2, 3, 4, "five"]],
  ["an array of doubles and others", [1.5, 2.5, 3.5, undefined]],
  ["the empty string", ""],
  ["a short string", "hello"],
  ["a string of 24", "x".repeat(24)],
  ["a string of 25", "x".repeat(25)],
  ["a short string beyond ASCII", "é€𝄞"],
  ["a long string beyond ASCII", "é€𝄞".repeat(1_000)],
  ["a string that begins with a byte order mark", "\uFEFFtext"],
  ["a string of NUL", "\0\0"],
  ["lone surrogates, short", "\uD800x\uDC00"],
  ["lone surrogates, long", "a\uDFFF".repeat(100)],
  [
    "strings that are read together, others among them",
    Array.from({ length: 80 }, (_, i) => (i % 9 === 4 ? "€" : "s").repeat(20 + ((i * 37) % 90)) + String(i)),
  ],
  ["strings about as long as what is read together", [510, 511, 512, 513, 30].map((n) => "x".repeat(n))],
  ["concatenations", [1, 2].map((n) => `a text that consists of ${n} and other things`)],
  ["a large string", "line\n".repeat(50_000)],
  ["BigInts", [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, -(2n ** 63n) - 1n, 3n ** 500n]],
  ["BigInts around 32 bits", [2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, -(2n ** 31n), -(2n ** 32n)]],
  ["a plain object", { a: 1, b: "x", c: 2.5 }],
  ["an empty object", {}],
  ["an empty array", []],
  ["undefined in an object and an array", { a: undefined, b: [undefined, null] }],
  ["keys in an order of their own", { b: 1, 10: 2, a: 3, 2: 4, "": 5, "-1": 6 }],
  ["names that Object.prototype has", { constructor: 1, toString: 2, hasOwnProperty: null, valueOf: "x" }],
  ["names that code has to quote", { 'a"b': 1, "a\\b": 2, "\u2028": 3, "${x}": 4, "a\nb": 5, "\uD800": 6 }],
  ["the mark's key", { "\u0000ungil": "error" }],
  ["an object with more keys than a shape may have", wide],
  ["an object with long keys", { ["k".repeat(2_000)]: { ["k".repeat(2_000)]: 1 } }],
  ["an object's inherited and hidden properties", Object.defineProperty({ a: 1 }, "hidden", { value: 2 })],
  ["a symbol as a key", { [Symbol.iterator]: 1, a: 2 }],
  ["a frozen object", Object.freeze({ a: Object.freeze([1, "x"]) })],
  [
    "a getter",
    {
      a: 1,
      get b() {
        return { c: 1 };
      },
    },
  ],
  ["an array with a getter", Object.defineProperty(["x", "y"], 1, { get: () => "z", enumerable: true })],
  ["a property that is not enumerable beside an array", Object.defineProperty([1], "raw", { value: 2 })],
  ["dates", [new Date(0), new Date(-1e12), new Date(8.64e15)]],
  ["a date with a property of its own", Object.assign(new Date(5), { extra: 1 })],
  ["an ArrayBuffer", bytes(100).buffer],
  ["an empty ArrayBuffer", new ArrayBuffer(0)],
  ["an empty typed array", new Float64Array(0)],
  ["as many bytes as there may be", bytes(32_768)],
  ["a Uint8ClampedArray", new Uint8ClampedArray([1, 300])],
  ["an Int8Array", new Int8Array([-1])],
  ["a Uint16Array", new Uint16Array([65_535])],
  ["an Int16Array", new Int16Array([-2])],
  ["a Uint32Array", new Uint32Array([2 ** 32 - 1])],
  ["an Int32Array", new Int32Array([-3])],
  ["a Float32Array", new Float32Array([1.5, Number.NaN, -0])],
  ["a Float64Array behind an odd count of bytes", ["x", new Float64Array([1.5, -0])]],
  ["a BigUint64Array", new BigUint64Array([2n ** 64n - 1n])],
  ["a BigInt64Array", new BigInt64Array([-1n])],
  ["a DataView", new DataView(bytes(9).buffer)],
  ["200 levels", nested(200)],
  ["the same primitive twice", ["same", "same", 1n, 1n]],
];

for (const [name, value] of carried) {
  test(`${name}: arrives as by structured clone`, () => {
    const sent = byCodec(value);
    assert.ok(sent, "it was accepted");
    const cloned: unknown = structuredClone(value);
    assertSameGraph(sent.arrived, cloned);
    assert.deepStrictEqual(sent.arrived, cloned);
    assert.deepEqual(keyOrder(sent.arrived), keyOrder(cloned));
  });
}

test("a date that is none arrives as one that is none", () => {
  const sent = byCodec([new Date(Number.NaN)]);
  assert.ok(sent);
  assertSameGraph(sent.arrived, [new Date(Number.NaN)]);
});

if ("Float16Array" in globalThis) {
  test("a Float16Array arrives as one", () => {
    const { Float16Array } = globalThis as never as { Float16Array: new (items: number[]) => Uint16Array };
    const sent = byCodec(new Float16Array([1.5, -0]));
    assert.deepStrictEqual(sent?.arrived, new Float16Array([1.5, -0]));
  });
}

class Point {
  x = 1;
}
class MyArray extends Array<unknown> {}
class MyDate extends Date {}
class MyBytes extends Uint8Array {}

const shared = { a: 1 };
const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;
const manyAndOneTwice = Array.from({ length: 100 }, (): object => ({ a: 1 }));
manyAndOneTwice.push(manyAndOneTwice[50]!);
const twoViews = new Uint8Array(4);
const moved = new ArrayBuffer(8);
structuredClone(moved, { transfer: [moved] });
const plainPrototype = <T extends object>(value: T): T => Object.setPrototypeOf(value, Object.prototype) as T;
function argumentsOf(..._: unknown[]): unknown {
  // oxlint-disable-next-line prefer-rest-params -- that is what is tested
  return arguments;
}

const refused: [name: string, value: unknown][] = [
  ["a function", () => 1],
  ["a function in an object", { a: { b: () => 1 } }],
  ["a method", { run() {} }],
  ["a symbol", Symbol("s")],
  ["a symbol in an array", [Symbol.iterator]],
  ["a Map", new Map([[1, 2]])],
  ["a Set", { a: new Set([1]) }],
  ["a RegExp", /x/],
  ["an Error", new Error("x")],
  ["a URL", new URL("https://example.org")],
  ["a Buffer", Buffer.from("x")],
  ["a promise", Promise.resolve()],
  ["a WeakMap", new WeakMap()],
  ["an instance of a class", new Point()],
  ["an object without prototype", Object.create(null)],
  ["an object with a prototype of its own", Object.create({ inherited: 1 })],
  ["a subclass of Array", MyArray.from([1])],
  ["a subclass of Date", new MyDate(1)],
  ["a subclass of Uint8Array", new MyBytes(1)],
  ["a Number object", Object(1)],
  ["a String object", Object("text")],
  ["a Proxy of an object", new Proxy({ a: 1 }, {})],
  ["a Proxy of an array", { a: new Proxy([1], {}) }],
  ["an object with a tag of its own", Math],
  ["arguments", argumentsOf(1, 2)],
  ["arguments without any", argumentsOf()],
  ["a Map with the prototype of plain objects", plainPrototype(new Map([[1, 2]]))],
  ["a Date with the prototype of plain objects", plainPrototype(new Date(0))],
  ["an Error with the prototype of plain objects", plainPrototype(new Error("x"))],
  ["a String object with the prototype of plain objects", plainPrototype(Object("ab") as object)],
  ["a typed array with the prototype of plain objects", plainPrototype(new Uint8Array([1, 2]))],
  ["an array with the prototype of plain objects", plainPrototype([1, 2])],
  ["an object with the prototype of arrays", Object.create(Array.prototype)],
  ["an object with the prototype of dates", Object.create(Date.prototype)],
  ["an object with the prototype of Uint8Array", Object.create(Uint8Array.prototype)],
  ["a typed array with another's prototype", Object.setPrototypeOf(new Int8Array(1), Uint8Array.prototype)],
  ["an object of another realm", runInNewContext("({ a: 1 })")],
  ["an array of another realm", runInNewContext("[1]")],
  // oxlint-disable-next-line no-sparse-arrays -- that is what is tested
  ["an array with a hole", [1, , 3]],
  ["a long array of holes", new Array(1e9)],
  ["an array with a property", Object.assign([1, 2], { extra: "x" })],
  ["an array with a hole and a property", Object.assign(new Array<unknown>(2), { 0: 1, extra: undefined })],
  [
    "a hidden element and a property",
    Object.assign(Object.defineProperty(["a"], 0, { enumerable: false }), { x: 1 }),
  ],
  ["what a regular expression has matched", "abc".match(/b/)],
  ["__proto__ as a key", JSON.parse('{"__proto__": {"a": 1}}')],
  ["__proto__ as one of many keys", Object.assign(JSON.parse('{"__proto__": 1}') as object, wide)],
  ["the same object twice", [shared, shared]],
  ["the same object on two levels", { a: shared, b: { c: [shared] } }],
  ["the same object again after many", manyAndOneTwice],
  ["the same array twice", { a: manyAndOneTwice, b: manyAndOneTwice }],
  ["a cycle", cyclic],
  ["two views of one buffer", [new Uint8Array(twoViews.buffer), new DataView(twoViews.buffer)]],
  ["a view and its buffer", [twoViews, twoViews.buffer]],
  ["a view of a part", new Uint8Array(new ArrayBuffer(16), 0, 8)],
  ["a view of a part in a DataView", new DataView(new ArrayBuffer(16), 8)],
  ["an empty view of a buffer", new Uint8Array(new ArrayBuffer(16), 16)],
  ["more bytes than there may be", new Uint8Array(32_769)],
  ["shared memory", new SharedArrayBuffer(8)],
  ["a view of shared memory", new Int32Array(new SharedArrayBuffer(8))],
  ["a resizable buffer", Reflect.construct(ArrayBuffer, [8, { maxByteLength: 16 }])],
  [
    "a view of a resizable one",
    new Uint8Array(Reflect.construct(ArrayBuffer, [8, { maxByteLength: 16 }]) as ArrayBuffer),
  ],
  ["memory that was moved elsewhere", moved],
  ["a buffer that is to move", transfer(new ArrayBuffer(8))],
  ["a view that is to move", [transfer(new Uint8Array(8))]],
  ["an object whose buffer is to move", transfer({ a: 1 }, [])],
  ["201 levels", nested(201)],
  ["many levels", nested(3_000)],
  [
    "a getter that throws",
    {
      get a() {
        throw new Error("no");
      },
    },
  ],
  [
    "a getter that deletes what comes",
    {
      get a() {
        delete (this as { b?: number }).b;
        return 1;
      },
      b: 1 as number | undefined,
    },
  ],
];

for (const [name, value] of refused) {
  test(`${name}: is refused, and the frame stays as it was`, () => {
    const connection = new Connection();
    connection.begin();
    assert.equal(connection.writer.value({ before: 1 }), true);
    const { wordCount, byteCount } = connection.writer;
    const { size } = connection.shapes;
    assert.equal(connection.writer.values([{ new: "shape" }, value, "behind"]), false);
    assert.equal(connection.writer.wordCount, wordCount);
    assert.equal(connection.writer.byteCount, byteCount);
    assert.equal(connection.shapes.size, size);
    assert.equal(connection.writer.value({ after: 2 }), true);
    connection.deliver();
    assert.deepStrictEqual(connection.reader.value(), { before: 1 });
    assert.deepStrictEqual(connection.reader.value(), { after: 2 });
  });
}

test("a view of memory that was moved elsewhere is refused", () => {
  const view = new Uint8Array(8);
  structuredClone(view, { transfer: [view.buffer] });
  assert.equal(byCodec(view), undefined);
});

/** All keys of a tree, in order. */
function keyOrder(value: unknown): unknown {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return undefined;
  return Object.entries(value).map(([key, item]) => [key, keyOrder(item)]);
}
