// Runs the built tests with Node's own runner. Arguments are parts of file names: `npm run test:run -- futures`.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const built = path.join(root, "build/test");
const wanted = process.argv.slice(2);

const files = readdirSync(built, { recursive: true })
  .filter((name) => name.endsWith(".test.js"))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .map((name) => path.join("build/test", name))
  .toSorted();
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(", ")}`);
  process.exit(1);
}

const { status } = spawnSync(
  process.execPath,
  ["--expose-gc", "--enable-source-maps", "--test", "--test-concurrency=2", ...files],
  { cwd: root, stdio: "inherit" },
);
process.exit(status ?? 1);
