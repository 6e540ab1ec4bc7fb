import assert from "node:assert/strict";
import { appendFile, readFile, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import type * as JoblogModule from "../../dist/cli/joblog.js";
import { folderFor, internal, start, task, ungil, until, untilFile, values } from "./support.js";

const { formatEntry, parseEntry, recordKey } = await internal<typeof JoblogModule>("joblog");

const tasks = task("tasks.mjs");

/** Rows of a TSV log as objects. */
async function rows(file: string): Promise<Record<string, string>[]> {
  const [header = "", ...lines] = (await readFile(file, "utf8")).trimEnd().split("\n");
  const names = header.split("\t");
  return lines.map((line) => Object.fromEntries(line.split("\t").map((cell, at) => [names[at] ?? "", cell])));
}

test("the job log begins with GNU parallel's columns and has a line for each finished record", async (t) => {
  const log = path.join(await folderFor(t), "log.tsv");
  const before = Date.now() / 1000;
  await ungil(["map", `${tasks}#picky`, "a", "bad", "--joblog", log, "-k", "--quiet"]);
  const [header = ""] = (await readFile(log, "utf8")).split("\n");
  assert.equal(
    header,
    "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\tAttempts\tError\tKey",
  );
  // the order is that in which results were written and failures reported, whatever the order of the results
  const entries = (await rows(log)).toSorted((left, right) => Number(left["Seq"]) - Number(right["Seq"]));
  assert.deepEqual(
    entries.map(({ Seq, Host, Send, Receive, Exitval, Signal, Attempts, Error }) => [
      Seq,
      Host,
      Send,
      Receive,
      Exitval,
      Signal,
      Attempts,
      Error,
    ]),
    [
      ["1", ":", "1", "4", "0", "0", "1", ""],
      ["2", ":", "3", "0", "1", "0", "1", "E_BAD"],
    ],
  );
  assert.equal(entries[1]?.["Command"], `${tasks}#picky "bad"`);
  for (const { Starttime, JobRuntime } of entries) {
    assert.ok(Number(Starttime) >= before - 1 && Number(Starttime) <= Date.now() / 1000);
    assert.match(JobRuntime ?? "", /^\d+\.\d{3}$/);
  }
});

test("--resume leaves out what the log has, --resume-failed runs the failed ones again", async (t) => {
  const folder = await folderFor(t);
  const env = { UNGIL_TEST_FOLDER: folder };
  for (const name of ["log.tsv", "log.ndjson"]) {
    const log = path.join(folder, name);
    const args = [
      "map",
      `${tasks}#flaky`,
      `x${name}:0`,
      `y${name}:1`,
      "--joblog",
      log,
      "--executor",
      "inline",
    ];
    const first = await ungil(args, { env });
    assert.deepEqual([first.code, values(first.stdout)], [1, [1]]);
    const resumed = await ungil([...args, "--resume"], { env });
    assert.deepEqual([resumed.code, resumed.stdout], [0, ""]);
    assert.match(resumed.stderr, /0 ok, 0 failed, 2 skipped/);
    const again = await ungil([...args, "--resume-failed"], { env });
    assert.deepEqual([again.code, values(again.stdout)], [0, [2]]);
    const done = await ungil([...args, "--resume-failed"], { env });
    assert.match(done.stderr, /0 ok, 0 failed, 2 skipped/);
  }
});

test("resuming goes by the record, not by its place, and by the task", async (t) => {
  const log = path.join(await folderFor(t), "log.tsv");
  const args = ["--joblog", log, "--resume", "--executor", "inline", "--quiet"];
  await ungil(["map", `${tasks}#picky`, "a", "b", ...args]);
  const shifted = await ungil([
    "map",
    `${tasks}#withIndex`.replace("withIndex", "picky"),
    "new",
    "b",
    "a",
    ...args,
  ]);
  assert.deepEqual(values(shifted.stdout), ["new"]);
  const other = await ungil(["map", tasks, "a", ...args]);
  assert.deepEqual(values(other.stdout), ["A"]);
});

test("a record that occurs twice is left out as often as the log has it", async (t) => {
  const log = path.join(await folderFor(t), "log.tsv");
  const args = ["--joblog", log, "--resume", "--executor", "inline", "--quiet"];
  await ungil(["map", tasks, "a", ...args]);
  assert.deepEqual(values((await ungil(["map", tasks, "a", "a", ...args])).stdout), ["A"]);
  assert.deepEqual(values((await ungil(["map", tasks, "a", "a", ...args])).stdout), []);
});

test("the index of a record is its place in the whole input, also when others are left out", async (t) => {
  const log = path.join(await folderFor(t), "log.tsv");
  const args = ["--joblog", log, "--resume", "--executor", "inline", "--quiet"];
  await ungil(["map", `${tasks}#withIndex`, "a", ...args]);
  const resumed = await ungil(["map", `${tasks}#withIndex`, "a", "b", ...args]);
  assert.deepEqual(values(resumed.stdout), [["b", 1, "string"]]);
});

test("after a kill in the middle every record runs to its end once, and the torn line is ignored", async (t) => {
  const folder = await folderFor(t);
  const env = { UNGIL_TEST_FOLDER: folder };
  const log = path.join(folder, "log.tsv");
  const args = ["map", `${tasks}#gated`, "--joblog", log, "-j", "1", "--executor", "async"];
  const killed = start(t, args, { env, input: "one\ntwo\n", keepStdinOpen: true });
  await untilFile(path.join(folder, "started-one"));
  await writeFile(path.join(folder, "open"), "");
  await until(() => killed.stdout.includes('"two"'), "the second result");
  let text = "";
  await until(() => {
    void readFile(log, "utf8").then((read) => (text = read));
    return text.split("\n").length === 4;
  }, "two lines in the log");
  killed.child.kill("SIGKILL");
  assert.equal((await killed.ended).signal, "SIGKILL");
  // what a crash of the machine leaves: half of the last line
  await truncate(log, Buffer.byteLength(text) - 20);
  const resumed = await ungil([...args, "--resume"], { env, input: "one\ntwo\nthree\n" });
  assert.equal(resumed.code, 0);
  assert.deepEqual(values(resumed.stdout), ["two", "three"]);
  const again = await ungil([...args, "--resume"], { env, input: "one\ntwo\nthree\n" });
  assert.match(again.stderr, /0 ok, 0 failed, 3 skipped/);
  // the torn line stays as it was: nothing is rewritten
  assert.ok((await readFile(log, "utf8")).startsWith(text.slice(0, -20)));
});

test("records that were cut off are not in the log and run again", async (t) => {
  const folder = await folderFor(t);
  const log = path.join(folder, "log.tsv");
  const env = { UNGIL_TEST_FOLDER: folder };
  const args = ["map", `${tasks}#gated`, "a", "--joblog", log, "--quiet", "--executor", "async"];
  assert.equal((await ungil([...args, "--deadline", "300ms"], { env })).code, 124);
  assert.deepEqual(await rows(log), []);
  await writeFile(path.join(folder, "open"), "");
  assert.deepEqual(values((await ungil([...args, "--resume"], { env })).stdout), ["a"]);
});

test("a file that is no job log is refused and left as it is", async (t) => {
  const folder = await folderFor(t);
  for (const name of ["notes.txt", "notes.ndjson"]) {
    const file = path.join(folder, name);
    await writeFile(file, '{"my":"notes"}\nmore\n');
    const ended = await ungil(["map", tasks, "a", "--joblog", file, "--quiet"]);
    assert.equal(ended.code, 255);
    assert.equal(ended.stderr, `ungil map: --joblog ${file} is no job log of ungil: name another file\n`);
    assert.equal(await readFile(file, "utf8"), '{"my":"notes"}\nmore\n');
  }
});

test("a log whose header was torn gets the rest of it", async (t) => {
  const log = path.join(await folderFor(t), "log.tsv");
  await appendFile(log, "Seq\tHo");
  await ungil(["map", tasks, "a", "--joblog", log, "--quiet", "--executor", "inline"]);
  assert.equal((await rows(log))[0]?.["Seq"], "1");
});

const entry = {
  seq: 12,
  startTime: 1_700_000_000_123,
  runTime: 45.6,
  send: 3,
  receive: 4,
  ok: true,
  command: 'task "a\tb\nc\\"',
  attempts: 1,
  error: "",
  key: recordKey("task", "a\tb\nc"),
};

test("an entry is one line whatever its record holds, and comes back from both formats", () => {
  for (const ndjson of [true, false]) {
    const line = formatEntry(entry, ndjson);
    assert.equal(line.split("\n").length, 2);
    assert.deepEqual(parseEntry(line.trimEnd(), ndjson), { seq: 12, ok: true, key: entry.key });
  }
});

test("no part of an entry passes for the whole", () => {
  for (const ndjson of [true, false]) {
    const line = formatEntry(entry, ndjson).trimEnd();
    for (let length = 0; length < line.length; length++) {
      assert.equal(parseEntry(line.slice(0, length), ndjson), undefined);
    }
  }
});

test("the same record of another task has another key", () => {
  assert.notEqual(recordKey("a.js#f", "x"), recordKey("a.js#g", "x"));
  assert.equal(recordKey("a.js#f", "x"), recordKey("a.js#f", "x"));
});
