import assert from "node:assert/strict";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import type * as ArgsModule from "../../dist/cli/args.js";
import type * as DurationModule from "../../dist/cli/duration.js";
import type * as HelpModule from "../../dist/cli/help.js";
import type * as SuggestModule from "../../dist/cli/suggest.js";
import { folderFor, internal, root, task, ungil } from "./support.js";

const { mapOptions, parseJobs, parseMapArguments } = await internal<typeof ArgsModule>("args");
const { parseDuration, parseBackoff, pauseAfter, formatDuration, formatClock } =
  await internal<typeof DurationModule>("duration");
const { nearest } = await internal<typeof SuggestModule>("suggest");

const tasks = task("tasks.mjs");

/** Calls that can't be carried out, and the one line that each is answered with. */
const refused: [args: string[], line: string | RegExp][] = [
  [["map"], "the task is missing: ungil map MODULE[#EXPORT] [RECORD…]"],
  [["map", "./none.mjs", "a"], /^the task's module \.\/none\.mjs does not exist \(looked for .*none\.mjs\)$/],
  [
    ["map", "no-such-package", "a"],
    /^the task's module no-such-package does not exist .*no package of this name is installed$/,
  ],
  [["map", path.dirname(tasks), "a"], /is a directory: name a file in it$/],
  [["map", `${tasks}#uper`, "a"], /has no export "uper"; it exports a default, #big, #crash, /],
  [
    ["map", `${tasks}#notAFunction`, "a"],
    /export "notAFunction" of .*tasks\.mjs is not a function but number; /,
  ],
  [["map", task("no-default.mjs"), "a"], /no-default\.mjs has no default export; it exports #only$/],
  [
    ["map", task("broken-syntax.mjs"), "a"],
    /^cannot load .*broken-syntax\.mjs: SyntaxError: .*\(.*broken-syntax\.mjs:1\)$/,
  ],
  [["map", task("broken-load.mjs"), "a"], /^cannot load .*: TypeError: .*\(.*broken-load\.mjs:2:\d+\)$/],
  [["map", `${tasks}#`, "a"], `the task must be MODULE or MODULE#EXPORT, got "${tasks}#"`],
  [
    ["map", tasks, "--jbs", "3"],
    "unknown option --jbs: did you mean --jobs? (a record that starts with a dash goes after --)",
  ],
  [
    ["map", tasks, "-x"],
    "unknown option -x: see ungil map --help (a record that starts with a dash goes after --)",
  ],
  [["map", tasks, "-j"], "-j needs a value"],
  [["map", tasks, "--joblog", "--resume"], "--joblog needs a value, got the option --resume"],
  [["map", tasks, "--quiet=yes"], '--quiet takes no value, got "yes"'],
  [["map", tasks, "-j", "1", "-j", "2"], "--jobs is given twice"],
  [
    ["map", tasks, "-j", "0"],
    '--jobs must be a number of tasks (4), from the cores (+1, -1) or a share (50%), got "0"',
  ],
  [
    ["map", tasks, "-j", "many"],
    '--jobs must be a number of tasks (4), from the cores (+1, -1) or a share (50%), got "many"',
  ],
  [
    ["map", tasks, "-j", "2", "--executor", "inline"],
    "--executor inline runs one record at a time: leave out --jobs",
  ],
  [
    ["map", tasks, "--executor", "fiber"],
    '--executor must be one of thread, process, async, inline, got "fiber"',
  ],
  [["map", tasks, "--input", "csv"], '--input must be one of auto, lines, ndjson, null, got "csv"'],
  [["map", tasks, "--output", "xml"], '--output must be one of ndjson, json, lines, none, got "xml"'],
  [["map", tasks, "--progress", "yes"], '--progress must be one of auto, bar, plain, json, none, got "yes"'],
  [["map", tasks, "--chunksize", "0"], '--chunksize must be a whole number of at least 1 or "auto", got "0"'],
  [["map", tasks, "--retries", "-1"], '--retries must be a whole number of at least 0, got "-1"'],
  [["map", tasks, "--retries", "1.5"], '--retries must be a whole number of at least 0, got "1.5"'],
  [["map", tasks, "--backoff", "1s"], "--backoff needs --retries N"],
  [
    ["map", tasks, "--retries", "1", "--backoff", "2s..1s"],
    '--backoff must not end below its start, got "2s..1s"',
  ],
  [
    ["map", tasks, "--timeout", "30"],
    '--timeout must be a duration such as 500ms, 30s or 5m, got "30": write 30s or 30ms',
  ],
  [
    ["map", tasks, "--deadline", "soon"],
    '--deadline must be a duration such as 500ms, 30s or 5m, got "soon"',
  ],
  [
    ["map", tasks, "--halt", "later"],
    '--halt must be never, or soon or now with ,fail=X ,fail=Y% ,success=X ,success=Y% ,done=X or ,done=Y%, got "later"',
  ],
  [["map", tasks, "--halt", "now,fail=0"], '--halt now,fail= must be a whole number of at least 1, got "0"'],
  [
    ["map", tasks, "--halt", "soon,fail=101%"],
    '--halt soon,fail= must be a share above 0% and up to 100%, got "101%"',
  ],
  [
    ["map", tasks, "--halt", "now,done=50%"],
    "--halt done=Y% needs --total N: the number of records is not known beforehand",
  ],
  [["map", tasks, "--total", "x"], '--total must be a whole number of at least 0, got "x"'],
  [["map", tasks, "--resume"], "--resume needs --joblog FILE"],
  [["map", tasks, "--resume-failed"], "--resume-failed needs --joblog FILE"],
  [
    ["map", tasks, "--joblog", "x", "--resume", "--resume-failed"],
    "--resume and --resume-failed exclude each other",
  ],
  [["map", tasks, "-a", "/no/such/file"], "--input-file /no/such/file does not exist"],
  [["map", tasks, "-a", "/"], "--input-file / is a directory"],
  [
    ["map", tasks, "a", "--joblog", "/no/such/folder/log"],
    /^cannot write --joblog \/no\/such\/folder\/log: ENOENT/,
  ],
  [
    ["map", tasks, "a", "--failed", "/no/such/folder/f"],
    /^cannot write --failed \/no\/such\/folder\/f: ENOENT/,
  ],
];

for (const [args, line] of refused) {
  test(`refused in one line with exit code 255: ${args.join(" ").replaceAll(`${root}/`, "")}`, async () => {
    const ended = await ungil(args, { input: "a\n" });
    const [first = "", ...rest] = ended.stderr.split("\n");
    assert.deepEqual(rest, [""], ended.stderr);
    const prefix = "ungil map: ";
    assert.ok(first.startsWith(prefix), first);
    if (typeof line === "string") assert.equal(first.slice(prefix.length), line);
    else assert.match(first.slice(prefix.length), line);
    assert.equal(ended.code, 255);
    assert.equal(ended.stdout, "");
  });
}

test("the command without arguments shows its help and fails; an unknown command is named", async () => {
  const bare = await ungil([]);
  assert.deepEqual([bare.code, bare.stdout], [255, ""]);
  assert.match(bare.stderr, /^Usage: ungil COMMAND$/m);
  const unknown = await ungil(["mpa"]);
  assert.deepEqual([unknown.code, unknown.stderr], [255, "ungil: unknown command mpa: did you mean map?\n"]);
});

test("--help and --version answer on stdout with exit code 0, whatever else is given", async () => {
  const { version } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8")) as {
    version: string;
  };
  for (const args of [["--version"], ["-V"], ["map", "--version"]]) {
    const ended = await ungil(args);
    assert.deepEqual([ended.code, ended.stdout, ended.stderr], [0, `${version}\n`, ""]);
  }
  assert.match((await ungil(["--help"])).stdout, /map MODULE/);
  assert.match((await ungil(["map", "nothing", "--help"])).stdout, /^Usage: ungil map/m);
});

test("every option is in the help and in docs/cli.md, and the help names no other", async () => {
  const { mapHelp } = await internal<typeof HelpModule>("help");
  const docs = await readFile(path.join(root, "docs/cli.md"), "utf8");
  for (const name of Object.keys(mapOptions)) {
    assert.ok(mapHelp.includes(`--${name}`), `--${name} in the help`);
    assert.ok(docs.includes(`--${name}`), `--${name} in docs/cli.md`);
  }
  for (const [, name = ""] of mapHelp.matchAll(/--([a-z][a-z-]*)/g)) assert.ok(name in mapOptions, name);
});

test("--dry-run lists what would run, loads the task and runs nothing", async (t) => {
  const folder = await folderFor(t);
  const env = { UNGIL_TEST_FOLDER: folder };
  const args = ["map", `${tasks}#flaky`, "a:0", "b:0", "--dry-run", "--joblog", path.join(folder, "log")];
  const ended = await ungil(args, { env });
  assert.deepEqual([ended.code, ended.stderr], [0, ""]);
  assert.equal(ended.stdout, '{"i":0,"in":"a:0"}\n{"i":1,"in":"b:0"}\n');
  const { readdir } = await import("node:fs/promises");
  assert.deepEqual(await readdir(folder), []);
  assert.equal((await ungil(["map", `${tasks}#none`, "a", "--dry-run"])).code, 255);
});

test("--dry-run names bad records, and the exit code counts them", async () => {
  const ended = await ungil(["map", tasks, "--dry-run", "--input", "ndjson"], { input: "1\n{\n" });
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /^ungil map: stdin line 2 is not valid JSON: .*\n$/);
  assert.equal(ended.stdout, '{"i":0,"in":1}\n');
});

for (const [name, expected] of [
  [`${task("typed.mts")}#double`, "42"],
  [task("typed.mts"), "42"],
  [`${task("enum.ts")}#sized`, "210"],
  [`${task("common.cjs")}#double`, "42"],
  [task("whole.cjs"), "42"],
  [task("plain/esm.js"), "42"],
] as const) {
  test(`a task in ${name.slice(task("").length)} runs unbuilt on every executor`, async () => {
    for (const executor of ["thread", "process", "async", "inline"]) {
      const ended = await ungil(["map", name, "21", "--quiet", "--executor", executor]);
      assert.deepEqual([ended.code, ended.stdout, ended.stderr], [0, `${expected}\n`, ""], executor);
    }
  });
}

test("a task is found from the working directory without ./ and in an installed package", async (t) => {
  const folder = await folderFor(t);
  await writeFile(path.join(folder, "mine.mjs"), "export default (record) => record + 1;");
  await mkdir(path.join(folder, "node_modules/theirs"), { recursive: true });
  await writeFile(path.join(folder, "node_modules/theirs/index.js"), "exports.add = (record) => record + 2;");
  const quiet = ["x", "--quiet", "--executor", "inline"];
  assert.equal((await ungil(["map", "mine.mjs", ...quiet], { cwd: folder })).stdout, '"x1"\n');
  assert.equal((await ungil(["map", "theirs#add", ...quiet], { cwd: folder })).stdout, '"x2"\n');
});

test("a file name may hold a hash", async (t) => {
  const folder = await folderFor(t);
  await writeFile(path.join(folder, "a#b.mjs"), "export default () => 1; export const two = () => 2;");
  const inline = ["x", "--quiet", "--executor", "inline"];
  assert.equal((await ungil(["map", "a#b.mjs", ...inline], { cwd: folder })).stdout, "1\n");
  assert.equal((await ungil(["map", "a#b.mjs#two", ...inline], { cwd: folder })).stdout, "2\n");
});

test("where Node can't run TypeScript and tsx is not installed, one line names the install command", async (t) => {
  // a copy of the built package far from any node_modules with tsx in it
  const folder = await folderFor(t);
  const { cp } = await import("node:fs/promises");
  await cp(path.join(root, "dist"), path.join(folder, "dist"), { recursive: true });
  await cp(path.join(root, "package.json"), path.join(folder, "package.json"));
  await mkdir(path.join(folder, "node_modules"));
  await symlink(path.join(root, "node_modules/acorn"), path.join(folder, "node_modules/acorn"));
  await cp(task("enum.ts"), path.join(folder, "enum.ts"));
  const { spawnSync } = await import("node:child_process");
  const { status, stderr } = spawnSync(
    process.execPath,
    [path.join(folder, "dist/node/cli.js"), "map", "enum.ts#sized", "1"],
    { cwd: folder, encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } },
  );
  assert.equal(
    stderr,
    `ungil map: enum.ts is TypeScript that Node ${process.version} needs tsx for: npm install --save-dev tsx\n`,
  );
  assert.equal(status, 255);
});

