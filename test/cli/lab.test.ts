import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { experiments } from "ungil/lab";
import type * as ArgsModule from "../../dist/cli/lab/args.js";
import type * as DocumentModule from "../../dist/cli/lab/document.js";
import type * as TablesModule from "../../dist/cli/lab/tables.js";
import { labDocument } from "./lab-document.js";
import { folderFor, internal, start, ungil, until } from "./support.js";

const { parseLabArguments } = await internal<typeof ArgsModule>("lab/args");
const { busyNote, machineLine } = await internal<typeof DocumentModule>("lab/document");
const { reportText, tableText, wrap } = await internal<typeof TablesModule>("lab/tables");

const names = ["one-at-a-time", "asyncio", "python"];
const limit = { timeout: 90_000 };

test("ungil lab: calls mean what they say", () => {
  const argsOf = (...argv: string[]) => {
    const call = parseLabArguments(argv, names);
    assert.equal(call.kind, "lab");
    return call.kind === "lab" ? call.args : undefined;
  };
  const usual = { effort: "normal", only: undefined, out: "ungil-lab.html", json: false, quiet: false };
  assert.deepEqual(argsOf(), usual);
  assert.deepEqual(argsOf("--quick", "-q"), { ...usual, effort: "quick", quiet: true });
  assert.deepEqual(argsOf("--thorough"), { ...usual, effort: "thorough" });
  assert.deepEqual(argsOf("--only", "asyncio,python", "--only=asyncio")?.only, [
    "asyncio",
    "python",
    "asyncio",
  ]);
  assert.deepEqual(argsOf("--json"), { ...usual, json: true, out: undefined });
  assert.deepEqual(argsOf("--json", "-o", "x.html"), { ...usual, json: true, out: "x.html" });
  assert.equal(parseLabArguments(["-h"], names).kind, "help");
  assert.equal(parseLabArguments(["--version"], names).kind, "version");
});

test(
  "ungil lab: a wrong call is answered with one line and exit code 255, and measures nothing",
  limit,
  async (t) => {
    const refused: [args: string[], line: string][] = [
      [["--only", "asynco"], 'there is no experiment "asynco": did you mean asyncio?'],
      [["--only"], "--only needs a value"],
      [["--out", "--quick"], "--out needs a value"],
      [["--out", "a", "--out", "b"], "--out is given twice"],
      [["--quick", "--thorough"], "--quick and --thorough exclude each other"],
      [["--quick=yes"], '--quick takes no value, got "yes"'],
      [["--quik"], "unknown option --quik: did you mean --quick?"],
      [["-x"], "unknown option -x: see ungil lab --help"],
      [["quick"], 'ungil lab takes options only, got "quick": see ungil lab --help'],
    ];
    for (const [args, line] of refused) {
      assert.throws(
        () => parseLabArguments(args, names),
        { name: "UsageError", message: line },
        args.join(" "),
      );
    }
    assert.throws(
      () => parseLabArguments(["--only", "zzzzzzzz"], names),
      /there are one-at-a-time, asyncio, python$/,
    );
    const folder = await folderFor(t);
    const ended = await ungil(["lab", "--out", path.join(folder, "none", "x.html")]);
    assert.equal(ended.code, 255);
    assert.match(ended.stderr, /^ungil lab: --out: .*x\.html can't be written: ENOENT.*\n$/);
  },
);

test("ungil lab --help names every experiment", limit, async () => {
  const { code, stdout } = await ungil(["lab", "--help"]);
  assert.equal(code, 0);
  for (const { name, title } of experiments) assert.ok(stdout.includes(name) && stdout.includes(title), name);
  assert.match((await ungil(["--help"])).stdout, /^ {2}lab /m);
});

test(
  "ungil lab prints tables, tells its progress on stderr, and writes one file that loads nothing",
  limit,
  async (t) => {
    const cwd = await folderFor(t);
    await writeFile(path.join(cwd, "ungil-lab.html"), "x".repeat(1_000_000));
    const { code, stdout, stderr } = await ungil(["lab", "--quick", "--only", "asyncio"], { cwd });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Asyncio: .*\n=+\n/m);
    assert.match(stdout, /^ {2}at once, on the event loop +\d/m);
    assert.match(stderr, /^1\/1 asyncio … .* (m?s)$/m);
    assert.match(stderr, /^The report is in ungil-lab\.html$/m);
    const page = await readFile(path.join(cwd, "ungil-lab.html"), "utf8");
    assert.match(page, /^<!doctype html>[\s\S]*<\/html>\n$/);
    assert.match(page, /<svg [^>]*role="img"/);
    assert.doesNotMatch(page, /<script|<link rel="stylesheet|(?:src|href)="https?:|url\(https?:/);
  },
);

test("ungil lab --json prints the results as data, and nothing else", limit, async (t) => {
  const cwd = await folderFor(t);
  const { code, stdout, stderr } = await ungil(["lab", "--quick", "--quiet", "--json", "--only", "asyncio"], {
    cwd,
  });
  assert.equal(code, 0);
  assert.equal(stderr, "");
  const found = JSON.parse(stdout) as typeof labDocument;
  assert.deepEqual(
    found.experiments.map(({ name }) => name),
    ["asyncio"],
  );
  assert.equal((found.experiments[0]!.result as { waits: number }).waits, 5);
  assert.equal(found.effort, "quick");
  assert.equal(existsSync(path.join(cwd, "ungil-lab.html")), false);
});

test("ungil lab ends with a signal, and leaves an earlier report as it was", limit, async (t) => {
  const cwd = await folderFor(t);
  const file = path.join(cwd, "ungil-lab.html");
  await writeFile(file, "earlier");
  const running = start(t, ["lab", "--thorough", "--only", "asyncio"], { cwd });
  await running.says(/1\/1 asyncio …/);
  running.child.kill("SIGTERM");
  const { code } = await running.ended;
  assert.equal(code, 143);
  await until(() => running.stderr.includes("stopped"), "it says that it was stopped");
  assert.equal(await readFile(file, "utf8"), "earlier");
});

test("a table in a terminal has its columns under each other, numbers to the right", () => {
  const text = tableText({
    title: "T",
    columns: ["", "ms", "what"],
    rows: [
      ["a", 1, "x"],
      ["long", 12.345, "yy"],
    ],
  });
  assert.deepEqual(text.split("\n"), [
    "T",
    "          ms  what",
    "  ----  ----  ----",
    "  a        1  x",
    "  long  12.3  yy",
  ]);
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
  assert.match(
    reportText(labDocument.experiments[0]!),
    /^The first\n=========\n\nOne sees this\.\nDo that\.\nNote: Some/,
  );
});

test("a machine is told in a line, and that it was busy where it was", () => {
  assert.equal(machineLine(labDocument.machine), "A <processor>, 2 cores, 8 GiB, linux x64, Node v20.0.0");
  assert.match(busyNote(labDocument.machine)!, /load was 3\.0 on 2 cores/);
  assert.equal(busyNote({ ...labDocument.machine, load: 0.2 }), undefined);
  assert.equal(busyNote({ ...labDocument.machine, load: undefined }), undefined);
});
