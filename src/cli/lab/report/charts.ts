/**
 * Figures as SVG, drawn by Observable Plot when the report is written: what reads it needs no scripts. Plot wants a
 * document to make elements in; linkedom's is one that needs no browser.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom/worker";
import {
  type BarsFigure,
  type Figure,
  formatNumber,
  type LinesFigure,
  type TimelineFigure,
} from "../../../lab/experiments/figures.js";

/** A chart and what its colours and shapes stand for. */
export interface Chart {
  /** An `<svg>` element. */
  readonly svg: string;
  readonly legend: readonly { readonly name: string; readonly color: string; readonly mark: string }[];
}

const { document } = parseHTML("<!doctype html><html><body></body></html>") as unknown as {
  document: NonNullable<Plot.PlotOptions["document"]>;
};

const width = 720;
/** Of a character, about, in pixels. */
const characterWidth = 7.2;

/** The page's style says what they are, in the light and in the dark. */
const colors = ["var(--series-1)", "var(--series-2)", "var(--series-3)", "var(--series-4)"];
const ideal = "var(--computed)";
const shapes = [
  { symbol: "circle", mark: "●" },
  { symbol: "square", mark: "■" },
  { symbol: "triangle", mark: "▲" },
  { symbol: "diamond", mark: "◆" },
] as const;
const dashes = ["6 4", "2 3"];

/** The chart of a figure; undefined where it is a table or has nothing to draw. */
export function chartOf(figure: Figure): Chart | undefined {
  switch (figure.kind) {
    case "lines":
      return linesChart(figure);
    case "bars":
      return barsChart(figure);
    case "timeline":
      return figure.spans.length > 0 ? timelineChart(figure) : undefined;
    case "table":
      return undefined;
  }
}

function linesChart({ title, x, y, logarithmic = false, series }: LinesFigure): Chart {
  const legend: Chart["legend"][number][] = [];
  const marks: Plot.Markish[] = [];
  let measured = 0;
  let computed = 0;
  for (const { name, computed: isComputed, points } of series) {
    const at = { x: "x", y: "y" };
    if (isComputed) {
      marks.push(
        Plot.line(points, { ...at, stroke: ideal, strokeDasharray: dashes[computed % dashes.length]! }),
      );
      legend.push({ name, color: ideal, mark: computed % dashes.length === 0 ? "╌" : "┈" });
      computed++;
      continue;
    }
    const color = colors[measured % colors.length]!;
    const { symbol, mark } = shapes[measured % shapes.length]!;
    const spread = points.filter(({ low, high }) => low !== undefined && high !== undefined);
    marks.push(
      Plot.ruleX(spread, {
        x: "x",
        y1: "low",
        y2: "high",
        stroke: color,
        strokeOpacity: 0.6,
        strokeWidth: 2,
      }),
      Plot.line(points, { ...at, stroke: color, strokeWidth: 2 }),
      Plot.dot(points, { ...at, fill: color, symbol, r: 4.5 }),
    );
    legend.push({ name, color, mark });
    measured++;
  }
  const all = series.flatMap(({ points }) => points);
  const ticks = [...new Set(all.map((point) => point.x))];
  const axes = logarithmic ? logarithmicAxes(ticks, all, { x, y }) : [Plot.ruleY([0])];
  return {
    svg: draw(`${title}. ${y}, by ${x}: ${series.map(({ name }) => name).join(", ")}.`, {
      height: 340,
      marginLeft: 60,
      marginBottom: 42,
      ...(logarithmic
        ? { x: { type: "log" }, y: { type: "log" } }
        : {
            x: { label: x, ticks, tickFormat: formatNumber },
            y: { label: y, grid: true, zero: true, tickFormat: formatNumber },
          }),
      marks: [...axes, ...marks],
    }),
    legend,
  };
}

