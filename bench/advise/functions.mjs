// Functions of different kinds, with items that stand for their input. A module of its own, so that workers import
// it and nothing else.
import { createHash, pbkdf2 } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

const pbkdf2Async = promisify(pbkdf2);

/** Computes without a pause: sums of sines, which no compiler leaves out. */
function spin(turns) {
  let sum = 0;
  for (let n = 0; n < turns; n++) sum += Math.sin(n);
  return sum;
}

const times = (count, item) => Array.from({ length: count }, (_, at) => item(at));

const page = (paragraphs) =>
  times(
    paragraphs,
    (at) => `<p class="c${at % 7}">${"Lorem ipsum dolor sit amet, consetetur. ".repeat(3)}</p>`,
  ).join("\n");

/** name → `fn`, `samples`, and what it is for. */
export const functions = {
  cpuLarge: {
    what: "computes for some 20 ms",
    fn: (turns) => spin(turns),
    samples: times(8, () => 400_000),
  },
  cpuSmall: {
    what: "computes for some 0.1 ms",
    fn: (turns) => spin(turns),
    samples: times(32, () => 2_000),
  },
  hashes: {
    what: "native code that computes: SHA-256 of a text, many times",
    fn: (text) => {
      let hash = text;
      for (let n = 0; n < 1_000; n++) hash = createHash("sha256").update(hash).digest("hex");
      return hash;
    },
    samples: times(8, (at) => `text ${at}`),
  },
  tiny: {
    what: "a sum",
    fn: (x) => x + 1,
    samples: times(100, (at) => at),
  },
  tinyObject: {
    what: "a property of a small object",
    fn: ({ price, count }) => ({ total: price * count }),
    samples: times(100, (at) => ({ price: at, count: 3, name: `article ${at}` })),
  },
  waits: {
    what: "waits for 10 ms, as for a request",
    fn: async (at) => {
      await sleep(10);
      return at;
    },
    samples: times(16, (at) => at),
  },
  readsFiles: {
    what: "reads a file of some KB, on the pool of libuv",
    fn: async (file) => (await readFile(file)).length,
    samples: times(16, () => new URL("../../package.json", import.meta.url).pathname),
  },
  mixed: {
    what: "waits for 5 ms, then computes for some 5 ms",
    fn: async (turns) => {
      await sleep(5);
      return spin(turns);
    },
    samples: times(8, () => 100_000),
  },
  waitsMostly: {
    what: "waits for 20 ms, then computes for some 0.2 ms",
    fn: async (turns) => {
      await sleep(20);
      return spin(turns);
    },
    samples: times(16, () => 4_000),
  },
  payloadIn: {
    what: "looks at a large graph of objects for a moment",
    fn: (rows) => rows.length,
    samples: times(4, (at) =>
      times(5_000, (row) => ({ id: row, name: `row ${row}`, tags: ["a", "b", `t${at}`] })),
    ),
  },
  payloadOut: {
    what: "answers with a large graph of objects, soon made",
    fn: (count) => Array.from({ length: count }, (_, id) => ({ id, name: "row", tags: ["a", "b"] })),
    samples: times(8, () => 5_000),
  },
  uneven: {
    what: "computes, a few items a hundred times as long as most",
    fn: (turns) => spin(turns),
    samples: times(40, (at) => (at % 20 === 7 ? 400_000 : 4_000)),
  },
  memory: {
    what: "fills 8 MB, and answers with a number",
    fn: (size) => {
      const rows = [];
      for (let n = 0; n < size; n++) rows.push({ n, square: n * n });
      let sum = 0;
      for (const row of rows) sum += row.square % 7;
      return sum;
    },
    samples: times(8, () => 150_000),
  },
  alreadyParallel: {
    what: "pbkdf2, on the pool of libuv",
    fn: async (password) => (await pbkdf2Async(password, "salt", 20_000, 32, "sha256")).toString("hex"),
    samples: times(8, (at) => `password ${at}`),
  },
  compresses: {
    what: "compresses a text of some 200 KB",
    fn: (text) => gzipSync(text).length,
    samples: times(4, (at) => page(1_200 + at)),
  },
  parses: {
    what: "parses JSON of some 100 KB to objects",
    fn: (text) => JSON.parse(text),
    samples: times(8, (at) => JSON.stringify(times(2_000, (row) => ({ id: row, name: `row ${row}`, at })))),
  },
};
