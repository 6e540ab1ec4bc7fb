// Random values through encode, structured clone and decode, then through a real pool.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  array,
  assert as assertProperty,
  asyncProperty,
  dictionary,
  letrec,
  oneof,
  property,
  string,
  tuple,
  uint8Array,
  webUrl,
} from "fast-check";
import { ThreadPoolExecutor } from "ungil";
import { identity } from "../errors/fixtures/classes.js";
import { assertSameGraph, graphs, trees } from "./support/graphs.js";
import { decode, encode } from "./support/wire.js";

const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
after(() => pool.shutdown());

const hooks = { referenceTo: () => undefined };

function travel(value: unknown): { arrived: unknown; marked: boolean } {
  const encoded = encode(value, "value", hooks);
  const cloned: unknown = structuredClone(encoded.value);
  const arrived: unknown = encoded.marked
    ? decode(cloned, { resolveClass: () => Promise.resolve(undefined) })
    : cloned;
  assert.equal(arrived instanceof Promise, false, "nothing had to be looked up");
  return { arrived, marked: encoded.marked };
}

test("every tree that structured clone takes travels unmarked and arrives as it would by itself", () => {
  assertProperty(
    property(trees, (value) => {
      const { arrived, marked } = travel(value);
      assert.equal(marked, false);
      assertSameGraph(arrived, structuredClone(value));
    }),
    { numRuns: 500 },
  );
});

test("every tree beside something that needs a mark arrives as it would by itself", () => {
  assertProperty(
    property(trees, (value) => {
      const { arrived, marked } = travel([value, Buffer.from("x"), value]);
      assert.equal(marked, true);
      assertSameGraph((arrived as unknown[])[0], structuredClone(value));
      assertSameGraph((arrived as unknown[])[2], (arrived as unknown[])[0]);
      if (typeof value === "object") assert.equal((arrived as unknown[])[2], (arrived as unknown[])[0]);
    }),
    { numRuns: 500 },
  );
});

test("trees within trees of errors, Buffers and URLs arrive equal", () => {
  const leaves = oneof(
    { weight: 3, arbitrary: trees },
    uint8Array().map((bytes) => Buffer.from(bytes)),
    webUrl().map((url) => new URL(url)),
    tuple(string(), trees).map(([message, data]) => Object.assign(new TypeError(message), { data: [data] })),
  );
  const { value: nested } = letrec<{ value: unknown }>((tie) => ({
    value: oneof(
      { depthSize: "small" },
      leaves,
      array(tie("value")),
      dictionary(string(), tie("value"), { noNullPrototype: true }),
      array(tuple(tie("value"), tie("value"))).map((entries) => new Map(entries)),
      array(tie("value")).map((members) => new Set(members)),
    ),
  }));
  assertProperty(
    property(nested, (value) => {
      assertSameGraph(travel(value).arrived, value);
    }),
    { numRuns: 150 },
  );
});

test("every graph with shared references and cycles arrives with the same shape", () => {
  assertProperty(
    property(graphs, (value) => assertSameGraph(travel(value).arrived, value)),
    { numRuns: 1_000 },
  );
});

test("encoding changes nothing in the value", () => {
  assertProperty(
    property(graphs, (value) => {
      const { arrived: before } = travel(value);
      encode(value, "value", hooks);
      assertSameGraph(value, before);
    }),
  );
});

test("graphs arrive through a real pool as an argument and as a result", async () => {
  await assertProperty(
    asyncProperty(graphs, async (value) => {
      assertSameGraph(await pool.submit(identity<unknown>, value), value);
    }),
    { numRuns: 100 },
  );
});

test("an error whose class takes for ever to be found arrives as the nearest builtin, with its name", async () => {
  class SlowError extends RangeError {}
  const { value } = encode(new SlowError("slow"), "value", { referenceTo: () => "somewhere" });
  const forever = new Promise<undefined>(() => {});
  const arrived = await decode(structuredClone(value), { resolveClass: () => forever, patience: 1 });
  assert.ok(arrived instanceof RangeError);
  assert.equal(arrived.name, "SlowError");
  assert.equal(arrived.message, "slow");
});
