/**
 * What an experiment found, for a terminal.
 *
 * @module
 */
import { type ExperimentReport, formatCell, type Table, tableOf } from "../../lab/index.js";

/** A report of an experiment as text: what one sees, what to do, and all figures as tables. */
export function reportText({ title, sees, advice, notes, figures }: ExperimentReport): string {
  const parts = [title, "=".repeat(title.length), "", ...wrap(sees), ...wrap(advice)];
  for (const note of notes) parts.push(...wrap(`Note: ${note}`));
  for (const figure of figures) parts.push("", tableText(tableOf(figure)));
  return `${parts.join("\n")}\n`;
}

/** A table with its columns under each other; numbers to the right. */
export function tableText({ title, columns, rows }: Table): string {
  const cells = [columns, ...rows.map((row) => row.map(formatCell))];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => (row[at] ?? "").length)));
  const isNumber = columns.map(
    (_, at) =>
      rows.some((row) => typeof row[at] === "number") && rows.every((row) => typeof row[at] !== "string"),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (isNumber[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join("  ")
      .trimEnd();
  const [head, ...body] = cells;
  return [
    title,
    `  ${line(head!)}`,
    `  ${widths.map((width) => "-".repeat(width)).join("  ")}`,
    ...body.map((row) => `  ${line(row)}`),
  ].join("\n");
}

/** Lines of no more than so many characters. */
export function wrap(text: string, width = 96): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
