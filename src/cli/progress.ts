/**
 * Progress on stderr: a bar on a terminal, plain lines elsewhere, JSON for programs. Updates are counted, not drawn:
 * a bar is drawn every 100 ms at most, a plain line appears every 10 s. The bar is tqdm's.
 *
 * @module
 */
import type { Clock, Timer } from "../clock.js";
import type { ProgressKind } from "./args.js";
import { formatClock } from "./duration.js";
import { formatRate } from "./summary.js";

/** How far a run has come. */
export interface ProgressState {
  /** Finished records. */
  readonly done: number;
  /** Of these, the failed ones. */
  readonly failed: number;
  /** Records that are being run. */
  readonly running: number;
  /** Number of records to run, when known. */
  readonly total: number | undefined;
}

/** A state with what time makes of it. */
export interface ProgressView extends ProgressState {
  /** Since the start, in ms. */
  readonly elapsed: number;
  /** Records per second, smoothed; undefined before the first. */
  readonly rate: number | undefined;
  /** Until the end in ms, when total and rate are known. */
  readonly left: number | undefined;
}

/** One way of showing progress. */
export interface ProgressStyle {
  /** Least time between two showings, in ms. */
  readonly interval: number;
  /** Whether the text replaces the one before on the same line. */
  readonly inPlace: boolean;
  /** Whether the last state is shown too. Lines for people leave that to the summary. */
  readonly showsEnd: boolean;
  render(view: ProgressView): string;
}

/** What a terminal offers. */
export interface BarOptions {
  readonly columns: number;
  readonly color: boolean;
}

const barInterval = 100;
const lineInterval = 10_000;
const jsonInterval = 1000;
/** The rate is of about the last 10 s, or of the last quarter of a longer run, so that slow records show one too. */
const memory = 10_000;
const memoryShare = 0.25;
const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** ` 76%|███████▌  | 7568/10000 [00:33<00:10, 229/s] 3 failed`, cut to the terminal's width. */
export function barStyle(options: BarOptions): ProgressStyle {
  return {
    interval: barInterval,
    inPlace: true,
    showsEnd: true,
    render(view) {
      const failed = view.failed > 0 ? ` ${view.failed} failed` : "";
      const rate = view.rate === undefined ? "?/s" : formatRate(view.rate);
      const room = Math.max(options.columns - 1, 10);
      let text: string;
      if (view.total === undefined) {
        text = `${view.done} done [${formatClock(view.elapsed)}, ${rate}]`;
      } else {
        const share = view.total === 0 ? 1 : Math.min(view.done / view.total, 1);
        const left = view.left === undefined ? "?" : formatClock(view.left);
        const head = `${String(Math.floor(share * 100)).padStart(3)}%`;
        const tail = `${view.done}/${view.total} [${formatClock(view.elapsed)}<${left}, ${rate}]`;
        const width = Math.min(room - head.length - tail.length - failed.length - 3, 40);
        text = width < 4 ? `${head} ${tail}` : `${head}|${bar(share, width)}| ${tail}`;
      }
      const fits = text.slice(0, room);
      const rest = failed.slice(0, Math.max(0, room - text.length));
      return options.color && rest ? `${fits}\u001B[31m${rest}\u001B[39m` : fits + rest;
    },
  };
}

/** `7568 of 10000 (75%), 229/s, 3 failed, 00:10 left`, a line every 10 s; the summary has the end. */
export const plainStyle: ProgressStyle = {
  interval: lineInterval,
  inPlace: false,
  showsEnd: false,
  render(view) {
    const parts = [
      view.total === undefined
        ? `${view.done} done`
        : `${view.done} of ${view.total} (${view.total === 0 ? 100 : Math.floor((view.done / view.total) * 100)}%)`,
    ];
    if (view.rate !== undefined) parts.push(formatRate(view.rate));
    if (view.failed > 0) parts.push(`${view.failed} failed`);
    if (view.left !== undefined && view.left > 0) parts.push(`${formatClock(view.left)} left`);
    return parts.join(", ");
  },
};

/** One JSON object a line, every second: times in ms, rate in records per second, null where unknown. */
export const jsonStyle: ProgressStyle = {
  interval: jsonInterval,
  inPlace: false,
  showsEnd: true,
  render: (view) =>
    JSON.stringify({
      done: view.done,
      failed: view.failed,
      running: view.running,
      total: view.total ?? null,
      elapsed: Math.round(view.elapsed),
      rate: view.rate === undefined ? null : Number(view.rate.toFixed(3)),
      left: view.left === undefined ? null : Math.round(view.left),
    }),
};

