// Large binary data travels as a copy that moves, and arrives as a clone would.
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { after, test } from "node:test";
import { SerializationError, ThreadPoolExecutor } from "ungil";
import { identity } from "../errors/fixtures/classes.js";
import { decode, encode, transfer } from "./support/wire.js";

const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
after(() => pool.shutdown());

const large = 100_000;
const hooks = { referenceTo: () => undefined };

/** Bytes that tell one place from another. */
function bytesOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => at % 251);
}

/** Through the wire, by a copy that moves. */
function travel(value: unknown, list: readonly ArrayBuffer[] = []): { arrived: unknown; copied: number } {
  const { value: sent, marked, transfer: moving } = encode(value, "value", hooks, list, "moved");
  const cloned: unknown = structuredClone(sent, { transfer: [...moving] });
  const arrived = marked ? decode(cloned, { resolveClass: () => Promise.resolve(undefined) }) : cloned;
  return { arrived, copied: moving.length - list.length };
}

const memory = bytesOf(large).buffer as ArrayBuffer;

class Pixels extends Uint8Array {}

const kinds: [name: string, value: object][] = [
  ["an ArrayBuffer", memory],
  ["a Uint8Array of all of it", new Uint8Array(memory)],
  ["a Float64Array of a part", new Float64Array(memory, 8, 3)],
  ["a BigInt64Array", new BigInt64Array(memory, 16)],
  ["a Uint8ClampedArray", new Uint8ClampedArray(memory)],
  ["a DataView of a part", new DataView(memory, 7, 90_000)],
  ["an empty view", new Uint8Array(memory, 5, 0)],
  ["a typed array of a class of the user's", new Pixels(memory, 3)],
];

for (const [name, value] of kinds) {
  test(`${name} arrives as by structured clone, copied once`, async () => {
    const clone = structuredClone({ value });
    const { arrived, copied } = travel({ value });
    assert.equal(copied, 1);
    const results = [arrived as { value: object }, await pool.submit(identity<{ value: object }>, { value })];
    for (const result of results) {
      assert.deepStrictEqual(result, clone);
      assert.equal(Object.getPrototypeOf(result.value), Object.getPrototypeOf(clone.value));
      if (!ArrayBuffer.isView(result.value)) continue;
      assert.equal(result.value.byteOffset, (clone.value as Uint8Array).byteOffset);
      assert.equal(result.value.byteLength, (clone.value as Uint8Array).byteLength);
      assert.deepStrictEqual(result.value.buffer, memory, "what lies around the view arrives as well");
    }
    assert.equal(memory.byteLength, large, "the original stays");
  });
}

test("what a class says of its views and memory does not matter", () => {
  class Sly extends Uint16Array {
    override get length(): number {
      return 1;
    }
    override get byteOffset(): number {
      return 6;
    }
    override get buffer(): ArrayBuffer {
      return new ArrayBuffer(8);
    }
  }
  class SlyMemory extends ArrayBuffer {
    override get byteLength(): number {
      return 2 * large;
    }
  }
  const value = [new Sly(memory, 4, 10), new SlyMemory(large)];
  const { arrived, copied } = travel(value);
  assert.deepStrictEqual(arrived, structuredClone(value));
  assert.equal(copied, 2);
});

test("views of one memory arrive as views of one memory, and what was the same object still is", async () => {
  const view = new Uint8Array(memory, 10, 20);
  const value = { view, again: [view], other: new Uint16Array(memory), map: new Map([[memory, view]]) };
  const { arrived, copied } = travel(value);
  assert.equal(copied, 1);
  for (const each of [arrived as typeof value, await pool.submit(identity<typeof value>, value)]) {
    assert.deepStrictEqual(each, value);
    assert.equal(each.again[0], each.view);
    assert.equal(each.other.buffer, each.view.buffer);
    const [[key, item] = []] = each.map;
    assert.equal(key, each.view.buffer);
    assert.equal(item, each.view);
  }
  const alike = (a: Uint8Array, b: Uint8Array): boolean => a === b;
  assert.equal(await pool.submit(alike, view, view), true, "across arguments");
});

test("a change on one side is not seen on the other, nor by the next task", async () => {
  const data = bytesOf(large);
  const change = (bytes: Uint8Array): number => ++bytes[0]!;
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => pool.submit(change, data))), [1, 1, 1]);
  assert.equal(data[0], 0);
});

