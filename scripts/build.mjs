// Builds src/ into dist/ and test/ into build/test/, each from scratch.
import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const tsc = path.join(path.dirname(require.resolve("@typescript/native/package.json")), "bin/tsc");

/** Runs a program in the project's folder; a failure ends the build with its exit code. */
function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * Puts the worker's entry, with all it imports, as one text into `workerSource`: a bundled program has no
 * files of ours beside it to start workers from.
 */
function embedWorker() {
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: ["dist/threading/worker.js"],
    bundle: true,
    // a worker that is started from a text is a CommonJS script
    format: "cjs",
    platform: "node",
    target: "node20",
    minify: true,
    // names are part of messages
    keepNames: true,
    legalComments: "none",
    banner: {
      js: `/* Contains acorn:\n${readFileSync(path.join(path.dirname(require.resolve("acorn/package.json")), "LICENSE"), "utf8").trim()}\n*/`,
    },
    write: false,
    logLevel: "warning",
    // src/package-home.ts reckons with it
    logOverride: { "empty-import-meta": "silent" },
  });
  const file = path.join(root, "dist/threading/worker-source.js");
  const empty = 'export const workerSource = "";';
  const module = readFileSync(file, "utf8");
  if (!module.includes(empty)) throw new Error(`${file} does not hold \`${empty}\``);
  writeFileSync(
    file,
    module.replace(empty, () => `export const workerSource = ${JSON.stringify(outputFiles[0].text)};`),
  );
}

rmSync(path.join(root, "dist"), { recursive: true, force: true });
run(tsc, "-p", "tsconfig.json");
embedWorker();
chmodSync(path.join(root, "dist/cli/main.js"), 0o755);
rmSync(path.join(root, "build/test"), { recursive: true, force: true });
run(tsc, "-p", "tsconfig.test.json");
