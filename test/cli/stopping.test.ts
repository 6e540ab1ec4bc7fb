import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import type * as HaltModule from "../../dist/cli/halt.js";
import { folderFor, internal, root, start, task, ungil, until, untilFile, values } from "./support.js";

const { parseHalt, haltReached, haltExitCode, describeHalt } = await internal<typeof HaltModule>("halt");

const tasks = task("tasks.mjs");

function rule(text: string): NonNullable<ReturnType<typeof parseHalt>> {
  const parsed = parseHalt(text);
  assert.ok(parsed);
  return parsed;
}

test("--halt takes GNU parallel's grammar", () => {
  assert.equal(parseHalt("never"), undefined);
  assert.deepEqual(rule("now,fail=3"), { mode: "now", event: "fail", limit: 3, unit: "records" });
  assert.deepEqual(rule("soon,success=1"), { mode: "soon", event: "success", limit: 1, unit: "records" });
  assert.deepEqual(rule("soon,done=20%"), { mode: "soon", event: "done", limit: 20, unit: "percent" });
  assert.deepEqual(rule("now,fail=0.5%").limit, 0.5);
  assert.deepEqual(rule("now"), { mode: "now", event: "fail", limit: 1, unit: "records" });
  for (const text of [
    "",
    "1",
    "soon,",
    "soon,fail",
    "soon,fail=",
    "soon,fail=-1",
    "later,fail=1",
    "now,fail=1.5",
  ]) {
    assert.throws(() => parseHalt(text), /--halt/, text);
  }
});

test("a halt rule counts records, or shares of those done once there are three", () => {
  const reached = (text: string, ok: number, failed: number, total?: number): boolean =>
    haltReached(rule(text), { ok, failed }, total);
  assert.deepEqual([reached("now,fail=2", 9, 1), reached("now,fail=2", 0, 2)], [false, true]);
  assert.deepEqual([reached("now,success=2", 1, 9), reached("now,success=2", 2, 0)], [false, true]);
  assert.deepEqual([reached("now,done=3", 1, 1), reached("now,done=3", 2, 1)], [false, true]);
  assert.deepEqual([reached("now,fail=50%", 0, 2), reached("now,fail=50%", 3, 3)], [false, true]);
  assert.equal(reached("now,fail=50%", 4, 3), false);
  assert.deepEqual([reached("now,done=50%", 4, 0, 10), reached("now,done=50%", 4, 1, 10)], [false, true]);
});

test("a halted run's exit code is the number of failures, their share with a share, 0 after enough successes", () => {
  assert.equal(haltExitCode(rule("now,fail=2"), { ok: 5, failed: 2 }), 2);
  assert.equal(haltExitCode(rule("soon,fail=200"), { ok: 5, failed: 200 }), 101);
  assert.equal(haltExitCode(rule("soon,fail=25%"), { ok: 6, failed: 2 }), 25);
  assert.equal(haltExitCode(rule("soon,success=1"), { ok: 1, failed: 7 }), 0);
  assert.equal(haltExitCode(rule("soon,done=3"), { ok: 2, failed: 1 }), 1);
});

test("a halt rule reads as a sentence", () => {
  assert.deepEqual(
    ["now,fail=1", "soon,done=1", "soon,success=2000", "now,fail=5%"].map((text) => describeHalt(rule(text))),
    [
      "a record had failed",
      "a record was done",
      "2,000 records had succeeded",
      "5% of the records had failed",
    ],
  );
});

test("--halt now ends running records; they are neither done nor failed", async (t) => {
  const env = { UNGIL_TEST_FOLDER: await folderFor(t) };
  await writeFile(
    path.join(env.UNGIL_TEST_FOLDER, "tasks.mjs"),
    `
    import { existsSync } from "node:fs";
    import { gated } from ${JSON.stringify(tasks)};
    export default async (record) => {
      if (record !== "bad") return gated(record);
      while (!existsSync(${JSON.stringify(path.join(env.UNGIL_TEST_FOLDER, "started-slow"))})) await new Promise(setImmediate);
      throw new Error("first failure");
    };`,
  );
  const args = ["map", "tasks.mjs", "slow", "bad", "-j", "2", "--halt", "now,fail=1"];
  for (const executor of ["thread", "process", "async"]) {
    const ended = await ungil([...args, "--executor", executor], { env, cwd: env.UNGIL_TEST_FOLDER });
    assert.equal(ended.code, 1);
    assert.equal(ended.stdout, "");
    assert.match(ended.stderr, /--halt: a record had failed: ending 1 running/);
    assert.match(ended.stderr, /0 ok, 1 failed, 1 cancelled/);
  }
});

