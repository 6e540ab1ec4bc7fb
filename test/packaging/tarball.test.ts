import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { entries, manifest, root } from "../project/support/project.js";
import { node, pack, work } from "./support.js";

const packed = pack();
const paths = new Set(packed.files.map((file) => file.path));

test("the tarball holds the licence, the README, the changelog and the built files, and nothing else", () => {
  for (const file of ["LICENSE", "README.md", "CHANGELOG.md", "package.json"])
    assert.ok(paths.has(file), file);
  const other = [...paths].filter(
    (file) =>
      !/^dist\/.+\.(?:c?js|d\.ts|c?js\.map)$/.test(file) &&
      !["LICENSE", "README.md", "CHANGELOG.md", "package.json"].includes(file),
  );
  assert.deepEqual(other, []);
});

test("the tarball holds every file that package.json names", () => {
  const named = [
    ...entries.flatMap(({ types, code, modules }) => [types, code, modules]),
    ...Object.values(manifest.bin),
  ].map((file) => path.posix.normalize(file));
  assert.deepEqual(
    named.filter((file) => !paths.has(file)),
    [],
  );
});

test("every source map in the tarball carries its sources, and every file's map is there", () => {
  for (const file of paths) {
    if (file.endsWith(".map")) {
      const map = JSON.parse(readFileSync(path.join(root, file), "utf8")) as {
        sources: string[];
        sourcesContent?: (string | null)[];
      };
      const bare = map.sources.filter((_, index) => typeof map.sourcesContent?.[index] !== "string");
      assert.deepEqual(bare, [], `${file} points to files that are not in the tarball`);
    } else if (file.startsWith("dist/")) {
      const text = readFileSync(path.join(root, file), "utf8");
      const [, map] = /^\/\/# sourceMappingURL=(.+)$/m.exec(text) ?? [];
      if (map) assert.ok(paths.has(path.posix.join(path.posix.dirname(file), map)), `${file} names ${map}`);
    }
  }
});

const tarball = path.join(work, packed.filename);

test("publint finds nothing to improve in the tarball", () => {
  const { status, stdout, stderr } = node(
    root,
    path.join(root, "node_modules/publint/src/cli.js"),
    "run",
    tarball,
    "--strict",
  );
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /All good/);
});

test("the types of every entry resolve for ES modules (attw)", () => {
  const { status, stdout, stderr } = node(
    root,
    path.join(root, "node_modules/@arethetypeswrong/cli/dist/index.js"),
    tarball,
    "--profile",
    "esm-only",
    "--no-color",
  );
  assert.equal(status, 0, stdout + stderr);
  for (const { specifier } of entries)
    assert.match(stdout, new RegExp(`"${specifier}"\\s+│ 🟢 \\(ESM\\)\\s+│ 🟢`));
});