test("what a task keeps of its result and its reports stays whole in its worker", async () => {
  const keep = async (size: number): Promise<Uint8Array> => {
    const ungil = await import("ungil");
    const kept = new Uint8Array(size).fill(7);
    Object.assign(globalThis, { kept });
    ungil.currentTask().report(kept);
    return kept;
  };
  const future = pool.submit(keep, large);
  for await (const report of future.progress) assert.equal((report as Uint8Array).at(-1), 7);
  assert.equal((await future).at(-1), 7);
  const look = (): unknown => (globalThis as { kept?: Uint8Array }).kept?.at(-1);
  assert.equal(await pool.submit(look), 7);
});

test("a Buffer arrives as a Buffer: a whole one moves as a copy, of a part only that part", async () => {
  const whole = Buffer.from(new ArrayBuffer(large)).fill("w");
  const part = Buffer.alloc(4 * large, "p").subarray(1, 1 + large);
  const value = { whole, part, again: whole, note: "beside" };
  const { arrived, copied } = travel(value);
  assert.equal(copied, 2);
  for (const each of [arrived as typeof value, await pool.submit(identity<typeof value>, value)]) {
    assert.deepStrictEqual(each, value);
    assert.ok(Buffer.isBuffer(each.whole) && Buffer.isBuffer(each.part));
    assert.equal(each.again, each.whole);
    assert.equal(each.part.buffer.byteLength, large, "what lies around a part stays behind");
  }
  assert.equal(whole.length + part.length, 2 * large);
  const { arrived: small, copied: none } = travel([part.subarray(0, 10)]);
  assert.deepStrictEqual(small, [part.subarray(0, 10)]);
  assert.equal(none, 0, "a small part of a large Buffer copies nothing else");
});

test("memory that moves is not copied, and its views find it", () => {
  const data = bytesOf(large);
  const view = new Uint8Array(data.buffer, 5);
  const value = [transfer(data), view, new Uint8Array(memory)] as const;
  const encoded = encode(value, "value", hooks, [], "moved");
  assert.equal(encoded.moves, true);
  assert.equal(encoded.transfer.length, 2);
  assert.equal(encoded.transfer[0], data.buffer);
  const sent = encoded.value as typeof value;
  assert.equal(sent[1], view);
  assert.notEqual(sent[2].buffer, memory);
  assert.equal(encode([memory], "value", hooks, [], "moved").moves, false);
});

test("shared memory stays shared, and resizable memory resizable", async () => {
  const shared = new Uint8Array(new SharedArrayBuffer(large));
  const mark = (bytes: Uint8Array): void => void (bytes[1] = 9);
  await pool.submit(mark, shared);
  assert.equal(shared[1], 9);
  assert.equal(travel([shared]).copied, 0);
  // newer than the types
  const Resizable = ArrayBuffer as never as new (
    size: number,
    options: { maxByteLength: number },
  ) => ArrayBuffer;
  const resizable = new Resizable(large, { maxByteLength: 2 * large });
  const { arrived, copied } = travel([resizable]);
  assert.equal(copied, 0);
  assert.equal((arrived as { maxByteLength: number }[])[0]!.maxByteLength, 2 * large);
});

test("detached memory is refused as ever, by its path", async () => {
  const gone = bytesOf(large);
  structuredClone(gone, { transfer: [gone.buffer as ArrayBuffer] });
  const error = await pool.submit(identity<unknown>, { deep: [gone], whole: memory }).exception();
  assert.ok(error instanceof SerializationError);
  assert.equal(error.path, "arguments[0].deep[0]");
});

test("what can't be cloned is refused by its path beside large memory, which stays", async () => {
  const value = { data: new Uint8Array(memory), weak: new WeakMap() };
  const error = await pool.submit(identity<unknown>, value).exception();
  assert.ok(error instanceof SerializationError);
  assert.equal(error.path, "arguments[0].weak");
  assert.equal(memory.byteLength, large);
});

class Tensor {
  readonly data = new Float32Array(large);
  readonly shape = [large];
  get size(): number {
    return this.data.length;
  }
}

class Loud extends EventEmitter {
  readonly data = new Uint8Array(memory);
}

test("an instance of a class arrives as plain data, and its memory moves as a copy", () => {
  const tensor = new Tensor();
  const { arrived, copied } = travel(tensor);
  assert.deepStrictEqual(arrived, structuredClone(tensor));
  assert.equal(copied, 1);
});