test("--halt soon takes no more records and lets running ones finish", async (t) => {
  const folder = await folderFor(t);
  const env = { UNGIL_TEST_FOLDER: folder };
  const args = ["map", `${tasks}#gated`, "-j", "2", "--halt", "soon,done=1", "--executor", "async", "-k"];
  const running = start(t, args, { env, input: "a\nb\nc\nd\n", keepStdinOpen: true });
  await untilFile(path.join(folder, "started-b"));
  await writeFile(path.join(folder, "open"), "");
  const ended = await running.ended;
  const results = values(ended.stdout);
  assert.ok(results.length >= 2 && results.length < 4, ended.stdout);
  assert.deepEqual(results.slice(0, 2), ["a", "b"]);
  assert.equal(ended.code, 0);
});

test("--halt with a share ends with the share of failures in percent", async () => {
  const input = "a\nb\nc\nbad1\nbad2\nbad3\nd\n";
  const args = ["map", `${tasks}#picky`, "--executor", "inline", "--halt", "soon,fail=50%", "--quiet"];
  assert.equal((await ungil(args, { input })).code, 50);
});

test("the first SIGINT lets running records finish and says how to force; the end is 130", async (t) => {
  const folder = await folderFor(t);
  const env = { UNGIL_TEST_FOLDER: folder };
  for (const executor of ["thread", "process", "async"]) {
    const args = ["map", `${tasks}#gated`, "-j", "1", "--executor", executor];
    const running = start(t, args, { env, input: `${executor}\nnever-started\n`, keepStdinOpen: true });
    await untilFile(path.join(folder, `started-${executor}`));
    running.child.kill("SIGINT");
    await running.says(/SIGINT: taking no more records, 1 running will finish; press Ctrl-C again/);
    await writeFile(path.join(folder, "open"), "");
    const ended = await running.ended;
    assert.equal(ended.code, 130);
    assert.deepEqual(values(ended.stdout), [executor]);
    assert.match(ended.stderr, /1 ok, 0 failed, 1 cancelled/);
    await rm(path.join(folder, "open"));
  }
});

test("Ctrl-C in a terminal, which sends SIGINT to all processes, lets running records finish too", {
  skip: process.platform === "win32" && "there are no groups of processes",
}, async (t) => {
  const folder = await folderFor(t);
  const args = ["map", `${tasks}#gated`, "-j", "1", "--executor", "process"];
  const env = { UNGIL_TEST_FOLDER: folder };
  const running = start(t, args, { env, input: "a\n", leads: true });
  await untilFile(path.join(folder, "started-a"));
  process.kill(-running.child.pid!, "SIGINT");
  await running.says(/SIGINT: taking no more records, 1 running will finish/);
  await writeFile(path.join(folder, "open"), "");
  const ended = await running.ended;
  assert.deepEqual([ended.code, values(ended.stdout)], [130, ["a"]]);
});

test("the second SIGINT ends running records at once, also a thread that never lets go", async (t) => {
  const env = { UNGIL_TEST_FOLDER: await folderFor(t) };
  for (const [name, executor] of [
    ["spin", "thread"],
    ["spin", "process"],
    ["forever", "thread"],
    ["forever", "process"],
    ["forever", "async"],
  ] as const) {
    const record = `${name}-${executor}`;
    const running = start(t, ["map", `${tasks}#${name}`, record, "--executor", executor], { env });
    await untilFile(path.join(env.UNGIL_TEST_FOLDER, `started-${record}`));
    running.child.kill("SIGINT");
    await running.says(/Ctrl-C again/);
    running.child.kill("SIGINT");
    const ended = await running.ended;
    assert.deepEqual([ended.code, ended.signal, ended.stdout], [130, null, ""], `${name} ${executor}`);
    assert.match(ended.stderr, /SIGINT: ending 1 running/);
  }
});

