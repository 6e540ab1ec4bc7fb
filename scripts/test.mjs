// Runs the built tests with Node's own runner and ends with its counts. Arguments are parts of file names:
// `npm run test:run -- futures` runs what matches, `--skip=packaging` leaves out what matches. Files whose names end in
// .long.test.ts run with `--long` only, and nothing else does then.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const built = path.join(root, "build/test");
const results = path.join(root, "build/test-results.tap");

/** One test may take this long in ms, a file too: whatever hangs is named and fails, the run goes on. */
const testTimeout = 180_000;

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const long = process.argv.includes("--long");
const skipped = process.argv.flatMap((argument) => /^--skip=(.+)$/.exec(argument)?.[1] ?? []);

const files = readdirSync(built, { recursive: true })
  .filter((name) => name.endsWith(".test.js") && name.endsWith(".long.test.js") === long)
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .filter((name) => !skipped.some((part) => name.includes(part)))
  .map((name) => path.join("build/test", name))
  .toSorted();
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(", ")}; is the project built?`);
  process.exit(1);
}

mkdirSync(path.dirname(results), { recursive: true });
const runner = spawn(
  process.execPath,
  [
    "--expose-gc",
    "--enable-source-maps",
    "--test",
    "--test-concurrency=2",
    `--test-timeout=${testTimeout}`,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=tap",
    `--test-reporter-destination=${results}`,
    ...files,
  ],
  { cwd: root, stdio: "inherit" },
);
runner.on("exit", (status, signal) => {
  summarise();
  if (signal) console.error(`the test runner was ended by ${signal}`);
  process.exitCode = status ?? 1;
});

/** Repeats the names of the failed tests and the runner's closing lines, so that a log's end tells all. */
function summarise() {
  const lines = readFileSync(results, "utf8").split("\n");
  const failed = lines.filter((line) => /^\s*not ok /.test(line) && !/# (?:TODO|SKIP)\b/i.test(line));
  const counts = lines.slice(lines.findLastIndex((line) => /^1\.\.\d+/.test(line)) + 1);
  console.log(`\nNode ${process.version}, ${files.length} test files`);
  for (const line of failed) console.log(line.trim());
  console.log(counts.join("\n").trimEnd());
}
