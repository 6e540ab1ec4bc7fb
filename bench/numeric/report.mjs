import { bytesMoved, eventLoopRows, goalOf, isLarge, leastOfTriad, mostGap, nameOf, rows } from "./rows.mjs";

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

/** What columns stand for, and what is to be known of them. */
function aboutEngines({ engines }) {
  const about = [];
  if (engines["NumPy (2 BLAS threads)"])
    about.push(
      "NumPy itself uses one thread; its BLAS, which does dot and matmul, has one as well in the column that all ratios and",
      "goals refer to (`OPENBLAS_NUM_THREADS=1`), and two in a column of its own.",
    );
  if (engines["NumPy 2"])
    about.push("NumPy 2 sorts by vector instructions, unlike the NumPy of the first column.");
  if (engines["jax-js"])
    about.push(
      "jax-js computes on WebAssembly with one thread in Node; its float64 functions are exact to about float32.",
    );
  if (engines.stdlib)
    about.push("@stdlib's functions write into arrays that are there, and its sort is heapsort.");
  return about;
}

/** Bytes moved in a second by what the memory bounds, in a list, and which part that is of STREAM's triad. */
function memoryTraffic({ results, stream }) {
  const speed = (row, engine) => {
    const cell = results[nameOf(row)]?.[engine];
    return cell && !cell.missing && Number.isFinite(cell.best)
      ? (bytesMoved[row.operation] * row.n) / cell.best / 1000
      : 0;
  };
  const large = rows.filter((row) => isLarge(row) && speed(row, "ungil 2t") > 0);
  if (large.length === 0) return [];
  const triadRow = rows.find((row) => isLarge(row) && row.operation === "triad");
  const inC = (stream ?? 0) / 1e9;
  const triad = inC || Math.max(...["NumPy", "ungil 2t"].map((engine) => speed(triadRow, engine)));
  const source = inC ? "in C, on all cores" : "the better one of NumPy's and ours, as there is no C compiler";
  const cells = large.map((row) => {
    const own = speed(row, "ungil 2t");
    const part = own / triad;
    const met = part >= leastOfTriad ? "met" : "**not met**";
    return triad > 0
      ? `${row.operation} ${own.toFixed(1)} (${Math.round(part * 100)} %, ${met})`
      : `${row.operation} ${own.toFixed(1)}`;
  });
  const measured =
    triad > 0
      ? ` STREAM's triad (${source}) moves ${triad.toFixed(1)}; the goal is ${leastOfTriad * 100} % of it`
      : "";
  return [
    "",
    `Bytes moved at 1e7 elements with two threads, in GB/s, without what the processor reads to write.${measured}: ${cells.join(", ")}.`,
  ];
}

/** How late timers are. */
function eventLoop({ gaps = {} }) {
  const measured = eventLoopRows.filter((row) => gaps[nameOf(row)]?.length > 0);
  if (measured.length === 0) return [];
  const inMilliseconds = (time) => `${(time / 1000).toFixed(1)} ms`;
  return [
    "",
    "The event loop during asynchronous products that take a second or more, on all cores: 99th percentile of the time",
    "between two calls of a timer of 1 ms, the median of the rounds, and from the first quarter of them to the third.",
    "",
    "| during | gap, p99 | quarters | goal |",
    "| --- | --- | --- | --- |",
    ...measured.map((row) => {
      const sorted = gaps[nameOf(row)].toSorted((a, b) => a - b);
      const median = sorted[sorted.length >> 1];
      const goal =
        row.operation === "idle"
          ? ""
          : `≤ ${mostGap / 1000} ms: ${median <= mostGap ? "met" : "**not met**"}`;
      return `| ${nameOf(row).replace("timer, ", "")} | ${inMilliseconds(median)} | ${quartiles(sorted).map(inMilliseconds).join("–")} | ${goal} |`;
    }),
  ];
}

/** The page's part on arrays, of runs with several versions of Node. */
export function tables(runs) {
  const [first] = runs;
  return [
    "Time over NumPy's time: below 1 is faster. Best of all rounds, and in brackets the ratios of the rounds' medians, from",
    "the first quarter to the third. NumPy makes a new array for a result where the operation has one, as ungil does, but",
    "for cumsum, sqrt, exp, log and sin, where it writes into one that is there; of a mask both make the mask, then count.",
    ...aboutEngines(first),
    ...runs.flatMap((run) => ["", `### Arrays, Node ${run.node}`, "", ...table(run)]),
  ].join("\n");
}

function table(run) {
  const engines = Object.keys(run.engines).filter((name) => name !== "NumPy");
  const lines = [
    `${run.cpu}, ${run.cores} cores; load ${run.load.map((load) => load.toFixed(1)).join(" to ")}; ${run.rounds} rounds: \`npm run bench:numeric -- --write\`. ${Object.values(run.engines).join("; ")}.`,
    "",
    `| operation | NumPy, best | ${engines.join(" | ")} | goal |`,
    `| --- | --- | ${engines.map(() => "---").join(" | ")} | --- |`,
  ];
  for (const row of rows) {
    const cells = run.results[nameOf(row)];
    if (!cells) continue;
    const base = cells.NumPy && !cells.NumPy.missing ? microseconds(cells.NumPy.best) : "–";
    lines.push(
      `| ${nameOf(row)} | ${base} | ${engines.map((engine) => ratio(cells, engine)).join(" | ")} | ${verdict(cells, goalOf(row, run))} |`,
    );
  }
  return [...lines, ...memoryTraffic(run), ...eventLoop(run)];
}
