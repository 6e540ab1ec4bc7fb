/**
 * Durations as people write and read them.
 *
 * @module
 */
import { UsageError } from "./usage-error.js";

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

/**
 * `500ms`, `30s`, `1.5m`, `2h` in ms. A number without a unit is refused: half the tools mean seconds, half ms.
 * @param option - the option as the user wrote it, for the message.
 */
export function parseDuration(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|min|h)$/.exec(text);
  const unit = units[match?.[2] ?? ""];
  const value = Number(match?.[1]) * (unit ?? Number.NaN);
  if (unit === undefined || value <= 0) {
    const remedy = /^\d+(\.\d+)?$/.test(text) && Number(text) > 0 ? `: write ${text}s or ${text}ms` : "";
    throw new UsageError(`${option} must be a duration such as 500ms, 30s or 5m, got "${text}"${remedy}`);
  }
  return value;
}

/** A pause before each further try, in ms: `from` at first, doubled each time, never more than `to`. */
export interface Backoff {
  readonly from: number;
  readonly to: number;
}

/** `1s` is the same pause each time, `100ms..10s` grows by doubling. */
export function parseBackoff(option: string, text: string): Backoff {
  const [first = "", last, ...rest] = text.split("..");
  if (rest.length > 0) throw new UsageError(`${option} must be a duration or FROM..TO, got "${text}"`);
  const from = parseDuration(option, first);
  const to = last === undefined ? from : parseDuration(option, last);
  if (to < from) throw new UsageError(`${option} must not end below its start, got "${text}"`);
  return { from, to };
}

/** The pause after attempt 1, 2, … failed, in ms. */
export function pauseAfter(backoff: Backoff, attempt: number): number {
  return Math.min(backoff.from * 2 ** (attempt - 1), backoff.to);
}

/** A time in ms for a summary: `7 µs`, `0.42 ms`, `38 ms`, `2.61 s`, `43.7 s`, `3 min 20 s`. */
export function formatDuration(ms: number): string {
  if (ms < 0.1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 1) return `${trimmed(ms, 2)} ms`;
  if (ms < 10) return `${trimmed(ms, 1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A time in ms on a clock face: `00:33`, `1:02:07`. */
export function formatClock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const tail = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
