import assert from "node:assert/strict";
import { test } from "node:test";
import ts from "typescript";
import { errorClasses } from "ungil";
import { sourceFiles } from "./support/imports.js";
import { sectionsOf } from "./support/markdown.js";
import { readText } from "./support/project.js";

/** The codes that the sources name, each with the classes whose body holds it. */
function codesIn(files: ReadonlyMap<string, string>): Map<string, Set<string>> {
  const codes = new Map<string, Set<string>>();
  for (const [file, text] of files) {
    const visit = (node: ts.Node, className: string | undefined): void => {
      const within = ts.isClassLike(node) ? node.name?.text : className;
      if (ts.isStringLiteralLike(node) && /^ERR_UNGIL_[A-Z_]+$/.test(node.text)) {
        const classes = codes.get(node.text) ?? new Set();
        codes.set(node.text, within ? classes.add(within) : classes);
      }
      ts.forEachChild(node, (child) => visit(child, within));
    };
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true), undefined);
  }
  return codes;
}

/** What is wrong with the page of errors, as sentences. */
function faultsOf(page: string, codes: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const sections = new Map(sectionsOf(page).map((section) => [section.title, section.text]));
  const missing = [...codes.keys()].filter((code) => !sections.has(code)).map((code) => `${code} is missing`);
  const faults = [...sections].flatMap(([title, text]) => {
    if (!title.startsWith("ERR_UNGIL_")) return [];
    const classes = codes.get(title);
    if (!classes) return [`${title} is stale: no source names it`];
    return [
      ...[...classes].filter((name) => !text.includes(`\`${name}\``)).map((name) => `${title}: no ${name}`),
      ...["What happened", "What to do"]
        .filter((part) => !new RegExp(`^\\*\\*${part}\\.\\*\\* \\S`, "m").test(text))
        .map((part) => `${title}: no "**${part}.**"`),
    ];
  });
  return [...missing, ...faults];
}

const codes = codesIn(sourceFiles());

test("docs/errors.md has one section for each error code: its class, what happened, what to do", () => {
  assert.ok(codes.size > 8);
  assert.deepEqual(faultsOf(readText("docs/errors.md"), codes), []);
});

test("docs/errors.md names every error class", () => {
  const page = readText("docs/errors.md");
  assert.deepEqual(
    Object.keys(errorClasses).filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
});

test("a missing, stale or incomplete section of the page is noticed", () => {
  const planted = codesIn(
    new Map([["errors.ts", `class A { code = "ERR_UNGIL_A" } class B { code = "ERR_UNGIL_B" }`]]),
  );
  const page = "# Errors\n## ERR_UNGIL_A\n`A`\n\n**What happened.** It.\n## ERR_UNGIL_OLD\nGone.\n";
  assert.deepEqual(faultsOf(page, planted), [
    "ERR_UNGIL_B is missing",
    `ERR_UNGIL_A: no "**What to do.**"`,
    "ERR_UNGIL_OLD is stale: no source names it",
  ]);
});
