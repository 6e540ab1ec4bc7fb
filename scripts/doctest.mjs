// Compiles the fenced `ts` blocks of README.md and docs/ against the built package, each as a module of its
// own, and runs those marked `ts run`. Blocks marked `ts no-check` are left alone. What the blocks of a page
// take for granted is declared in a comment of the page:
//
//   <!-- doctest
//   declare global { const pool: import("ungil").Executor }
//   -->
//
// Usage: node scripts/doctest.mjs [pages], by default all. Exits with 1 when a block fails.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const work = path.join(root, `build/doctest-${process.pid}`);
const require = createRequire(import.meta.url);
const tsc = path.join(path.dirname(require.resolve("@typescript/native/package.json")), "bin/tsc");

/** How long a block marked `run` may take, in ms. */
const runTimeout = 60_000;

const compilerOptions = {
  target: "es2022",
  lib: ["es2023", "esnext.disposable"],
  module: "nodenext",
  types: ["node"],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  outDir: "out",
  rootDir: ".",
};

/** The blocks of a page: their text, mark (`run`, `no-check` or nothing) and first line's number. */
function blocksOf(page) {
  return [...page.matchAll(/^```(?:ts|typescript)[ \t]*([^\n]*)\n([\s\S]*?)^```[ \t]*$/gm)].map((match) => ({
    mark: match[1].trim(),
    text: match[2],
    line: page.slice(0, match.index).split("\n").length + 1,
  }));
}

/** Compiles a page's blocks and runs those that ask for it; answers with what went wrong, as sentences. */
function checkPage(file, index) {
  const page = readFileSync(file, "utf8");
  const name = path.relative(root, file);
  const blocks = blocksOf(page);
  const odd = blocks.find(({ mark }) => !["", "run", "no-check"].includes(mark));
  if (odd) return { checked: 0, ran: 0, faults: [`${name}:${odd.line}: unknown mark "${odd.mark}"`] };
  const checked = blocks.filter(({ mark }) => mark !== "no-check");
  if (checked.length === 0) return { checked: 0, ran: 0, faults: [] };

  const folder = path.join(work, String(index));
  mkdirSync(folder, { recursive: true });
  const context = /<!-- doctest\n([\s\S]*?)-->/.exec(page)?.[1] ?? "";
  writeFileSync(path.join(folder, "context.ts"), `${context}\nexport {};\n`);
  for (const { line, text } of checked)
    writeFileSync(path.join(folder, `${line}.ts`), `${text}\nexport {};\n`);
  writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  const compiled = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], {
    cwd: folder,
    encoding: "utf8",
  });
  const faults = `${compiled.stdout}${compiled.stderr}`
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) =>
      line.replace(/^(\d+|context)\.ts\((\d+),(\d+)\)/, (_, start, row, column) =>
        start === "context" ? `${name} (context)` : `${name}:${Number(start) + Number(row) - 1}:${column}`,
      ),
    );
  if (compiled.status !== 0 && faults.length === 0) faults.push(`${name}: the compiler failed`);

  const runs = faults.length > 0 ? [] : checked.filter(({ mark }) => mark === "run");
  for (const { line } of runs) {
    const ran = spawnSync(process.execPath, [path.join(folder, "out", `${line}.js`)], {
      encoding: "utf8",
      timeout: runTimeout,
    });
    if (ran.status !== 0) faults.push(`${name}:${line}: the block failed\n${ran.stdout}${ran.stderr}`);
  }
  return { checked: checked.length, ran: runs.length, faults };
}

const given = process.argv.slice(2);
const pages =
  given.length > 0
    ? given.map((file) => path.resolve(file))
    : [
        path.join(root, "README.md"),
        path.join(root, "CONTRIBUTING.md"),
        ...readdirSync(path.join(root, "docs"), { recursive: true })
          .filter((file) => file.endsWith(".md"))
          .map((file) => path.join(root, "docs", file)),
      ];
try {
  const outcomes = pages.map(checkPage);
  const faults = outcomes.flatMap((outcome) => outcome.faults);
  const sum = (key) => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  for (const fault of faults) console.error(fault);
  console.log(
    `${pages.length} pages: ${sum("checked")} blocks compiled, ${sum("ran")} run, ${faults.length} faults`,
  );
  process.exitCode = faults.length > 0 ? 1 : 0;
} finally {
  rmSync(work, { recursive: true, force: true });
}
