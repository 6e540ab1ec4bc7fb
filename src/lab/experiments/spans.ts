import type { GilEvent } from "../gil/timeline.js";
import type { FigureSpan } from "./figures.js";

/**
 * Who had the Gil, and who waited for it, in a part of its time.
 * @param length - ms of that part.
 * @param start - when it begins, in ms since the Gil was made; the default is when it was first taken.
 */
export function spansOf(
  events: readonly GilEvent[],
  length: number,
  start = events.find(({ kind }) => kind === "take")?.time,
): FigureSpan[] {
  if (start === undefined || events.length === 0) return [];
  const end = start + length;
  const names = new Map<number, string>();
  const open = new Map<number, { kind: FigureSpan["kind"]; since: number }>();
  const spans: FigureSpan[] = [];
  const nameOf = (thread: number): string => {
    const name = names.get(thread) ?? `thread ${names.size + 1}`;
    names.set(thread, name);
    return name;
  };
  const close = (thread: number, time: number): void => {
    const before = open.get(thread);
    open.delete(thread);
    if (!before) return;
    const from = Math.max(before.since, start) - start;
    const to = Math.min(time, end) - start;
    if (to > from) spans.push({ row: nameOf(thread), kind: before.kind, from, to });
  };
  for (const { kind, threadId, time } of events) {
    if (kind === "request") continue;
    close(threadId, time);
    if (kind !== "drop") open.set(threadId, { kind: kind === "take" ? "runs" : "waits", since: time });
  }
  const last = Math.min(end, events.at(-1)!.time);
  for (const thread of open.keys()) close(thread, last);
  return spans;
}
