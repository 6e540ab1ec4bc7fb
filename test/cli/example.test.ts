import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { folderFor, root, ungil, values } from "./support.js";

interface Found {
  readonly name: string;
  readonly version: string;
  readonly bytes: number;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}
interface Batch {
  readonly folder: string;
  readonly files: readonly string[];
}

const example = path.join(root, "examples/package-sizes");
const { findPackages, toBatches } = (await import(path.join(example, "packages.mjs"))) as {
  findPackages(modules: string): Found[];
  toBatches(packages: readonly Found[], bytes: number): Batch[];
};

/** A node_modules folder with a package, a scoped one, one inside another, and a link. */
async function modulesFor(folder: string): Promise<string> {
  const modules = path.join(folder, "node_modules");
  const files: Record<string, string> = {
    "one/package.json": '{ "name": "one", "version": "1.0.0" }',
    "one/index.js": "1".repeat(100),
    "one/lib/deep.mjs": "2".repeat(50),
    "one/readme.md": "no code",
    "one/node_modules/two/package.json": '{ "name": "two", "version": "2.0.0" }',
    "one/node_modules/two/index.cjs": "3".repeat(10),
    "@scope/three/package.json": '{ "name": "@scope/three", "version": "3.0.0" }',
    "@scope/three/index.js": "4".repeat(500),
    "types-only/package.json": '{ "name": "types-only" }',
    ".bin/tool.js": "none",
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(modules, name)), { recursive: true });
    await writeFile(path.join(modules, name), text);
  }
  await symlink(path.join(modules, "one"), path.join(modules, "linked"));
  return modules;
}

test("the example finds each package once, also scoped and inside others, the heaviest first", async (t) => {
  const packages = findPackages(await modulesFor(await folderFor(t)));
  assert.deepEqual(
    packages.map(({ name, version, files, bytes }) => [name, version, files.length, bytes]),
    [
      ["@scope/three", "3.0.0", 1, 500],
      ["one", "1.0.0", 2, 150],
      ["two", "2.0.0", 1, 10],
    ],
  );
});

test("the example's batches hold every file once, none above the limit but for single files", async (t) => {
  const packages = findPackages(await modulesFor(await folderFor(t)));
  const batches = toBatches(packages, 120);
  assert.deepEqual(
    batches.map(({ files }) => files.map((file) => path.basename(file))),
    [["index.js"], ["index.js"], ["deep.mjs"], ["index.cjs"]],
  );
});

test("the example's task, unbuilt and on a thread, measures what zlib measures", async (t) => {
  const modules = await modulesFor(await folderFor(t));
  const folder = path.join(modules, "@scope/three");
  const ended = await ungil(["map", `${example}/task.ts#measure`, "--input", "ndjson", "--quiet"], {
    input: JSON.stringify({ folder, files: ["index.js"] }),
  });
  const text = Buffer.from("4".repeat(500));
  const brotli = brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 8, [constants.BROTLI_PARAM_SIZE_HINT]: text.length },
  });
  assert.equal(ended.stderr, "");
  assert.deepEqual(values(ended.stdout), [
    { folder, files: 1, raw: 500, gzip: gzipSync(text, { level: 9 }).length, brotli: brotli.length },
  ]);
});