function bar(share: number, width: number): string {
  const filled = Math.floor(share * width * 8);
  const text = "█".repeat(Math.floor(filled / 8)) + (eighths[filled % 8] ?? "");
  return text.padEnd(width);
}

/** What decides how progress is shown. */
export interface Surroundings {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The style for `--progress`; undefined shows nothing. `auto` draws a bar on a terminal, and plain lines where stderr
 * is none, where `CI` is set, or on a terminal that can't move its cursor. `NO_COLOR` is respected.
 */
export function chooseStyle(kind: ProgressKind, around: Surroundings): ProgressStyle | undefined {
  const { env } = around;
  const canDraw = around.isTTY && env["TERM"] !== "dumb" && !env["CI"];
  const chosen = kind === "auto" ? (canDraw ? "bar" : "plain") : kind;
  switch (chosen) {
    case "bar":
      return barStyle({
        columns: around.columns,
        color: around.isTTY && !env["NO_COLOR"] && env["TERM"] !== "dumb",
      });
    case "plain":
      return plainStyle;
    case "json":
      return jsonStyle;
    default:
      return undefined;
  }
}

const eraseLine = "\r\u001B[K";

/** Shows a run's state in a style, at its pace, and lets other lines through. */
export class Progress {
  readonly #style: ProgressStyle | undefined;
  readonly #write: (text: string) => void;
  readonly #clock: Clock;
  readonly #start: number;
  #state: ProgressState = { done: 0, failed: 0, running: 0, total: undefined };
  #timer: Timer | undefined;
  #drawn = false;
  #ended = false;
  /** Records per ms, weighted by age, and the sum of the weights: their quotient is unbiased from the start. */
  #weightedRate = 0;
  #weight = 0;
  #lastDone = 0;
  #lastTime: number;

  constructor(style: ProgressStyle | undefined, write: (text: string) => void, clock: Clock) {
    this.#style = style;
    this.#write = write;
    this.#clock = clock;
    this.#start = this.#lastTime = clock.now();
    if (style) this.#tick(style);
  }

  /** Takes note of a state; it is shown when the time has come. */
  update(state: ProgressState): void {
    this.#state = state;
  }

  /** Writes a line of its own, with the bar out of its way. */
  line(text: string): void {
    this.#erase();
    this.#write(text.endsWith("\n") ? text : `${text}\n`);
    if (this.#style?.inPlace && !this.#ended) this.#draw(this.#style);
  }

  /** Shows the last state where the style does, and stops. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.cancel();
    if (!this.#style?.showsEnd) return;
    this.#draw(this.#style);
    if (this.#style.inPlace) this.#write("\n");
    this.#drawn = false;
  }

  #tick(style: ProgressStyle): void {
    this.#timer = this.#clock.setTimer(() => {
      this.#draw(style);
      this.#tick(style);
    }, style.interval);
  }

  #draw(style: ProgressStyle): void {
    this.#erase();
    this.#write(style.render(this.#view()) + (style.inPlace ? "" : "\n"));
    this.#drawn = style.inPlace;
  }

  #erase(): void {
    if (this.#drawn) this.#write(eraseLine);
    this.#drawn = false;
  }

  #view(): ProgressView {
    const now = this.#clock.now();
    const elapsed = now - this.#start;
    const { done, total } = this.#state;
    const passed = now - this.#lastTime;
    if (passed > 0) {
      const kept = Math.exp(-passed / Math.max(memory, elapsed * memoryShare));
      this.#weightedRate = this.#weightedRate * kept + ((done - this.#lastDone) / passed) * (1 - kept);
      this.#weight = this.#weight * kept + (1 - kept);
      this.#lastDone = done;
      this.#lastTime = now;
    }
    const recent = this.#weight > 0 ? (this.#weightedRate / this.#weight) * 1000 : undefined;
    // the last word is the mean of the whole run
    const rate = this.#ended && elapsed > 0 ? (done / elapsed) * 1000 : recent;
    const known = total !== undefined && rate !== undefined && rate > 0;
    return {
      ...this.#state,
      elapsed,
      rate: done > 0 ? rate : undefined,
      left: known ? (Math.max(total - done, 0) / rate) * 1000 : undefined,
    };
  }
}
