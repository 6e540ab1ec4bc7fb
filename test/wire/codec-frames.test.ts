// Frames: what they hold beside values, how they grow, what is taken back, what a damaged one does.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import {
  byCodec,
  Connection,
  codecFolder,
  frameMemory,
  PackedReader,
  packValues,
  ReadShapes,
  ValueReader,
  ValueWriter,
} from "./support/codec.js";

test("words, doubles and values come back in the order in which they were written", () => {
  const connection = new Connection();
  const { writer, reader } = connection;
  connection.begin();
  writer.int(7);
  writer.int(0);
  writer.double(Number.NaN);
  assert.equal(writer.values([1, "two", { three: 3 }]), true);
  writer.double(-0);
  writer.int(-1);
  writer.setInt(1, 3);
  connection.deliver();
  assert.equal(reader.int(), 7);
  assert.equal(reader.int(), 3);
  assert.equal(reader.double(), Number.NaN);
  assert.deepEqual([reader.value(), reader.value(), reader.value()], [1, "two", { three: 3 }]);
  assert.ok(Object.is(reader.double(), -0));
  assert.equal(reader.int(), -1);
  assert.throws(() => reader.int(), /it has ended/);
  assert.throws(() => reader.double(), /it has ended/);
  assert.throws(() => reader.value(), /it has ended/);
});

test("a shape is told once for a connection, and each of many objects is its own", () => {
  const connection = new Connection();
  connection.begin();
  const shared = { x: 1 };
  const point = { first: shared, second: "text" };
  connection.writer.value(point);
  const first = connection.writer.wordCount;
  connection.deliver();
  const arrived = [connection.reader.value()];
  connection.begin();
  connection.writer.value(point);
  assert.ok(connection.writer.wordCount < first);
  // more than it takes until code is generated
  for (let i = 0; i < 100; i++) connection.writer.value(point);
  assert.equal(connection.shapes.size, 2);
  connection.deliver();
  for (let i = 0; i < 101; i++) arrived.push(connection.reader.value());
  for (const each of arrived) assert.deepStrictEqual(each, point);
  const objects = arrived.flatMap((each) => [each, (each as typeof point).first]);
  assert.equal(new Set(objects).size, objects.length);
});

test("the arguments of one task may not share an object, those of two may", () => {
  const connection = new Connection();
  connection.begin();
  const shared = { x: [1] };
  assert.equal(connection.writer.values([shared, shared]), false);
  assert.equal(connection.writer.values([shared, shared.x]), false);
  assert.equal(connection.writer.values([shared]), true);
  assert.equal(connection.writer.values([shared]), true);
});

test("a frame that is discarded takes its shapes back", () => {
  const connection = new Connection();
  connection.begin();
  connection.writer.value({ a: 1, b: { c: 2 } });
  connection.deliver();
  connection.reader.value();
  connection.begin();
  connection.writer.value({ a: 1, d: 2 });
  connection.writer.value({ a: 1 });
  connection.writer.discard();
  assert.equal(connection.shapes.size, 2);
  assert.equal(connection.writer.wordCount, 0);
  connection.begin();
  const values = [{ a: 1 }, { c: 1 }, { a: 1, d: 2 }, { a: 1, b: 2 }];
  assert.equal(connection.writer.values(values), true);
  connection.deliver();
  for (const value of values) assert.deepStrictEqual(connection.reader.value(), value);
});

test("there are at most 2,000 shapes; objects beyond them arrive all the same", () => {
  const connection = new Connection();
  const objects = Array.from({ length: 3_000 }, (_, i) => ({
    common: i,
    [`own${i}`]: { [`inner${i}`]: "x" },
  }));
  for (let round = 0; round < 2; round++) {
    connection.begin();
    for (const each of objects) assert.equal(connection.writer.value(each), true);
    connection.deliver();
    for (const each of objects) assert.deepStrictEqual(connection.reader.value(), each);
    assert.equal(connection.shapes.size, 2_000);
  }
});

test("names that Object.prototype has are own properties where there is no shape left", () => {
  const connection = new Connection();
  connection.begin();
  for (let i = 0; i < 2_000; i++) connection.writer.value({ [`own${i}`]: i });
  const value = { toString: 1, constructor: "x", ["k".repeat(10)]: { valueOf: 2 } };
  connection.writer.value(value);
  connection.deliver();
  for (let i = 0; i < 2_000; i++) connection.reader.value();
  assert.deepStrictEqual(connection.reader.value(), value);
});

