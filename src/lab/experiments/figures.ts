/**
 * What an experiment shows: figures as data, which a terminal prints as tables and a report draws as charts.
 *
 * @module
 */
import type { Summary } from "../statistics/index.js";

/** A measured point: its median and, where it was repeated, the quarters below and above. */
export interface FigurePoint {
  readonly x: number;
  readonly y: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** One line of a {@link LinesFigure}. */
export interface FigureSeries {
  readonly name: string;
  /** Whether it is computed rather than measured: an ideal, a law. */
  readonly computed?: boolean | undefined;
  readonly points: readonly FigurePoint[];
}

/** How something grows with something else. */
export interface LinesFigure {
  readonly kind: "lines";
  readonly title: string;
  /** What grows, with its unit. */
  readonly x: string;
  /** What is measured, with its unit. */
  readonly y: string;
  /** Whether each axis goes by powers of ten. */
  readonly logarithmic?: boolean | undefined;
  readonly series: readonly FigureSeries[];
}

/** Things beside each other. */
export interface BarsFigure {
  readonly kind: "bars";
  readonly title: string;
  /** What is measured, with its unit. */
  readonly value: string;
  readonly bars: readonly {
    readonly name: string;
    readonly value: number;
    readonly low?: number | undefined;
    readonly high?: number | undefined;
  }[];
}

/** For how long a thread did something; ms since the first. */
export interface FigureSpan {
  readonly row: string;
  readonly kind: "runs" | "waits";
  readonly from: number;
  readonly to: number;
}

/** Who did what when. */
export interface TimelineFigure {
  readonly kind: "timeline";
  readonly title: string;
  readonly spans: readonly FigureSpan[];
}

/** Figures that are best read. */
export interface TableFigure extends Table {
  readonly kind: "table";
}

/** What an experiment shows. */
export type Figure = LinesFigure | BarsFigure | TimelineFigure | TableFigure;

/** Rows of cells; the first cell names its row. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | undefined)[])[];
}

/** The numbers behind a figure. */
export function tableOf(figure: Figure): Table {
  switch (figure.kind) {
    case "lines":
      return tableOfLines(figure);
    case "bars":
      return {
        title: figure.title,
        columns: ["", figure.value, "quarter below", "quarter above"],
        rows: figure.bars.map(({ name, value, low, high }) => [name, value, low, high]),
      };
    case "timeline":
      return tableOfTimeline(figure);
    case "table":
      return figure;
  }
}

function tableOfLines({ title, x, y, series }: LinesFigure): Table {
  const at = [...new Set(series.flatMap(({ points }) => points.map((point) => point.x)))];
  const cell = (points: readonly FigurePoint[], place: number): string | number | undefined => {
    const point = points.find((each) => each.x === place);
    if (!point) return undefined;
    const { low, high } = point;
    if (low === undefined || high === undefined) return point.y;
    return `${formatNumber(point.y)} (${formatNumber(low)} to ${formatNumber(high)})`;
  };
  return {
    title: `${title}: ${y}, with the quarters below and above`,
    columns: [x, ...series.map(({ name }) => name)],
    rows: at
      .toSorted((one, other) => one - other)
      .map((place) =>
        [place as string | number | undefined].concat(series.map(({ points }) => cell(points, place))),
      ),
  };
}

function tableOfTimeline({ title, spans }: TimelineFigure): Table {
  const rows = [...new Set(spans.map(({ row }) => row))].map((row) => {
    const lengths = (kind: FigureSpan["kind"]): number[] =>
      spans.filter((span) => span.row === row && span.kind === kind).map(({ from, to }) => to - from);
    const runs = lengths("runs");
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    return [row, runs.length, sum(runs), Math.max(0, ...runs), sum(lengths("waits"))];
  });
  return { title, columns: ["", "turns", "ran, ms", "longest turn, ms", "waited, ms"], rows };
}

/** A number as people read it: three digits that say something. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "–";
  if (value === 0 || Math.abs(value) < 1e-4) return value === 0 ? "0" : value.toExponential(1);
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-GB");
  return String(Number(value.toPrecision(3)));
}

/** A cell as people read it. */
export const formatCell = (cell: string | number | undefined): string =>
  typeof cell === "number" ? formatNumber(cell) : (cell ?? "–");

/** A point of a line. */
export const pointOf = (x: number, { median, low, high }: Summary): FigurePoint => ({
  x,
  y: median,
  low,
  high,
});

/** A bar. */
export const barOf = (name: string, { median, low, high }: Summary): BarsFigure["bars"][number] => ({
  name,
  value: median,
  low,
  high,
});
