/**
 * The report: one HTML file without scripts, which loads nothing.
 *
 * @module
 */

import { formatCell, tableOf } from "../../../lab/experiments/figures.js";
import type { ExperimentReport, Figure, Table } from "../../../lab/index.js";
import type { FailedExperiment, LabDocument } from "../document.js";
import { busyNote, machineLine } from "../document.js";
import { chartOf } from "./charts.js";
import { style } from "./style.js";

/** The page of what was found. */
export function renderPage(found: LabDocument): string {
  const { experiments, failed, machine, date, effort, ungil } = found;
  const busy = busyNote(machine);
  const all = [...experiments, ...failed];
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>ungil lab: threads, locks and the ways out, measured</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>Threads, locks and the ways out, measured</h1>
<p>What a lock around the interpreter, as CPython's, does to threads on this machine, and what each way around it gains. The lock is real, and so are the threads.</p>
<p>${text(machineLine(machine))}. ungil ${text(ungil)}, ${text(effort)} effort, <time datetime="${text(date)}">${text(date.slice(0, 16).replace("T", " "))} UTC</time>.</p>
${busy ? `<p class="warning">${text(busy)}</p>` : ""}
<p class="note">Each figure is the median of repeated measurements in turn with the others. The marks beside it span the middle half of them. The numbers of each chart are in the table below it.</p>
<nav aria-label="Experiments"><ol>
${all.map(({ name, title }) => `<li><a href="#${text(name)}">${text(title)}</a></li>`).join("\n")}
</ol></nav>
</header>
<main>
${experiments.map(section).join("\n")}
${failed.map(failure).join("\n")}
</main>
<footer><p>Written by <code>ungil lab</code>. The same as data: <code>ungil lab --json</code>.</p></footer>
</body>
</html>
`;
}

function section({ name, title, sees, advice, notes, figures }: ExperimentReport): string {
  return `<section id="${text(name)}" aria-labelledby="${text(name)}-title">
<h2 id="${text(name)}-title">${text(title)}</h2>
<p class="sees">${text(sees)}</p>
<p class="advice">${text(advice)}</p>
${notes.map((note) => `<p class="note">${text(note)}</p>`).join("\n")}
${figures.map(figureHtml).join("\n")}
</section>`;
}

function failure({ name, title, error }: FailedExperiment): string {
  return `<section id="${text(name)}" aria-labelledby="${text(name)}-title">
<h2 id="${text(name)}-title">${text(title)}</h2>
<p class="warning">This could not be measured: ${text(error)}</p>
</section>`;
}

function figureHtml(figure: Figure): string {
  const chart = chartOf(figure);
  const legend = chart?.legend.map(
    ({ name, color, mark }) =>
      `<li><span style="color:${color}" aria-hidden="true">${mark}</span> ${text(name)}</li>`,
  );
  return `<figure>
<figcaption>${text(figure.title)}</figcaption>
${legend && legend.length > 0 ? `<ul class="legend">${legend.join("")}</ul>` : ""}
${chart ? `<div class="chart">${chart.svg}</div>` : ""}
<div class="numbers">${tableHtml(tableOf(figure), figure.title)}</div>
</figure>`;
}

function tableHtml({ title, columns, rows }: Table, above: string): string {
  const isNumber = columns.map(
    (_, at) => at > 0 && rows.every((row) => row[at] === undefined || typeof row[at] === "number"),
  );
  const kind = (at: number): string => (isNumber[at] ? ' class="number"' : "");
  const head = columns.map((column, at) =>
    column === "" ? "<td></td>" : `<th scope="col"${kind(at)}>${text(column)}</th>`,
  );
  const body = rows.map((row) => {
    const [first, ...rest] = row.map(formatCell);
    const cells = rest.map((cell, at) => `<td${kind(at + 1)}>${text(cell)}</td>`);
    return `<tr><th scope="row">${text(first ?? "")}</th>${cells.join("")}</tr>`;
  });
  return `<table><caption${title === above ? ' class="heard"' : ""}>${text(title)}</caption><thead><tr>${head.join("")}</tr></thead><tbody>${body.join("\n")}</tbody></table>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text where HTML is. */
const text = (value: string): string => value.replaceAll(/[&<>"']/g, (sign) => entities[sign]!);
