import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { anchorsOf, linksOf } from "./support/markdown.js";
import { filesIn, readText, root } from "./support/project.js";

const pages = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  ...["docs", "src", "examples", "bench", "test"].flatMap((folder) => filesIn(folder, ".md")),
].filter((page) => !page.includes("node_modules"));

/** The links of these pages that lead nowhere, as sentences. */
function brokenLinks(files: readonly string[], base: string = root): string[] {
  return files.flatMap((page) => {
    const text = readText(page, base);
    return linksOf(text).flatMap(({ target, line }) => {
      if (/^[a-z][a-z+.-]*:/i.test(target)) return [];
      const [file = "", anchor] = target.split("#");
      const resolved = file === "" ? page : path.posix.join(path.posix.dirname(page), file);
      const where = `${page}:${line}: ${target}`;
      if (!existsSync(path.join(base, resolved))) return [`${where} does not exist`];
      if (anchor === undefined) return [];
      const isPage = resolved.endsWith(".md") && statSync(path.join(base, resolved)).isFile();
      if (!isPage) return [`${where} is an anchor in something that is not a page`];
      return anchorsOf(readText(resolved, base)).has(anchor) ? [] : [`${where}: no heading of that name`];
    });
  });
}

test("every relative link and anchor in the documents leads somewhere", () => {
  assert.ok(pages.includes("docs/errors.md"));
  assert.deepEqual(brokenLinks(pages), []);
});

test("a link to a missing file or heading is noticed", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "ungil-links-"));
  try {
    writeFileSync(
      path.join(folder, "page.md"),
      "# A `b` c: d\n[self](#a-b-c-d) [x](gone.md) [y](page.md#nope) `[z](code.md)`\n```\n[w](gone.md)\n```\n[v](https://example.org/)\n",
    );
    assert.deepEqual(brokenLinks(["page.md"], folder), [
      "page.md:2: gone.md does not exist",
      "page.md:2: page.md#nope: no heading of that name",
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
