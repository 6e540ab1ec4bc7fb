import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import type * as SplitModule from "../../dist/cli/split.js";
import { folderFor, internal, task, ungil, values } from "./support.js";

const { splitRecords, separators, RecordTooLongError } = await internal<typeof SplitModule>("split");

const withIndex = ["map", `${task("tasks.mjs")}#withIndex`, "--executor", "inline", "--quiet"];

test("records given as arguments arrive as strings with their place, on threads by default", async () => {
  const ended = await ungil(["map", `${task("tasks.mjs")}#withIndex`, "a", "7", "-k"]);
  assert.equal(ended.stdout, '["a",0,"string"]\n["7",1,"string"]\n');
  assert.equal(ended.code, 0);
});

test("a task without an export's name is the default export", async () => {
  const ended = await ungil(["map", task("tasks.mjs"), "a", "--executor", "inline"]);
  assert.equal(ended.stdout, '"A"\n');
});

test("lines come from stdin, without their ends, and the last one needs none; an empty line is a record", async () => {
  const ended = await ungil(withIndex, { input: "one\r\n\ntwo words\nlast" });
  assert.deepEqual(values(ended.stdout), [
    ["one", 0, "string"],
    ["", 1, "string"],
    ["two words", 2, "string"],
    ["last", 3, "string"],
  ]);
});

test("no input is no record, and all went well", async () => {
  const ended = await ungil(["map", task("tasks.mjs")]);
  assert.deepEqual([ended.code, ended.stdout], [0, ""]);
  assert.match(ended.stderr, /^0 ok, 0 failed in /m);
});

test("NDJSON records arrive as values, and empty lines between them are none", async () => {
  const ended = await ungil([...withIndex, "--input", "ndjson"], { input: '{"a":1}\n\n7\n"x"\nnull' });
  assert.deepEqual(values(ended.stdout), [
    [{ a: 1 }, 0, "object"],
    [7, 1, "number"],
    ["x", 2, "string"],
    [null, 3, "object"],
  ]);
});

test("records may end with a zero byte and then hold anything else", async () => {
  const ended = await ungil([...withIndex, "--input", "null"], { input: "a\nb\0c\r\n\0" });
  assert.deepEqual(values(ended.stdout), [
    ["a\nb", 0, "string"],
    ["c\r\n", 1, "string"],
  ]);
});

test("arguments come first, then files in their order, stdin where it is named; .ndjson files are NDJSON", async (t) => {
  const folder = await folderFor(t);
  await writeFile(path.join(folder, "lines.txt"), "1\n");
  await writeFile(path.join(folder, "values.ndjson"), "\uFEFF2\n");
  const files = [
    "-a",
    path.join(folder, "values.ndjson"),
    "-a",
    "-",
    "--input-file",
    path.join(folder, "lines.txt"),
  ];
  const ended = await ungil([...withIndex, "arg", ...files], { input: "in\n" });
  assert.deepEqual(values(ended.stdout), [
    ["arg", 0, "string"],
    [2, 1, "number"],
    ["in", 2, "string"],
    ["1", 3, "string"],
  ]);
});

test("a line that is no JSON fails by itself, named by its number; the other records run", async () => {
  const ended = await ungil([...withIndex, "--input", "ndjson"], { input: '1\n\n{"a":\n3\n' });
  assert.deepEqual(values(ended.stdout), [
    [1, 0, "number"],
    [3, 2, "number"],
  ]);
  assert.equal(ended.code, 1);
  const [failure] = values(ended.stderr) as [
    { i: number; in: string; error: { code: string; message: string } },
  ];
  assert.equal(failure.i, 1);
  assert.equal(failure.in, '{"a":');
  assert.equal(failure.error.code, "ERR_UNGIL_BAD_RECORD");
  assert.match(failure.error.message, /^stdin line 3 is not valid JSON: /);
});

test("a record that is no UTF-8 fails instead of arriving as something else", async () => {
  const ended = await ungil(withIndex, { input: Buffer.from([0x61, 0x0a, 0xff, 0xfe, 0x0a]) });
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /stdin line 2 is not valid UTF-8/);
});

test("records after -- may begin with a dash", async () => {
  const ended = await ungil([...withIndex, "--", "-x", "--halt"]);
  assert.deepEqual(values(ended.stdout), [
    ["-x", 0, "string"],
    ["--halt", 1, "string"],
  ]);
});

async function split(chunks: readonly string[], separator: number, limit?: number): Promise<string[]> {
  async function* source(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  const records: string[] = [];
  for await (const record of splitRecords(source(), separator, limit))
    records.push(Buffer.from(record).toString());
  return records;
}

test("records are the same wherever the stream is cut", async () => {
  const text = "ab\r\ncd\n\nefg";
  for (let at = 0; at <= text.length; at++) {
    for (let to = at; to <= text.length; to++) {
      const chunks = [text.slice(0, at), text.slice(at, to), text.slice(to)];
      assert.deepEqual(await split(chunks, separators.newline), ["ab", "cd", "", "efg"]);
    }
  }
});

test("a record without end is refused before it fills the memory", async () => {
  await assert.rejects(split(["abc", "def"], separators.null, 5), RecordTooLongError);
});
