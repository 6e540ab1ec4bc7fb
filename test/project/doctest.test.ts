import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { root } from "./support/project.js";

function doctest(...pages: string[]): { status: number | null; output: string } {
  const script = path.join(root, "scripts/doctest.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...pages], { encoding: "utf8" });
  return { status, output: stdout + stderr };
}

test("every ts block in README.md and docs/ compiles against the built package, and runs where marked", () => {
  const { status, output } = doctest();
  assert.equal(status, 0, output);
});

test("a block that does not compile, or fails when run, is noticed with its page and line", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "ungil-doctest-"));
  try {
    const page = (name: string, text: string): string => {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      return file;
    };
    const wrongType = doctest(page("type.md", "# Page\n\n```ts\nconst a = 1;\nconst b: string = a;\n```\n"));
    assert.equal(wrongType.status, 1);
    assert.match(wrongType.output, /type\.md:5:7: error TS2322/);

    const failing = doctest(page("run.md", '```ts run\nthrow new Error("no luck");\n```\n'));
    assert.equal(failing.status, 1);
    assert.match(failing.output, /run\.md:2: the block failed[^]*no luck/);

    const fine = doctest(
      page(
        "fine.md",
        '<!-- doctest\ndeclare global { const given: number }\n-->\n```ts\nconst b: number = given;\n```\n```ts no-check\n…\n```\n```ts run\nimport { Future } from "ungil";\nif (!Future) throw new Error();\n```\n',
      ),
    );
    assert.equal(fine.status, 0, fine.output);
    assert.match(fine.output, /2 blocks compiled, 1 run, 0 faults/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
