import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type * as recordsModule from "../../dist/multiprocessing/records.js";

const { RecordReader, writeRecord } = (await import(
  new URL("../multiprocessing/records.js", import.meta.resolve("ungil")).href
)) as typeof recordsModule;

/** A message with buffers of some sizes, which go beside it when they are large, or a frame. */
const sizes = fc.oneof(
  fc.constantFrom(0, 1, 7, 8),
  fc.integer({ min: 0, max: 90_000 }),
  fc.constant(200_000),
);
const envelope = fc.oneof(
  fc.record({
    kind: fc.constant("message" as const),
    value: fc.oneof(
      fc.jsonValue(),
      fc.string({ maxLength: 3_000 }),
      fc.bigInt(),
      fc.date({ noInvalidDate: true }),
    ),
    buffers: fc.array(sizes, { maxLength: 3 }),
    moves: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("frame" as const),
    words: fc.array(fc.integer(), { minLength: 4, maxLength: 40 }),
    bytes: fc.uint8Array({ maxLength: 70 }),
    long: fc.boolean(),
  }),
);
type Sent = typeof envelope extends fc.Arbitrary<infer T> ? T : never;

const filled = (size: number, salt: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, at) => (at * 31 + salt) & 255);

/** The pieces of a record, and what has to be read from them. */
function write(sent: Sent, salt: number): { pieces: Uint8Array[]; expected: unknown } {
  if (sent.kind === "message") {
    const { value, buffers, moves } = sent;
    const expected = [value, buffers.map((size, at) => filled(size, salt + at))];
    const given = structuredClone(expected) as [unknown, Uint8Array[]];
    const moving = moves ? given[1].map(({ buffer }) => buffer as ArrayBuffer) : [];
    const pieces = writeRecord([salt, given], moving).map((piece) => Uint8Array.from(piece));
    if (moves) assert.ok(given[1].every(({ length }) => length === 0));
    return { pieces, expected: { framesBefore: salt, message: expected } };
  }
  const words = sent.long ? Array.from({ length: 20_000 }, (_, at) => at ^ salt) : sent.words;
  const wordCount = words.length;
  const total = 8 * Math.ceil((4 * wordCount + sent.bytes.length) / 8);
  const frame = new ArrayBuffer(total);
  new Int32Array(frame, 0, wordCount).set(words);
  new Uint8Array(frame, 4 * wordCount).set(sent.bytes);
  const pieces = writeRecord([salt, frame, wordCount, sent.bytes.length], []).map((piece) =>
    Uint8Array.from(piece),
  );
  // its reader would be woken for the header alone
  assert.equal(pieces.length, sent.long ? 2 : 1);
  return { pieces, expected: { framesBefore: salt, words, bytes: [...sent.bytes] } };
}

function read(envelopes: unknown[]): unknown[] {
  return envelopes.map((each) => {
    const [framesBefore, content, wordCount, byteCount, first] = each as [
      number,
      { words: Int32Array; bytes: Uint8Array },
      number | undefined,
      number,
      number,
    ];
    if (wordCount === undefined) return { framesBefore, message: content };
    assert.equal(first % 2, 0, "doubles among the words are aligned");
    const byte = 4 * (first + wordCount);
    return {
      framesBefore,
      words: [...content.words.subarray(first, first + wordCount)],
      bytes: [...content.bytes.subarray(byte, byte + byteCount)],
    };
  });
}

test("whatever is sent arrives in its order, wherever the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(envelope, { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      fc.boolean(),
      (all, cuts, tiny, inPlace) => {
        const written = all.map((each, at) => write(each, at));
        const stream = Buffer.concat(written.flatMap(({ pieces }) => pieces));
        const reader = new RecordReader();
        const arrived: unknown[] = [];
        // memory that is used again, as that of a socket may be
        const memory = new Uint8Array(70_000);
        for (let at = 0, cut = 0; at < stream.length; cut++) {
          const wanted = tiny && stream.length < 5_000 ? 1 : cuts[cut % cuts.length]!;
          const place = inPlace ? reader.place : undefined;
          const piece = stream.subarray(at, at + Math.min(wanted, place?.length ?? wanted));
          at += piece.length;
          if (place) {
            place.set(piece);
            arrived.push(...read(reader.took(piece.length)));
            continue;
          }
          memory.set(piece);
          arrived.push(...read(reader.push(memory.subarray(0, piece.length))));
          memory.fill(0xaa);
        }
        assert.deepEqual(
          arrived,
          written.map(({ expected }) => expected),
        );
      },
    ),
    { numRuns: 100 },
  );
});

test("what is no record is refused", () => {
  assert.throws(() => new RecordReader().push(new Uint8Array(16).fill(9)), /not one of ungil's/);
});