test("a frame grows with what is written, and arrives whole", () => {
  const connection = new Connection();
  connection.begin();
  const values = Array.from({ length: 2_000 }, (_, i) => ({
    id: i,
    half: i / 2,
    text: "é".repeat(i % 50) + "x".repeat(i % 300),
    list: Array.from({ length: i % 40 }, (_, k) => k * 1.5),
  }));
  for (const value of values) assert.equal(connection.writer.value(value), true);
  assert.ok(connection.writer.wordCount > 50_000);
  connection.deliver();
  for (const value of values) assert.deepStrictEqual(connection.reader.value(), value);
  // the next, small one is written in memory of its own again
  connection.begin();
  connection.writer.value("small");
  connection.deliver();
  assert.equal(connection.reader.value(), "small");
});

test("text that fills a frame's memory to the last byte arrives whole, whatever is beyond ASCII in it", () => {
  for (const end of ["x", "é", "€", "😀", "\ud800"]) {
    for (let length = 16_370; length < 16_390; length++) {
      const value = ["x".repeat(length - 20), `${"é".repeat(5)}😀😀`, end];
      assert.deepEqual(byCodec(value)?.arrived, value);
      const pairs = `${"x".repeat(length - 10)}éé${end}é😀é😀`;
      assert.equal(byCodec(pairs)?.arrived, pairs);
    }
  }
});

test("strings of ASCII and others arrive in any mixture, value after value", () => {
  const long = "a text of ASCII that is longer than what is looked at one by one";
  const texts = [
    "",
    "short",
    "é",
    long,
    `${long}é`,
    `é${long}`,
    "\ud800",
    "日本語",
    long + long,
    `${long}😀`,
  ];
  const connection = new Connection();
  for (const one of texts) {
    for (const other of texts) {
      const value = { one, ключ: other, list: [other, one, 1n << 80n] };
      connection.begin();
      for (const each of [value, one, [long], value]) assert.equal(connection.writer.value(each), true);
      connection.deliver();
      for (const each of [value, one, [long], value]) assert.deepStrictEqual(connection.reader.value(), each);
    }
  }
});

test("binary data lies between texts without moving them", () => {
  for (let size = 0; size < 20; size++) {
    const bytes = Uint8Array.from({ length: size }, (_, i) => 255 - i);
    const value = ["é", bytes, "between", new Float64Array([0.5]), bytes.buffer.slice(0), "behind"];
    assert.deepStrictEqual(byCodec(value)?.arrived, value);
  }
});

test("a property that Object.prototype has by assignment is not taken for one of the object", () => {
  const polluted = Object.prototype as unknown as Record<string, unknown>;
  polluted["inherited"] = 1;
  try {
    for (const value of [{}, { a: 1 }, { inherited: 2 }, { a: 1, b: { c: "x" } }]) {
      const arrived = byCodec(value)?.arrived as object;
      assert.deepEqual(Object.entries(arrived), Object.entries(value));
    }
  } finally {
    delete polluted["inherited"];
  }
});

test("words grow without values, too", () => {
  const connection = new Connection();
  connection.begin();
  for (let i = 0; i < 10_000; i++) {
    connection.writer.int(i);
    connection.writer.double(i / 2);
  }
  connection.deliver();
  for (let i = 0; i < 10_000; i++) {
    assert.equal(connection.reader.int(), i);
    assert.equal(connection.reader.double(), i / 2);
  }
});

test("what is larger than a frame may be is refused, and smaller values still fit", () => {
  const connection = new Connection();
  connection.begin();
  assert.equal(connection.writer.value("x".repeat(3_000_000)), false);
  assert.equal(connection.writer.value(new Array(3_000_000).fill(0)), false);
  assert.equal(connection.writer.value(new Array(400_000).fill(0.5)), false);
  assert.equal(connection.writer.value(Array.from({ length: 300_000 }, () => ({ a: 1, b: 2 }))), false);
  assert.equal(
    connection.writer.value([
      "x".repeat(600_000),
      "y".repeat(600_000),
      "z".repeat(600_000),
      "é".repeat(600_000),
    ]),
    false,
  );
  assert.equal(connection.writer.wordCount, 0);
  const large = Array.from({ length: 30_000 }, (_, i) => ({ a: i, b: `text ${i}` }));
  assert.equal(connection.writer.value(large), true);
  connection.deliver();
  assert.deepStrictEqual(connection.reader.value(), large);
});

