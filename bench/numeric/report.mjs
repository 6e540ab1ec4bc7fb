import { bytesMoved, nameOf, rows } from "./rows.mjs";

const shown = (value) => (value >= 10 ? value.toFixed(0) : value.toFixed(2));

function quartiles(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return [sorted[Math.floor((sorted.length - 1) / 4)], sorted[Math.ceil(((sorted.length - 1) * 3) / 4)]];
}

const microseconds = (time) => (time >= 10_000 ? `${(time / 1000).toFixed(1)} ms` : `${time.toFixed(1)} µs`);

/** An engine's cell: its best over NumPy's best, and the spread of the rounds. */
function ratio(cells, engine) {
  const own = cells[engine];
  const base = cells.NumPy;
  if (!own || own.missing) return "–";
  if (!base || base.missing) return microseconds(own.best);
  const rounds = own.medians
    .map((median, k) => median / base.medians[k])
    .filter((value) => Number.isFinite(value));
  const [low, high] = quartiles(rounds);
  return `**${shown(own.best / base.best)}** (${shown(low)}–${shown(high)})`;
}

function verdict(cells, goal) {
  if (!goal || !cells.NumPy || cells.NumPy.missing) return "";
  const reached = (engine, limit) => {
    const own = cells[engine];
    if (limit === undefined) return undefined;
    return own && !own.missing && own.best / cells.NumPy.best <= limit;
  };
  const parts = [
    ["1t", reached("ungil 1t", goal.one), goal.one],
    ["2t", reached("ungil 2t", goal.two), goal.two],
  ].filter(([, met]) => met !== undefined);
  return parts.map(([name, met, limit]) => `${name} ≤ ${limit}: ${met ? "met" : "**not met**"}`).join(", ");
}

/** The page's part on arrays. */
export function table(run) {
  const engines = Object.keys(run.engines).filter((name) => name !== "NumPy");
  const lines = [
    "Time over NumPy's time: below 1 is faster. Best of all rounds, and in brackets the ratios of the rounds' medians, from",
    "the first quarter to the third. NumPy makes a new array for a result where the operation has one, as ungil does, but",
    "for cumsum, sqrt, exp, log and sin, where it writes into one that is there; of a mask both make the mask, then count.",
    "",
    `${run.cpu}, ${run.cores} cores; Node ${run.node}; load ${run.load.map((load) => load.toFixed(1)).join(" to ")}; ${run.rounds} rounds: \`npm run bench:numeric -- --write\`. ${Object.values(run.engines).join("; ")}.`,
    "",
    `| operation | NumPy, best | ${engines.join(" | ")} | goal |`,
    `| --- | --- | ${engines.map(() => "---").join(" | ")} | --- |`,
  ];
  for (const row of rows) {
    const cells = run.results[nameOf(row)];
    if (!cells) continue;
    const base = cells.NumPy && !cells.NumPy.missing ? microseconds(cells.NumPy.best) : "–";
    lines.push(
      `| ${nameOf(row)} | ${base} | ${engines.map((engine) => ratio(cells, engine)).join(" | ")} | ${verdict(cells, row.goal)} |`,
    );
  }
  const large = rows.filter(({ operation, n }) => n === 10_000_000 && bytesMoved[operation]);
  const moved = large.flatMap((row) => {
    const cells = run.results[nameOf(row)];
    const own = cells?.["ungil 2t"];
    if (!own || own.missing) return [];
    return [`${row.operation} ${((bytesMoved[row.operation] * row.n) / own.best / 1000).toFixed(1)}`];
  });
  if (moved.length > 0)
    lines.push(
      "",
      `Bytes moved at 1e7 elements with two threads, in GB/s, without what the processor reads to write: ${moved.join(", ")}.`,
    );
  return lines.join("\n");
}