test("SIGTERM does the same and ends with 143", async (t) => {
  const folder = await folderFor(t);
  const env = { UNGIL_TEST_FOLDER: folder };
  const running = start(t, ["map", `${tasks}#gated`, "a", "--executor", "async"], { env });
  await untilFile(path.join(folder, "started-a"));
  running.child.kill("SIGTERM");
  await running.says(/SIGTERM: taking no more records/);
  await writeFile(path.join(folder, "open"), "");
  const ended = await running.ended;
  assert.deepEqual([ended.code, ended.stdout], [143, '"a"\n']);
});

test("a signal ends the wait for input", async (t) => {
  const running = start(t, ["map", tasks, "--executor", "inline"], { input: "a\n", keepStdinOpen: true });
  await until(() => running.stdout === '"A"\n', "the first result");
  running.child.kill("SIGINT");
  const ended = await running.ended;
  assert.deepEqual([ended.code, ended.stdout], [130, '"A"\n']);
});

test("a reader of the results that goes away ends the run quietly", async (t) => {
  const running = start(t, ["map", tasks, "--executor", "inline", "--quiet"], { keepStdinOpen: true });
  const feed = setInterval(() => running.child.stdin.write("record\n".repeat(100)), 1);
  t.after(() => clearInterval(feed));
  await until(() => running.stdout.length > 0, "a result");
  running.child.stdout.destroy();
  const ended = await running.ended;
  clearInterval(feed);
  assert.deepEqual([ended.code, ended.signal, ended.stderr], [0, null, ""]);
});

test("endless input is read only as far ahead as the window is wide", async (t) => {
  const running = start(
    t,
    ["map", `${tasks}#picky`, "--executor", "async", "--halt", "soon,done=2000", "--quiet"],
    {
      keepStdinOpen: true,
    },
  );
  // 1 kB a record: what is read ahead is bounded by the window (256), pipes and stream buffers (some 64 kB each)
  const record = `${"x".repeat(1023)}\n`;
  let written = 0;
  const { stdin } = running.child;
  const feed = (): void => {
    while (!stdin.destroyed && running.child.exitCode === null) {
      written++;
      if (!stdin.write(record)) return void stdin.once("drain", feed);
    }
  };
  feed();
  const ended = await running.ended;
  assert.equal(ended.code, 0);
  const results = values(ended.stdout).length;
  assert.ok(results >= 2000, String(results));
  assert.ok(written < 2000 + 256 + 1500, `${written} records were taken for ${results} results`);
});

test("an error that no record can have caused ends the run with 255 and one line", async (t) => {
  const folder = await folderFor(t);
  const file = path.join(folder, "late.mjs");
  await writeFile(
    file,
    `
    setImmediate(() => { throw new Error("from a timer"); });
    export default () => new Promise((resolve) => setTimeout(resolve, 20_000).unref());`,
  );
  const ended = await ungil(["map", file, "a", "--executor", "async", "--quiet"]);
  assert.deepEqual([ended.code, ended.stderr], [255, "ungil map: from a timer\n"]);
});

test("what a task module leaves open does not keep the command alive", async (t) => {
  const file = path.join(await folderFor(t), "open.mjs");
  await writeFile(file, "setInterval(() => {}, 1000); export default () => 1;");
  for (const executor of ["thread", "process", "inline"]) {
    const ended = await ungil(["map", file, "a", "--quiet", "--executor", executor]);
    assert.deepEqual([ended.code, ended.stdout], [0, "1\n"], executor);
  }
});

test("the built command is executable by its first line", async () => {
  const { spawnSync } = await import("node:child_process");
  const { status, stdout } = spawnSync(path.join(root, "dist/node/cli.js"), ["--version"], {
    encoding: "utf8",
  });
  assert.equal(status, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});