test("a getter finds the frame busy: it can add nothing, and the frame arrives whole", () => {
  const connection = new Connection();
  const { writer } = connection;
  connection.begin();
  const seen: unknown[] = [];
  const value = {
    before: [1],
    get tricky() {
      seen.push(writer.busy, writer.values([1]), writer.value(1));
      for (const change of [
        () => writer.begin(connection.shapes),
        () => writer.int(1),
        () => writer.double(1),
        () => writer.discard(),
      ])
        assert.throws(change, /from within/);
      return "fine";
    },
    after: { x: 1 },
  };
  assert.equal(writer.busy, false);
  assert.equal(writer.value(value), true);
  assert.equal(writer.busy, false);
  assert.deepEqual(seen, [true, false, false]);
  connection.deliver();
  assert.deepStrictEqual(connection.reader.value(), { before: [1], tricky: "fine", after: { x: 1 } });
});

test("a getter that throws leaves the writer usable", () => {
  const connection = new Connection();
  connection.begin();
  const bad = {
    get a(): never {
      throw new Error("no");
    },
  };
  assert.equal(connection.writer.values([{ x: 1 }, [[bad]]]), false);
  assert.equal(connection.writer.busy, false);
  assert.equal(connection.writer.value([[[{ y: 1 }]]]), true);
  connection.deliver();
  assert.deepStrictEqual(connection.reader.value(), [[[{ y: 1 }]]]);
});

test("names stay data where the process forbids code from strings, and Object.prototype is frozen", () => {
  const script = `
    import assert from "node:assert/strict";
    const { ValueWriter } = await import("${codecFolder}value-writer.js");
    const { ValueReader } = await import("${codecFolder}value-reader.js");
    const { ShapeTable, ReadShapes } = await import("${codecFolder}shapes.js");
    const { frameMemory } = await import("${codecFolder}frame-memory.js");
    assert.throws(() => new Function("return 1"), EvalError);
    Object.freeze(Object.prototype);
    const writer = new ValueWriter();
    writer.begin(new ShapeTable());
    const values = Array.from({ length: 200 }, (_, i) => Object.fromEntries([["a", i], ["toString", "x"], ["list", [{ b: i / 2 }]]]));
    for (const value of values) assert.equal(writer.value(value), true);
    const memory = frameMemory(new ArrayBuffer(1 << 20));
    memory.words.set(writer.words.subarray(0, writer.wordCount));
    memory.bytes.set(writer.bytes.subarray(0, writer.byteCount), writer.wordCount * 4);
    const reader = new ValueReader(new ReadShapes());
    reader.begin(memory, 0, writer.wordCount, writer.wordCount * 4);
    for (const value of values) assert.deepStrictEqual(reader.value(), value);
    console.log("read", values.length);`;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--disallow-code-generation-from-strings", "--input-type=module", "-e", script],
    { encoding: "utf8" },
  );
  assert.equal(stdout, "read 200\n", stderr);
  assert.equal(status, 0);
});

