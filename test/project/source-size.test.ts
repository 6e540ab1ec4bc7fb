import assert from "node:assert/strict";
import { test } from "node:test";
import ts from "typescript";
import { sourceFiles } from "./support/imports.js";

const most = 400;

/** The number of lines that hold code: neither blank nor only a comment. */
function linesOfCode(text: string): number {
  const source = ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest, true);
  const lines = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(source);
    if (children.length === 0 && node.kind !== ts.SyntaxKind.EndOfFileToken) {
      const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
      const last = source.getLineAndCharacterOfPosition(node.getEnd()).line;
      for (let line = first; line <= last; line++) lines.add(line);
    }
    for (const child of children) visit(child);
  };
  visit(source);
  return lines.size;
}

test(`no source file has more than ${most} lines of code`, () => {
  const tooLong = [...sourceFiles()]
    .map(([file, text]) => ({ file, lines: linesOfCode(text) }))
    .filter(({ lines }) => lines > most);
  assert.deepEqual(tooLong, []);
});

test("lines of code are neither blank nor comments", () => {
  assert.equal(linesOfCode("/** doc\n * of a\n */\nexport const a = `\ntext\n`; // why\n\n// done\n"), 3);
});
