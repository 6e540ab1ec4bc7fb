// Builds src/ into dist/ and test/ into build/test/, each from scratch.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const tsc = path.join(path.dirname(require.resolve("@typescript/native/package.json")), "bin/tsc");

/** Runs a program in the project's folder; a failure ends the build with its exit code. */
function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync(path.join(root, "dist"), { recursive: true, force: true });
run(tsc, "-p", "tsconfig.json");
rmSync(path.join(root, "build/test"), { recursive: true, force: true });
run(tsc, "-p", "tsconfig.test.json");