test("a frame that lies outside of its memory is an error", () => {
  const reader = new ValueReader(new ReadShapes());
  const memory = frameMemory(new ArrayBuffer(64));
  for (const [word, wordCount, byte] of [
    [1, 2, 16],
    [-2, 2, 16],
    [0, 17, 64],
    [16, 2, 64],
    [0, -2, 0],
    [0, 2, 65],
    [0, 2, -1],
    [0, Number.NaN, 0],
  ] as const) {
    assert.throws(() => reader.begin(memory, word, wordCount, byte), /a frame can't be read/);
  }
});

test("memory that was never written holds no value", () => {
  const reader = new ValueReader(new ReadShapes());
  reader.begin(frameMemory(new ArrayBuffer(64)), 0, 8, 32);
  assert.throws(() => reader.value(), /no value begins at word 0/);
});

test("a frame with a damaged word throws or reads something, and always ends", () => {
  const writer = new ValueWriter();
  const connection = new Connection();
  writer.begin(connection.shapes);
  const value = {
    a: [1, 2.5, "text", null],
    b: { c: 2n ** 70n, d: new Date(1), e: new Uint8Array(4) },
    f: [1, 2, 3, 4],
    g: [0.5, 1, 2, 3],
    h: "é",
    i: 5n,
  };
  assert.equal(writer.value(value), true);
  const { wordCount, byteCount } = writer;
  const damages = [
    0,
    -1,
    1,
    2 ** 31 - 1,
    -(2 ** 31),
    ...Array.from({ length: 32 }, (_, tag) => (99_999 << 5) | tag),
    ...Array.from({ length: 32 }, (_, tag) => -32 | tag),
  ];
  let thrown = 0;
  for (let at = 0; at < wordCount; at++) {
    for (const damage of damages) {
      const memory = frameMemory(new ArrayBuffer(Math.ceil((wordCount * 4 + byteCount) / 8) * 8));
      memory.words.set(writer.words.subarray(0, wordCount));
      memory.bytes.set(writer.bytes.subarray(0, byteCount), wordCount * 4);
      memory.words[at] = damage;
      const reader = new ValueReader(new ReadShapes());
      reader.begin(memory, 0, wordCount, wordCount * 4);
      try {
        reader.value();
      } catch (error) {
        assert.ok(error instanceof Error);
        thrown++;
      }
    }
  }
  assert.ok(thrown > wordCount * 10);
});

test("a shape that was never told is an error", () => {
  const connection = new Connection();
  connection.begin();
  connection.writer.value({ a: 1 });
  connection.begin();
  connection.writer.value({ a: 2 });
  connection.deliver();
  assert.throws(() => connection.reader.value(), /there is no shape 0/);
});

test("packed values arrive in order, from a place to a place", () => {
  const values = Array.from({ length: 50 }, (_, i) => ({ i, text: `é${i}`, half: i / 2 }));
  const { packed, count } = packValues(values, 10, 40);
  assert.equal(count, 30);
  const reader = new PackedReader(structuredClone(packed, { transfer: [packed] }));
  for (let i = 10; i < 40; i++) assert.deepStrictEqual(reader.next(), values[i]);
  assert.throws(() => reader.next(), /it has ended/);
});

test("packing stops before a value that is refused", () => {
  const values = [1, "two", { three: 3 }, new Map(), 5, Symbol("six")];
  const first = packValues(values, 0, values.length);
  assert.equal(first.count, 3);
  const reader = new PackedReader(first.packed);
  assert.deepEqual([reader.next(), reader.next(), reader.next()], values.slice(0, 3));
  assert.equal(packValues(values, 3, values.length).count, 0);
  const last = packValues(values, 4, values.length);
  assert.equal(last.count, 1);
  assert.equal(new PackedReader(last.packed).next(), 5);
  const none = packValues([], 0, 0);
  assert.equal(none.count, 0);
  assert.throws(() => new PackedReader(none.packed).next(), /it has ended/);
});

test("packing stops when a buffer is full, and goes on with the next", () => {
  const values = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(150_000));
  const arrived: unknown[] = [];
  let buffers = 0;
  for (let from = 0; from < values.length; buffers++) {
    const { packed, count } = packValues(values, from, values.length);
    assert.ok(count > 0);
    const reader = new PackedReader(packed);
    for (let i = 0; i < count; i++) arrived.push(reader.next());
    from += count;
  }
  assert.ok(buffers > 1);
  assert.deepEqual(arrived, values);
});

test("a getter may pack while its own object is packed", () => {
  let inner: ArrayBuffer | undefined;
  const values = [
    {
      get a() {
        inner = packValues(["inner"], 0, 1).packed;
        return 1;
      },
      b: 2,
    },
    3,
  ];
  const { packed, count } = packValues(values, 0, 2);
  assert.equal(count, 2);
  const reader = new PackedReader(packed);
  assert.deepStrictEqual(reader.next(), { a: 1, b: 2 });
  assert.equal(reader.next(), 3);
  assert.equal(new PackedReader(inner!).next(), "inner");
});

test("a buffer that nobody packed is an error", () => {
  assert.throws(() => new PackedReader(new ArrayBuffer(0)), /it has no header/);
  assert.throws(() => new PackedReader(new Int32Array([100, 0]).buffer), /outside of the memory/);
  assert.throws(() => new PackedReader(new Int32Array([-1, 0]).buffer), /outside of the memory/);
});

test("a string that was read lately is not taken for another", () => {
  const texts = Array.from({ length: 20_000 }, (_, i) => `t${(i * 7919) % 5_000}`);
  assert.deepEqual(byCodec(texts)?.arrived, texts);
});
