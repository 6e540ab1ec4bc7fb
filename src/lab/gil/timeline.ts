import type { GilEventKind, GilRecord } from "./record.js";

/** Something that happened to a {@link Gil}. */
export interface GilEvent {
  /**
   * `"wait"`: the thread begins to wait for it. `"take"`: it has it. `"request"`: it asks the holder to drop it.
   * `"drop"`: it gives it back.
   */
  readonly kind: GilEventKind;
  /** Node's number for the thread: `threadId` of `node:worker_threads`, 0 for the main thread. */
  readonly threadId: number;
  /** ms since the Gil was made. */
  readonly time: number;
}

/** What `timeline()` of a {@link Gil} answers. */
export interface GilTimeline {
  /** In the order in which they happened. */
  readonly events: readonly GilEvent[];
  /** How many happened that are not among them. */
  readonly lost: number;
}

/** The events that a record holds. */
export function timelineOf(record: GilRecord, began: bigint): GilTimeline {
  const { events, lost } = record.events();
  return {
    events: events.map(({ kind, thread, time }) => ({
      kind,
      threadId: thread,
      time: Number(time - began) / 1e6,
    })),
    lost,
  };
}
