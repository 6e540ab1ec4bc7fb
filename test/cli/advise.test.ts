import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { before, test } from "node:test";
import type { Advice } from "ungil/lab";
import type * as ArgsModule from "../../dist/cli/advise-args.js";
import type * as HelpModule from "../../dist/cli/help.js";
import { folderFor, internal, start, task, ungil } from "./support.js";

const { adviseOptions } = await internal<typeof ArgsModule>("advise-args");
const { adviseHelp, programHelp } = await internal<typeof HelpModule>("help");

const fixture = task("advise.mjs");
const limit = { timeout: 120_000 };
const brief = ["--budget", "500ms", "--jobs", "1"];

/** Sample files by name. */
const files: Record<string, string> = {
  "good.json": "[1, 2, 3]",
  "good.ndjson": "1\n\n2\n3\n",
  "one.json": "[1]",
  "none.jsonl": "\n",
  "object.json": '{"a": 1}',
  "broken.json": "[1, 2",
  "broken.ndjson": "1\n{\n3\n",
};
let folder = "";
before(async (context) => {
  folder = await folderFor(context as never);
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  await writeFile(path.join(folder, "latin.json"), Buffer.from([0x5b, 0x22, 0xe9, 0x22, 0x5d]));
});
const file = (name: string): string => path.join(folder, name);

/** Calls that can't be carried out, and the one line that each is answered with. */
const refused: [args: () => string[], line: RegExp][] = [
  [() => [], /^the function is missing: ungil advise MODULE\[#EXPORT\] --sample FILE$/],
  [() => [fixture], /^--sample FILE is missing: .*at least 2$/],
  [() => [fixture, "more", "-s", file("good.json")], /^only one function at a time, got "more" too/],
  [() => [fixture, "--smple", "x"], /^unknown option --smple: did you mean --sample\?/],
  [() => [fixture, "--budget", "10", "-s", "x"], /^--budget must be a duration .*write 10s or 10ms$/],
  [() => [fixture, "--in-flight", "0", "-s", "x"], /^--in-flight must be a whole number of at least 1/],
  [() => ["./none.mjs", "-s", file("good.json")], /^the task's module \.\/none\.mjs does not exist/],
  [
    () => [`${fixture}#text`, "-s", file("good.json")],
    /^export "text" of .* is not a function but string; it exports/,
  ],
  [() => [`${fixture}#duble`, "-s", file("good.json")], /has no export "duble"; it exports/],
  [() => [fixture, "-s", file("absent.json")], /^--sample .*absent\.json does not exist$/],
  [() => [fixture, "-s", folder], /^--sample .* is a directory$/],
  [
    () => [fixture, "-s", file("broken.json")],
    /^--sample .*broken\.json is no JSON: .*\.ndjson or \.jsonl\)$/,
  ],
  [() => [fixture, "-s", file("broken.ndjson")], /^--sample .*broken\.ndjson line 2 is no JSON: /],
  [() => [fixture, "-s", file("latin.json")], /^--sample .*latin\.json is not valid UTF-8$/],
  [() => [fixture, "-s", file("object.json")], /^--sample .* must hold a JSON array of items, got object$/],
  [() => [fixture, "-s", file("one.json")], /^--sample .* has one item only: at least 2 are needed/],
  [() => [fixture, "-s", file("none.jsonl")], /^--sample .* has no item: at least 2 are needed/],
  [() => [fixture, "-s", `${fixture}#single`], /^--sample .*#single has one item only/],
  [() => [fixture, "-s", `${fixture}#text`], /^--sample .*#text must be an array of items.* got string$/],
  [() => [fixture, "-s", `${fixture}#fails`], /^--sample .*#fails throws: no samples today$/],
];

test("a call that can't be carried out is answered by one line and exit code 255", limit, async () => {
  for (let at = 0; at < refused.length; at += 4) {
    await Promise.all(
      refused.slice(at, at + 4).map(async ([args, line]) => {
        const { code, stdout, stderr } = await ungil(["advise", ...args()]);
        assert.equal(code, 255, stderr);
        assert.equal(stdout, "");
        const [first, ...rest] = stderr.split("\n");
        assert.deepEqual(rest, [""], stderr);
        assert.ok(first?.startsWith("ungil advise: "), first);
        assert.match((first ?? "").slice("ungil advise: ".length), line);
      }),
    );
  }
});

test(
  "a function that throws on a sample ends with exit code 1 and one line that names both",
  limit,
  async () => {
    const { code, stdout, stderr } = await ungil([
      "advise",
      `${fixture}#refuses`,
      "-s",
      file("good.json"),
      "-q",
      ...brief,
    ]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      "ungil advise: samples[1] must be an item that the function takes (it threw RangeError: no twos), got 2 (number)\n",
    );
  },
);

test("a function that never ends is ended after --timeout, with exit code 124", limit, async () => {
  const args = [
    "advise",
    `${fixture}#endless`,
    "-s",
    file("good.json"),
    "-q",
    "--timeout",
    "300ms",
    ...brief,
  ];
  const { code, stdout, stderr } = await ungil(args);
  assert.equal(code, 124);
  assert.equal(stdout, "");
  assert.match(stderr, /^ungil advise: the function did not end within 300 ms on samples\[\d\]: .*\n$/);
});

test(
  "--json writes all that was measured, and nothing that the function prints gets between",
  limit,
  async () => {
    for (const sample of [file("good.ndjson"), `${fixture}#made`]) {
      const { code, stdout, stderr } = await ungil(["advise", fixture, "-s", sample, "--json", ...brief]);
      assert.equal(code, 0, stderr);
      const advice = JSON.parse(stdout) as Advice;
      assert.ok(advice.trials.some(({ name }) => name === "inline"));
      assert.match(advice.code, /import fn from "[^"]*advise\.mjs";/);
      assert.match(stderr, /doubles \d/);
    }
  },
);

test("advice is a verdict, reasons, a limit, a table and code that imports the function", limit, async () => {
  const args = ["advise", `${fixture}#wait`, "-s", `${fixture}#waits`, "--jobs", "1", "--budget", "2500ms"];
  const { code, stdout, stderr } = await ungil(args);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Use an AsyncExecutor with \d+ calls in flight: .* as fast as a plain loop/);
  assert.match(stdout, /\n- It waits/);
  assert.match(stdout, /\nLimit: /);
  assert.match(stdout, /\nplan +an item +gain +rounds +start\n/);
  assert.match(stdout, /\nasync × \d+ .*<- use this\n/);
  assert.match(stdout, /\nimport \{ wait \} from ".*advise\.mjs";\n/);
  assert.match(stdout, /executor\.map\(wait, items\);\n$/);
  assert.match(stderr, /^ungil advise: running the samples once\n/);
});

test("Ctrl-C ends it with exit code 130", limit, async (context) => {
  const running = start(context, ["advise", `${fixture}#wait`, "-s", `${fixture}#samples`, "--budget", "5m"]);
  await running.says(/comparing plans/);
  running.child.kill("SIGINT");
  const { code, stdout } = await running.ended;
  assert.equal(code, 130);
  assert.equal(stdout, "");
});

test("the help names every option, and the program's help the command", async () => {
  for (const name of Object.keys(adviseOptions)) assert.ok(adviseHelp.includes(`--${name}`), name);
  assert.ok(programHelp.includes("advise MODULE[#EXPORT]"));
  const { code, stdout } = await ungil(["advise", "--help"]);
  assert.deepEqual([code, stdout], [0, adviseHelp]);
});
