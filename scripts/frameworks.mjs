// Sends functions from inside vitest (forks, threads, vmThreads; with v8 coverage) and jest: these frameworks
// rewrite modules and run them in realms of their own. Installs both into build/frameworks/ first.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const home = path.join(root, "build/frameworks");
const frameworks = ["vitest@3", "@vitest/coverage-v8@3", "jest@30"];

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: home, encoding: "utf8", ...options });
  return { status: result.status, output: `${result.stdout ?? ""}${result.stderr ?? ""}` };
}

function must(command, args, options) {
  const { status, output } = run(command, args, options);
  if (status !== 0) {
    console.error(`${command} ${args.join(" ")} ended with ${status}\n${output}`);
    process.exit(1);
  }
  return output;
}

mkdirSync(home, { recursive: true });
if (!existsSync(path.join(home, "node_modules/jest"))) {
  writeFileSync(path.join(home, "package.json"), JSON.stringify({ private: true, type: "module" }));
  must("npm", ["install", "--no-audit", "--no-fund", ...frameworks]);
}
// as users have it: a tarball in node_modules, not a link that the frameworks would rewrite
must("npm", ["pack", "--ignore-scripts", "--pack-destination", home], { cwd: root });
const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
must("npm", ["install", "--no-save", "--no-audit", "--no-fund", `./ungil-${version}.tgz`]);
for (const each of ["vitest", "jest"]) {
  rmSync(path.join(home, each), { recursive: true, force: true });
  cpSync(path.join(root, "test/frameworks/fixtures/unbuilt", each), path.join(home, each), {
    recursive: true,
  });
}

let passed = 0;
let failed = 0;
function check(name, body) {
  try {
    body();
    passed++;
    console.log(`✔ ${name}`);
  } catch (error) {
    failed++;
    console.log(`✖ ${name}\n${error instanceof Error ? error.message : error}`);
  }
}

const vitest = path.join(home, "node_modules/vitest/vitest.mjs");
for (const pool of ["forks", "threads", "vmThreads"]) {
  check(`vitest, pool ${pool}: functions are sent from tests`, () => {
    const { status, output } = run(process.execPath, [vitest, "run", "--pool", pool, "vitest/shipping"]);
    assert.equal(status, 0, output);
  });
}

function branchesOf(file) {
  const folder = path.join(home, `coverage-${file}`);
  const coverage = [
    "--coverage",
    "--coverage.provider=v8",
    "--coverage.reporter=json",
    "--coverage.include=vitest/library.ts",
  ];
  const { status, output } = run(process.execPath, [
    vitest,
    "run",
    ...coverage,
    `--coverage.reportsDirectory=${folder}`,
    `vitest/${file}`,
  ]);
  assert.equal(status, 0, output);
  const [report] = Object.values(JSON.parse(readFileSync(path.join(folder, "coverage-final.json"), "utf8")));
  // the function whose one branch no test takes
  const [id] = Object.entries(report.fnMap).find(([, { name }]) => name === "halfCovered");
  const { start, end } = report.fnMap[id].loc;
  return Object.entries(report.statementMap)
    .filter(([, { start: at }]) => at.line >= start.line && at.line <= end.line)
    .map(([statement, { start: at }]) => [at.line, report.s[statement] > 0]);
}
check("vitest: v8 coverage says the same with functions being sent as without", () => {
  const without = branchesOf("coverage-only");
  assert.ok(
    without.some(([, covered]) => !covered),
    "the fixture has an uncovered branch",
  );
  assert.deepEqual(branchesOf("shipping"), without);
});

check("jest: functions are sent from tests in its vm contexts", () => {
  const { status, output } = run(process.execPath, [
    "--experimental-vm-modules",
    path.join(home, "node_modules/jest/bin/jest.js"),
    "--rootDir=jest",
    "--testMatch=**/*.test.mjs",
    "--forceExit=false",
  ]);
  assert.equal(status, 0, output);
});

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