/** Plot leaves out the labels of most ticks between powers of ten, though it is told where ticks are wanted. */
function logarithmicAxes(
  ticks: readonly number[],
  points: LinesFigure["series"][number]["points"],
  label: { readonly x: string; readonly y: string },
): Plot.Markish[] {
  const least = Math.min(...points.map(({ y, low = y }) => low));
  const most = Math.max(...points.map(({ y, high = y }) => high));
  const powers = Array.from({ length: 24 }, (_, at) => 10 ** (at - 12));
  const round = powers.flatMap((power) => [power, 2 * power, 5 * power]);
  const levels = round.filter((level) => level >= least && level <= most);
  return [
    Plot.gridY(levels),
    Plot.axisX([...ticks], { label: label.x, text: formatNumber }),
    Plot.axisY(levels, { label: label.y, text: formatNumber }),
  ];
}

function barsChart({ title, value, bars }: BarsFigure): Chart {
  const names = bars.map(({ name }) => name);
  const spread = bars.filter(({ low, high }) => low !== undefined && high !== undefined);
  const end = (bar: BarsFigure["bars"][number]): number => Math.max(bar.value, bar.high ?? bar.value);
  return {
    svg: draw(
      `${title}. ${value}: ${bars.map((bar) => `${bar.name} ${formatNumber(bar.value)}`).join(", ")}.`,
      {
        height: 62 + 38 * bars.length,
        marginLeft: marginFor(names),
        marginRight: 70,
        marginBottom: 42,
        x: { label: value, grid: true, zero: true, nice: true, tickFormat: formatNumber, ticks: 6 },
        y: { label: null, domain: names, padding: 0.3 },
        marks: [
          Plot.barX(bars, { x: "value", y: "name", fill: colors[0]! }),
          Plot.ruleY(spread, {
            x1: "low",
            x2: "high",
            y: "name",
            stroke: "currentColor",
            strokeWidth: 2,
            marker: "tick",
          }),
          Plot.text(bars, {
            x: end,
            y: "name",
            text: (bar: BarsFigure["bars"][number]) => formatNumber(bar.value),
            textAnchor: "start",
            dx: 7,
            fill: "currentColor",
          }),
          Plot.ruleX([0]),
        ],
      },
    ),
    legend: [],
  };
}

function timelineChart({ title, spans }: TimelineFigure): Chart {
  const rows = [...new Set(spans.map(({ row }) => row))].toSorted((one, other) =>
    one.localeCompare(other, "en", { numeric: true }),
  );
  const at = { x1: "from", x2: "to", y: "row" } as const;
  const of = (kind: TimelineFigure["spans"][number]["kind"]) => spans.filter((span) => span.kind === kind);
  return {
    svg: draw(`${title}. For each thread, when it ran and when it waited: ${rows.join(", ")}.`, {
      height: 62 + 30 * rows.length,
      marginLeft: marginFor(rows),
      marginBottom: 42,
      x: { label: "ms", tickFormat: formatNumber },
      y: { label: null, domain: rows, padding: 0.2 },
      marks: [
        Plot.barX(of("waits"), { ...at, fill: ideal, fillOpacity: 0.45, insetTop: 9, insetBottom: 9 }),
        Plot.barX(of("runs"), { ...at, fill: colors[0]! }),
      ],
    }),
    legend: [
      { name: "has the lock", color: colors[0]!, mark: "■" },
      { name: "waits for it", color: ideal, mark: "▬" },
    ],
  };
}

const marginFor = (names: readonly string[]): number =>
  Math.ceil(Math.max(...names.map(({ length }) => length)) * characterWidth) + 14;

function draw(description: string, options: Plot.PlotOptions): string {
  const svg = Plot.plot({ ...options, document, width }) as unknown as {
    setAttribute(name: string, value: string): void;
    readonly outerHTML: string;
  };
  svg.setAttribute("role", "img");
  // linkedom writes attributes as they are, but for quotes
  svg.setAttribute(
    "aria-label",
    description.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
  );
  return svg.outerHTML;
}
