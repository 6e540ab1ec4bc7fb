// Random values: what the compact form accepts arrives as it does by the way that all values can take.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  array,
  assert as assertProperty,
  bigInt,
  boolean,
  constantFrom,
  dictionary,
  double,
  float32Array,
  float64Array,
  int16Array,
  integer,
  jsonValue,
  oneof,
  property,
  string,
  tuple,
  uint8Array,
} from "fast-check";
import { byCodec, Connection, PackedReader, packValues } from "./support/codec.js";
import { assertSameGraph, graphs, trees } from "./support/graphs.js";
import { encode } from "./support/wire.js";

const keys = oneof(
  string(),
  string({ unit: "binary" }),
  constantFrom("a", "b", "id", "0", "10", "toString"),
).filter((key) => key !== "__proto__");
const leaves = oneof(
  string(),
  string({ unit: "binary", maxLength: 60 }),
  // any code units, also where they pair badly
  array(integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  integer(),
  double(),
  bigInt(),
  boolean(),
  constantFrom(undefined, null, -0, Number.NaN, 2 ** 26, 2 ** 31, -(2 ** 31)),
);
const plain = { noNullPrototype: true };
const ownBytes = <T extends ArrayBufferView>(view: T): T => structuredClone(view);
const carried = oneof(
  leaves,
  array(leaves),
  array(oneof(integer(), double())),
  dictionary(keys, oneof(leaves, array(leaves), dictionary(keys, leaves, plain)), plain),
  jsonValue({ maxDepth: 4 }).map(
    (value) => JSON.parse(JSON.stringify(value).replaceAll("__proto__", "proto")) as unknown,
  ),
  oneof(uint8Array(), float64Array(), float32Array(), int16Array()).map(ownBytes),
);

test("every tree of plain objects, arrays, primitives and small binary data is carried as by structured clone", () => {
  assertProperty(
    property(carried, (value) => {
      const sent = byCodec(value);
      assert.ok(sent, "it was accepted");
      const cloned: unknown = structuredClone(value);
      assertSameGraph(sent.arrived, cloned);
      assert.deepStrictEqual(sent.arrived, cloned);
    }),
    { numRuns: 1_000 },
  );
});

test("of all trees that structured clone takes, those that are accepted arrive as by structured clone", () => {
  assertProperty(
    property(trees, (value) => {
      const sent = byCodec(value);
      if (sent) assertSameGraph(sent.arrived, structuredClone(value));
    }),
    { numRuns: 1_000 },
  );
});

test("of all graphs, only those without marks and without shared references are accepted", () => {
  assertProperty(
    property(graphs, (value) => {
      const sent = byCodec(value);
      if (!sent) return;
      const encoded = encode(value, "value", { referenceTo: () => undefined });
      assert.equal(encoded.marked, false);
      assertSameGraph(sent.arrived, structuredClone(value));
    }),
    { numRuns: 500 },
  );
});

test("tasks of many frames arrive in order, whatever is refused between them, and share no object", () => {
  const task = array(oneof(carried, carried, trees), { maxLength: 3 });
  assertProperty(
    property(array(array(tuple(task, boolean()), { maxLength: 6 }), { maxLength: 4 }), (frames) => {
      const connection = new Connection();
      const objects = new Set<object>();
      let count = 0;
      const note = (value: unknown): void => {
        if (typeof value !== "object" || value === null) return;
        count++;
        objects.add(value);
        if (!ArrayBuffer.isView(value)) Object.values(value).forEach(note);
      };
      for (const frame of frames) {
        connection.begin();
        const accepted: unknown[][] = [];
        for (const [values, again] of frame) {
          for (let time = 0; time < (again ? 2 : 1); time++) {
            connection.writer.int(values.length);
            if (connection.writer.values(values)) accepted.push(values);
            else {
              connection.writer.setInt(connection.writer.wordCount - 1, 0);
              accepted.push([]);
            }
          }
        }
        connection.deliver();
        for (const values of accepted) {
          assert.equal(connection.reader.int(), values.length);
          const arrived = values.map(() => connection.reader.value());
          assertSameGraph(arrived, structuredClone(values));
          note(arrived);
        }
      }
      assert.equal(objects.size, count);
    }),
    { numRuns: 300 },
  );
});

test("packed values arrive as by structured clone, up to the first that is refused", () => {
  assertProperty(
    property(array(oneof(carried, carried, trees)), (values) => {
      const { packed, count } = packValues(values, 0, values.length);
      const reader = new PackedReader(packed);
      for (let i = 0; i < count; i++) assertSameGraph(reader.next(), structuredClone(values[i]));
      if (count < values.length) assert.equal(byCodec(values[count]), undefined);
    }),
    { numRuns: 300 },
  );
});
