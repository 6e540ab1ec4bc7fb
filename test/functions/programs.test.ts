import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { assertProgram, fixtures, type ProgramOutput } from "./run-program.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "ungil-functions-"));
after(() => rmSync(folder, { recursive: true, force: true }));
cpSync(fixtures, folder, { recursive: true });
writeFileSync(path.join(folder, "package.json"), JSON.stringify({ main: "syntax.mjs" }));
const major = Number(process.versions.node.split(".")[0]);
const file = (name: string): string => path.join(folder, name);

const assertEvaluatedOnce = ({ stdout }: ProgramOutput): void =>
  assert.equal(stdout.match(/^EVALUATED$/gm)?.length, 1, stdout);

test("case 2: the entry is not evaluated again: node file", async () => {
  assertEvaluatedOnce(await assertProgram([file("syntax.mjs")]));
});

test("case 2: the entry is not evaluated again: node .", async () => {
  assertEvaluatedOnce(await assertProgram(["."], { cwd: folder }));
});

test("case 2: the entry is not evaluated again: node folder", async () => {
  assertEvaluatedOnce(await assertProgram([folder]));
});

test("case 2: the entry is not evaluated again: a symbolic link", async () => {
  symlinkSync(file("syntax.mjs"), file("link.mjs"));
  assertEvaluatedOnce(await assertProgram([file("link.mjs")]));
});

test("case 2: the entry is not evaluated again: -e and stdin", async () => {
  const source = readFileSync(file("syntax.mjs"), "utf8").replaceAll("export function", "function");
  const check = source.replace(
    "const topArrow = () => typeof this;\n",
    'const topArrow = () => "undefined";\n',
  );
  assertEvaluatedOnce(await assertProgram(["--input-type=module", "-e", check], { cwd: folder }));
  assertEvaluatedOnce(await assertProgram(["--input-type=module", "-"], { cwd: folder, input: check }));
});

test("case 28: a CommonJS entry, with and without its extension", async () => {
  assertEvaluatedOnce(await assertProgram([file("commonjs-entry.cjs")]));
  cpSync(file("commonjs-entry.cjs"), file("plain.js"));
  assertEvaluatedOnce(await assertProgram([file("plain")]));
});

test("cases 8, 9 and 30: packages, JSON modules, import()", async () => {
  const packages: Record<string, Record<string, string>> = {
    "esm-package": {
      "package.json": '{"type":"module","exports":"./index.js"}',
      "index.js":
        'export function greet(x) { return "hello" + x + mark() }\nfunction mark() { return "!" }\n' +
        "export default class Box { constructor(v) { this.v = v } get() { return this.v } static of(v) { return new Box(v) } }\n",
    },
    "cjs-package": {
      "package.json": '{"main":"index.js"}',
      "index.js":
        "function hidden(x) { return x * 3 }\nexports.triple = function (x) { return hidden(x) };\n",
    },
    "import-only-package": {
      "package.json": '{"exports":{"./sub":{"import":"./sub.mjs"}}}',
      "sub.mjs": 'export const only = () => "only";\n',
    },
  };
  for (const [name, files] of Object.entries(packages)) {
    mkdirSync(file(`node_modules/${name}`), { recursive: true });
    for (const [part, text] of Object.entries(files))
      writeFileSync(file(`node_modules/${name}/${part}`), text);
  }
  writeFileSync(file("data.json"), '{"a":1}');
  await assertProgram([file("packages.mjs")]);
});

const tsx = path.dirname(createRequire(import.meta.url).resolve("tsx/package.json"));
const mainTs = fileURLToPath(new URL("ts/main.ts", fixtures));
const enumTs = fileURLToPath(new URL("ts/enum.ts", fixtures));

test("case 31: tsx as a command and by --import, in threads and processes", async () => {
  for (const runner of [[path.join(tsx, "dist/cli.mjs")], ["--import", "tsx"]]) {
    const cwd = path.dirname(path.dirname(tsx));
    for (const entry of [mainTs, enumTs])
      for (const worker of ["thread", "process"])
        await assertProgram([...runner, entry], { cwd, env: { UNGIL_TEST_WORKER: worker } });
  }
});

test("case 32: TypeScript by Node's own type stripping", {
  skip: major < 22 && "Node 20 does not strip types",
}, async () => {
  const output = await assertProgram([mainTs]);
  assertEvaluatedOnce(output);
  assert.doesNotMatch(output.stderr, /stripTypeScriptTypes/);
});

const bundles: [string, BuildOptions][] = [
  ["bundled", {}],
  ["minified", { minify: true }],
  ["minified with names kept", { minify: true, keepNames: true }],
  [
    "for ES2021, private members compiled down",
    {
      target: "es2022",
      supported: {
        "class-private-field": false,
        "class-private-method": false,
        "class-private-accessor": false,
        "class-private-brand-check": false,
      },
    },
  ],
];
for (const [name, options] of bundles) {
  test(`case 34: a program that is ${name}`, async () => {
    const outfile = file(`bundle-${name.replaceAll(/\W+/g, "-")}.mjs`);
    await build({
      entryPoints: [file("syntax.mjs")],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "silent",
      ...options,
    });
    assertEvaluatedOnce(await assertProgram([outfile], { env: { UNGIL_TEST_BUNDLED: "1" } }));
  });
}

test("case 40: flags of Node and V8", async () => {
  await assertProgram(["--frozen-intrinsics", file("syntax.mjs")]);
  await assertProgram(["--enable-source-maps", file("syntax.mjs")]);
  await assertProgram(["--inspect=127.0.0.1:0", file("syntax.mjs")]);
  await assertProgram(["--expose-gc", "--jitless", file("syntax.mjs")]);
});

test("case 40: under the permission model with --allow-inspector", {
  skip: major < 24 && "--allow-inspector is there from Node 24 on",
}, async () => {
  const flags = ["--permission", "--allow-inspector", "--allow-fs-read=*", "--allow-worker"];
  await assertProgram([...flags, file("syntax.mjs")]);
});

test("case 40: without an inspector, what needs none is sent, and the error names the explicit forms", async () => {
  const permission = major < 24 ? "--experimental-permission" : "--permission";
  const { stderr } = await assertProgram([
    permission,
    "--allow-fs-read=*",
    "--allow-worker",
    file("no-inspector.mjs"),
  ]);
  assert.doesNotMatch(stderr, /USE_MAIN_CONTEXT/);
});
