import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { entries, filesIn, manifest, root } from "./support/project.js";

test("every entry of the exports map is built, typed and can be imported", async () => {
  assert.ok(entries.length >= 4);
  for (const { specifier, types, code, modules } of entries) {
    assert.ok(existsSync(path.join(root, types)), `${specifier} has no ${types}`);
    assert.ok(existsSync(path.join(root, code)), `${specifier} has no ${code}`);
    const module = (await import(specifier)) as object;
    const forBundlers = (await import(path.join(root, modules))) as object;
    assert.ok(Object.keys(module).length > 0, specifier);
    assert.deepEqual(Object.keys(forBundlers), Object.keys(module), `${specifier} for bundlers`);
  }
});

test("every chapter that has an index is in the exports map", () => {
  const listed = new Set(entries.map(({ modules }) => path.posix.normalize(modules)));
  const built = filesIn("dist", "/index.js").filter((file) => file.split("/").length === 3);
  const internal = new Set(["cli", "node", "functions", "futures", "pool", "wire"]);
  assert.deepEqual(
    built.filter((file) => !listed.has(file) && !internal.has(file.split("/")[1] ?? "")),
    [],
  );
});

test("every command in package.json is built and names its interpreter", () => {
  for (const [name, file] of Object.entries(manifest.bin)) {
    assert.ok(existsSync(path.join(root, file)), `the command ${name} has no ${file}`);
    assert.match(readFileSync(path.join(root, file), "utf8"), /^#!\/usr\/bin\/env node\n/);
  }
});