test("containers that are more than their keys are left to structured clone", () => {
  const odd: object[] = [
    new Loud(),
    Object.assign(new Blob(["blob"]), { data: memory }),
    Object.assign(new Error("with data"), { data: memory }),
  ];
  for (const each of odd) {
    const { value, transfer: moving } = encode([memory, each], "value", hooks, [], "moved");
    assert.equal((value as object[])[0], memory);
    assert.equal(moving.length, 0);
  }
  assert.throws(() => travel([memory, Object.assign(new WeakMap(), { data: memory })]), {
    name: "DataCloneError",
  });
});

test("an object with the mark's key arrives as it is beside large memory", async () => {
  const value = { "\u0000ungil": "buffer", bytes: new Uint8Array(memory), mark: { "\u0000ungil": "url" } };
  assert.deepStrictEqual(travel(value).arrived, value);
  assert.deepStrictEqual(await pool.submit(identity<typeof value>, value), value);
  const beside = { value, mark: Buffer.from("mark") };
  assert.deepStrictEqual(await pool.submit(identity<typeof beside>, beside), beside);
});

test("holes, further properties, cycles and large graphs around large memory arrive as ever", () => {
  const list = Object.assign(new Array<unknown>(5), { 2: new Uint8Array(memory), extra: memory });
  assert.deepStrictEqual(travel(list).arrived, list);
  const cyclic: { self?: object; data: ArrayBuffer } = { data: memory };
  cyclic.self = cyclic;
  const arrived = travel(cyclic).arrived as typeof cyclic;
  assert.equal(arrived.self, arrived);
  assert.deepStrictEqual(arrived.data, memory);
  const many = [memory, ...Array.from({ length: 1_000 }, (_, id) => ({ id }))];
  assert.deepStrictEqual(travel(many).arrived, many);
});

test("a task whose large arguments were copied is tried again, with what they are", async () => {
  const data = bytesOf(large);
  const attempts = new Int32Array(new SharedArrayBuffer(4));
  const flaky = (bytes: Uint8Array, tries: Int32Array): number => {
    const sum = bytes[0]! + bytes[1]!;
    bytes.fill(0);
    if (Atomics.add(tries, 0, 1) < 2) throw new Error("not yet");
    return sum;
  };
  assert.equal(await pool.with({ retries: 2 }).submit(flaky, data, attempts), 1);
  assert.equal(attempts[0], 3);
  assert.equal(data.at(-1), 99_999 % 251);
});

test("a nested submission's arguments and result are copied, too", async () => {
  const outer = async (bytes: Uint8Array, inner: ThreadPoolExecutor): Promise<number[]> => {
    const result = await inner.submit((each: Uint8Array) => {
      each[0] = 42;
      return each;
    }, bytes);
    return [bytes[0]!, bytes.length, result[0]!, result.length];
  };
  assert.deepEqual(await pool.submit(outer, bytesOf(large), pool), [0, large, 42, large]);
});

// newer ones collect it for memory that was cloned, too
const collectsAnyway = Number.parseInt(process.versions.node, 10) >= 24 && "not on this version of Node";

test("large memory does not add up until a thread collects its heap", { skip: collectsAnyway }, async () => {
  // where it adds up, it is collected every thirty or so; what else runs may cause one collection by itself
  const count = 400;
  const megabyte = 2 ** 20;
  const observe = async (): Promise<void> => {
    const { PerformanceObserver, constants } = await import("node:perf_hooks");
    Object.assign(globalThis, { majors: 0 });
    const note = (entry: object): void => {
      if ((entry as { detail: { kind: number } }).detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR)
        (globalThis as never as { majors: number }).majors += 1;
    };
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ entryTypes: ["gc"] });
  };
  const majors = (): number => (globalThis as never as { majors: number }).majors;
  const make = (size: number): Uint8Array => new Uint8Array(size);
  const data = new Uint8Array(megabyte);
  const own = new ThreadPoolExecutor({ maxWorkers: 1 });
  // what earlier tests have left is not collected in the middle of this one
  globalThis.gc?.();
  await Promise.all([own.submit(observe), observe()]);
  for (let i = 0; i < count; i++) await own.submit((bytes: Uint8Array) => bytes.length, data);
  const there = await own.submit(majors);
  assert.ok(there <= 2, `${there} collections in the worker`);
  for (let i = 0; i < count; i++) await own.submit(make, megabyte);
  assert.ok(majors() <= 2, `${majors()} collections here`);
  await own.shutdown();
});
