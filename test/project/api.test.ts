import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { compareReports, exportsOf, reportOf } from "./support/api-report.js";
import { entries, filesIn, readText, root } from "./support/project.js";

const surface = exportsOf();

test("every exported name of every public entry has a docstring", () => {
  const bare = [...surface].flatMap(([entry, names]) =>
    names.filter(({ documented }) => !documented).map(({ name }) => `${entry}: ${name}`),
  );
  assert.deepEqual(bare, []);
});

test("every type that the public surface names is exported by some entry", () => {
  const unreachable = [...surface].flatMap(([entry, names]) =>
    names.flatMap(({ name, hidden }) => hidden.map((type) => `${entry}: ${name} names ${type}`)),
  );
  assert.deepEqual(unreachable, []);
});

for (const { name } of entries) {
  test(`the surface of ${name} is the committed one`, () => {
    const file = `api/${name}.d.ts.txt`;
    const committed = existsSync(path.join(root, file)) ? readText(file) : "";
    const difference = compareReports(committed, reportOf(name, surface.get(name) ?? []));
    assert.equal(
      difference.length,
      0,
      `the public surface changed; if that is meant, run \`npm run api\` and note it in CHANGELOG.md\n${difference.join("\n")}`,
    );
  });
}

test("no API report is left of an entry that is gone", () => {
  const expected = entries.map(({ name }) => `api/${name}.d.ts.txt`);
  assert.deepEqual(filesIn("api", ".d.ts.txt"), expected.toSorted());
});

test("a changed, added or undocumented export, and a hidden type, are noticed", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "ungil-api-"));
  try {
    const entry = { specifier: "x", name: "x", types: "index.d.ts", code: "index.js", modules: "index.js" };
    const reportWith = (text: string) => {
      writeFileSync(path.join(folder, "index.d.ts"), text);
      const names = exportsOf([entry], folder).get("x")!;
      return { names, report: reportOf("x", names) };
    };
    const before = reportWith(
      "/** Doc. */\nexport declare function f(a: number): void;\nexport type T = 1;\n",
    );
    assert.deepEqual(
      before.names.map(({ name, documented }) => ({ name, documented })),
      [
        { name: "T", documented: false },
        { name: "f", documented: true },
      ],
    );
    const after = reportWith(
      "/** Doc. */\nexport declare function f(a: string): void;\nexport type U = 1;\n",
    );
    assert.deepEqual(compareReports(before.report, after.report), [
      "removed T:",
      "  - type T = 1;",
      "added U:",
      "  + type U = 1;",
      "changed f:",
      "  - function f(a: number): void;",
      "  + function f(a: string): void;",
    ]);
    assert.deepEqual(compareReports(after.report, after.report), []);
    writeFileSync(path.join(folder, "inner.d.ts"), "export interface Hidden {}\nexport interface Shown {}\n");
    const leaky = reportWith(
      `import type { Hidden, Shown } from "./inner.js";\nexport type { Shown };\nexport declare function g<T>(a: T, b: Hidden): Shown;\n`,
    );
    assert.deepEqual(
      leaky.names.map(({ name, hidden }) => ({ name, hidden })),
      [
        { name: "Shown", hidden: [] },
        { name: "g", hidden: ["Hidden"] },
      ],
    );
    const guarded = reportWith(
      `import type { Hidden } from "./inner.js";\nexport declare class C {\n    /** @internal */\n    inner: Hidden;\n    outer: number;\n}\n`,
    );
    assert.deepEqual(guarded.names[0]!.hidden, []);
    assert.match(guarded.report, /class C \{\s+outer: number;\s+\}/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
