import { rmSync } from "node:fs";
import type { TestContext } from "node:test";
import { type FileCells, fileCells, Gate } from "ungil/testing";

/** Cells that processes share, until the test ends. */
export function cellsOf(test: TestContext, length = 2): FileCells {
  const cells = fileCells(length);
  test.after(() => rmSync(cells.folder, { recursive: true, force: true }));
  return cells;
}

/** A gate for processes, which is opened when the test ends. */
export function gateOf(test: TestContext, cells = 2): Gate<FileCells> {
  const shared = fileCells(cells);
  const gate = new Gate(undefined, shared);
  test.after(() => {
    gate.open();
    rmSync(shared.folder, { recursive: true, force: true });
  });
  return gate;
}
