// Tables in Markdown: a section per Node version, of its goals and then of every row.
import { contenders } from "../contenders.mjs";
import { rows } from "../rows/index.mjs";
import { judgeAll, ratiosTo, reasonOf, valuesOf } from "./results.mjs";
import { spreadOf } from "./statistics.mjs";

/** A number of about three digits, with separators of thousands. */
export function formatNumber(value) {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const short = digits === 0 ? Number(value.toPrecision(3)) : value;
  return short.toLocaleString("en-US", {
    minimumFractionDigits: Math.min(digits, 2),
    maximumFractionDigits: Math.min(digits, 3),
  });
}

function formatSpread(spread, unit = "") {
  if (!spread) return "–";
  const { median, lowest, highest } = spread;
  if (lowest === highest) return `${formatNumber(median)}${unit}`;
  return `${formatNumber(median)}${unit} [${formatNumber(lowest)}..${formatNumber(highest)}]`;
}

const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

function table(head, body) {
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}

const titleOf = (contender) => contenders[contender].title ?? contender;

/** One row of the benchmark: every contender with its metrics, and ungil's ratio to it in the first. */
export function rowTable(row, measured) {
  const [first, ...others] = Object.keys(row.metrics);
  const told = (metric) =>
    Object.keys(measured).some((contender) => valuesOf(measured, contender, metric).some(Number.isFinite));
  const names = [first, ...others.filter(told)];
  const compared = row.contenders.some((name) => name !== "ungil");
  const head = ["", ...names.map((name) => row.metrics[name].title), ...(compared ? ["ungil's ratio"] : [])];
  const body = row.contenders
    .filter((contender) => measured[contender])
    .map((contender) => {
      const reason = reasonOf(measured[contender]);
      const cells = names.map((metric) =>
        formatSpread(spreadOf(valuesOf(measured, contender, metric).filter(Number.isFinite))),
      );
      if (reason && cells[0] === "–") cells[0] = reason;
      const ratio =
        contender === "ungil" ? "" : formatSpread(spreadOf(ratiosTo(row, measured, first, contender)));
      return [titleOf(contender), cells, compared ? ratio : []].flat();
    });
  return table(head, body);
}

const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** Every goal with what was measured and the verdict. */
export function goalTable(results, judged = judgeAll(results)) {
  const body = judged.map(({ goal, verdict, measured, spread, reason, rival }) => {
    const unit = rival ? "×" : "";
    const best = goal.statistic === "best" && spread ? `best ${formatNumber(measured)}, median ` : "";
    return [
      goal.row,
      goal.text,
      spread ? best + formatSpread(spread, unit) : (reason ?? "–"),
      rival && goal.against.length > 1 ? titleOf(rival) : "",
      verdict === "not met" ? "**not met**" : verdict,
    ];
  });
  return table(["row", "goal", "measured: median [lowest..highest]", "beside", "verdict"], body);
}

function rowParts(row, measured) {
  if (!measured) return [];
  const title = row.title[0].toUpperCase() + row.title.slice(1);
  const sentences = [`${title}.`, `Warm-up: ${row.warmUp}.`, row.note ?? ""];
  return [`### ${row.name}`, sentences.join(" ").trim(), rowTable(row, measured)];
}

/** A run as a section. */
export function section({ node, machine, versions, python, loads, results, day, quick }) {
  const judged = judgeAll(results);
  const met = judged.filter(({ verdict }) => verdict.startsWith("met")).length;
  const software = [
    ...Object.entries(versions).map(([name, version]) => `${name} ${version}`),
    `Python ${python}`,
  ];
  const parts = [
    `## Node ${node}`,
    `${machine.processor}, ${machine.cores} cores, ${machine.memory}, ${machine.system}; ${day}. ` +
      `${plural(loads.length, "round")}${quick ? " with the sizes and pools of a quick run" : ""}; load before and after each: ` +
      `${loads.map(({ before, after }) => `${before} → ${after}`).join(", ")}.`,
    `${software.join(", ")}.`,
    "### Goals",
    `${met} of ${plural(judged.length, "goal")} met.`,
    goalTable(results, judged),
    ...rows.flatMap((row) => rowParts(row, results[row.name])),
  ];
  return parts.join("\n\n");
}

/** The whole page, of the runs of all Node versions. */
export function page(runs) {
  return `${[
    "# Results",
    "Written by `npm run bench`; what the rows are and how they are measured is in the [README](README.md). " +
      "Each number is the median of the rounds with the lowest and the highest. Ratios are made within a round; " +
      "more than 1 is always in favour of ungil.",
    ...(runs.length > 0 ? runs.map(section) : ["No run yet."]),
  ].join("\n\n")}\n`;
}