test("-j counts tasks, from the cores up and down, or as a share of them", () => {
  const jobs = (text: string): number => parseJobs("--jobs", text, 8);
  assert.deepEqual(
    ["3", "+2", "-3", "-8", "50%", "1%", "100%", "200%"].map(jobs),
    [3, 10, 5, 1, 4, 1, 8, 16],
  );
  for (const text of ["0", "0%", "-50%", "1.5", "", "x"])
    assert.throws(() => jobs(text), /--jobs must be/, text);
});

test("a negative number is a value of -j, not an option", () => {
  for (const argv of [["-j", "-1"], ["-j-1"], ["--jobs", "-1"], ["--jobs=-1"]]) {
    const call = parseMapArguments(["task", ...argv]);
    assert.equal(call.kind, "map");
  }
});

test("the number of records is known when all are arguments", () => {
  const total = (...argv: string[]): number | undefined => {
    const call = parseMapArguments(["task", ...argv]);
    return call.kind === "map" ? call.args.total : Number.NaN;
  };
  assert.equal(total("a", "b"), 2);
  assert.equal(total("a", "b", "--total", "9"), 9);
  assert.equal(total("a", "-a", "file"), undefined);
  assert.equal(total(), undefined);
});

test("durations have a unit", () => {
  assert.deepEqual(
    ["500ms", "30s", "1.5m", "2min", "1h"].map((text) => parseDuration("--timeout", text)),
    [500, 30_000, 90_000, 120_000, 3_600_000],
  );
  for (const text of ["", "5", "0s", "-1s", "1 s", "s", "1d"]) {
    assert.throws(() => parseDuration("--timeout", text), /--timeout must be a duration/, text);
  }
});

test("a backoff is one pause, or doubles from one to another", () => {
  const pauses = (text: string): number[] => {
    const backoff = parseBackoff("--backoff", text);
    return [1, 2, 3, 4].map((attempt) => pauseAfter(backoff, attempt));
  };
  assert.deepEqual(pauses("1s"), [1000, 1000, 1000, 1000]);
  assert.deepEqual(pauses("100ms..350ms"), [100, 200, 350, 350]);
});

test("times read as people write them", () => {
  const times = [0, 0.042, 0.42, 1.26, 38.4, 2610, 43_720, 200_000, 7_260_000];
  assert.deepEqual(times.map(formatDuration), [
    "0 µs",
    "42 µs",
    "0.42 ms",
    "1.3 ms",
    "38 ms",
    "2.61 s",
    "43.7 s",
    "3 min 20 s",
    "2 h 1 min",
  ]);
  assert.deepEqual([33_000, 3_727_000].map(formatClock), ["00:33", "1:02:07"]);
});

test("a name is suggested when it is near enough to be meant", () => {
  assert.equal(nearest("jbs", ["jobs", "halt"]), "jobs");
  assert.equal(nearest("zzzzzz", ["jobs", "halt"]), undefined);
});
