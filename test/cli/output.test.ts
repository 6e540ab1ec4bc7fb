import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { folderFor, start, task, ungil, values } from "./support.js";

const tasks = task("tasks.mjs");

/** Lets the second of two records end first and answers with the results. */
async function crossed(context: TestContext, options: readonly string[]): Promise<unknown[]> {
  const folder = await folderFor(context);
  const args = ["map", `${tasks}#gatedByName`, "first", "second", "-j2", "--progress", "json", ...options];
  const running = start(context, args, { env: { UNGIL_TEST_FOLDER: folder } });
  await writeFile(path.join(folder, "open-second"), "");
  await running.says(/"done":1/);
  await writeFile(path.join(folder, "open-first"), "");
  return values((await running.ended).stdout);
}

test("results come as they complete, and in order with --keep-order", async (t) => {
  assert.deepEqual(await crossed(t, []), ["second", "first"]);
  assert.deepEqual(await crossed(t, ["--keep-order"]), ["first", "second"]);
  assert.deepEqual(await crossed(t, ["--executor", "async", "--ordered"]), ["first", "second"]);
});

test("of the options for the order the last one counts", async (t) => {
  assert.deepEqual(await crossed(t, ["-k", "--unordered"]), ["second", "first"]);
  assert.deepEqual(await crossed(t, ["--unordered", "-k"]), ["first", "second"]);
});

test("--tag tells the record and its place with each result", async () => {
  const ended = await ungil(["map", tasks, "a", "b", "--tag", "--executor", "inline"]);
  assert.equal(ended.stdout, '{"i":0,"in":"a","out":"A"}\n{"i":1,"in":"b","out":"B"}\n');
});

test("--output lines writes strings as they are and other values as JSON, tagged with the record and a tab", async () => {
  const lines = ["--output", "lines", "--executor", "inline"];
  assert.equal((await ungil(["map", tasks, 'say "hi"', ...lines])).stdout, 'SAY "HI"\n');
  assert.equal((await ungil(["map", `${tasks}#withIndex`, "a", ...lines])).stdout, '["a",0,"string"]\n');
  assert.equal((await ungil(["map", tasks, "a", ...lines, "--tag"])).stdout, "a\tA\n");
});

test("--output json is one array, also of nothing; --output none is nothing", async () => {
  const inline = ["--executor", "inline", "--output"];
  assert.deepEqual(JSON.parse((await ungil(["map", tasks, "a", "b", ...inline, "json"])).stdout), ["A", "B"]);
  assert.deepEqual(JSON.parse((await ungil(["map", tasks, ...inline, "json"])).stdout), []);
  assert.equal((await ungil(["map", tasks, "a", ...inline, "none"])).stdout, "");
});

test("a result of nothing is null, and one that JSON can't hold fails its record", async () => {
  assert.equal((await ungil(["map", `${tasks}#nothing`, "a", "--executor", "inline"])).stdout, "null\n");
  const ended = await ungil(["map", `${tasks}#big`, "a", "--executor", "inline"]);
  assert.deepEqual([ended.code, ended.stdout], [1, ""]);
  assert.match(ended.stderr, /ERR_UNGIL_OUTPUT/);
});

test("what a task prints goes to stderr, so that stdout has results only", async () => {
  for (const executor of ["thread", "process", "async", "inline"]) {
    const ended = await ungil(["map", `${tasks}#printing`, "a", "--executor", executor]);
    assert.equal(ended.stdout, '"a"\n', executor);
    assert.match(ended.stderr, /^printed a$/m, executor);
  }
});

test("failed records are NDJSON on stderr and the exit code is their number", async () => {
  const ended = await ungil(["map", `${tasks}#picky`, "a", "bad1", "b", "bad2", "--quiet", "-k"]);
  assert.equal(ended.stdout, '"a"\n"b"\n');
  assert.deepEqual(values(ended.stderr), [
    { i: 1, in: "bad1", error: { name: "TypeError", message: "refused bad1", code: "E_BAD" }, attempts: 1 },
    { i: 3, in: "bad2", error: { name: "TypeError", message: "refused bad2", code: "E_BAD" }, attempts: 1 },
  ]);
  assert.equal(ended.code, 2);
});

test("--failed takes the failures off stderr and has their stacks; more than 100 end with 101", async (t) => {
  const file = path.join(await folderFor(t), "failed.ndjson");
  const input = Array.from({ length: 101 }, (_, index) => `bad${index}\n`).join("");
  const args = ["map", `${tasks}#picky`, "--failed", file, "--quiet", "--executor", "inline"];
  const ended = await ungil(args, { input });
  assert.deepEqual([ended.code, ended.stderr, ended.stdout], [101, "", ""]);
  const failures = values(await readFile(file, "utf8")) as { i: number; error: { stack: string } }[];
  assert.equal(failures.length, 101);
  assert.match(failures[0]?.error.stack ?? "", /tasks\.mjs/);
});

test("a long record is cut where people read it and whole in the file of failures", async (t) => {
  const file = path.join(await folderFor(t), "failed.ndjson");
  const record = `bad${"x".repeat(1000)}`;
  const args = ["map", `${tasks}#picky`, record, "--quiet", "--executor", "inline"];
  const [shown] = values((await ungil(args)).stderr) as [{ in: string }];
  assert.ok(shown.in.length < 300);
  await ungil([...args, "--failed", file]);
  const [kept] = values(await readFile(file, "utf8")) as [{ in: string }];
  assert.equal(kept.in, record);
});

test("a task that ends its worker fails its own record only", async () => {
  const ended = await ungil(["map", `${tasks}#crash`, "a", "--quiet"]);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /ERR_UNGIL_WORKER_EXIT/);
});

test("--retries are extra tries, counted in the summary", async (t) => {
  const env = { UNGIL_TEST_FOLDER: await folderFor(t) };
  const args = [
    "map",
    `${tasks}#flaky`,
    "a:2",
    "b:0",
    "c:3",
    "--retries",
    "2",
    "-k",
    "--backoff",
    "1ms..4ms",
  ];
  const ended = await ungil(args, { env });
  assert.deepEqual(values(ended.stdout), [3, 1]);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /"message":"try 3"\},"attempts":3\}/);
  assert.match(ended.stderr, /2 ok, 1 failed in .*retried 4/);
});

test("--timeout ends one try of a task, also of one that never lets go of its thread", async () => {
  for (const name of ["forever", "spin"]) {
    const ended = await ungil(["map", `${tasks}#${name}`, "a", "--timeout", "100ms", "--quiet"]);
    assert.equal(ended.code, 1, name);
    assert.match(ended.stderr, /ERR_UNGIL_TIMEOUT/, name);
  }
});

test("--deadline ends the whole run with 124", async () => {
  const ended = await ungil(["map", `${tasks}#forever`, "a", "b", "--deadline", "200ms"]);
  assert.equal(ended.code, 124);
  assert.match(ended.stderr, /--deadline passed/);
  assert.match(ended.stderr, /0 ok, 0 failed, 2 cancelled/);
});

test("--chunksize sends several records in one go and each still settles by itself", async () => {
  const records = ["a", "bad", "c", "d", "e"];
  const ended = await ungil([
    "map",
    `${tasks}#picky`,
    ...records,
    "--chunksize",
    "3",
    "-j1",
    "-k",
    "--quiet",
  ]);
  assert.deepEqual(values(ended.stdout), ["a", "c", "d", "e"]);
  assert.equal(ended.code, 1);
});
