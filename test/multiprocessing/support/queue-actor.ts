// A process of the property test: does to a queue what it is told, and tells what came of it.
import type { Connection, Queue } from "ungil/multiprocessing";

/** What is to be done. */
export interface Step {
  readonly id: number;
  readonly queue: Queue<string>;
  readonly op: "put" | "get" | "putNowait" | "getNowait";
  readonly item: string;
  /** ms; undefined for no limit. */
  readonly timeout: number | undefined;
  /** After how many turns of the event loop the call is given up; undefined for not at all. */
  readonly cancelAfter: number | undefined;
}

/** What came of it. */
export interface Done {
  readonly id: number;
  /** The item for a `get`, null for a `put`; undefined for what failed. */
  readonly item: string | null | undefined;
  /** Name of the error. */
  readonly error: string | undefined;
}

/** Does one step. */
export async function act({ id, queue, op, item, timeout, cancelAfter }: Step): Promise<Done> {
  const controller = new AbortController();
  if (cancelAfter !== undefined) {
    void (async () => {
      for (let turn = 0; turn < cancelAfter; turn++) await new Promise((resolve) => setImmediate(resolve));
      controller.abort();
    })();
  }
  const { signal } = controller;
  try {
    if (op === "get") return { id, item: await queue.get({ timeout, signal }), error: undefined };
    if (op === "getNowait") return { id, item: await queue.getNowait(), error: undefined };
    await (op === "put" ? queue.put(item, { timeout, signal }) : queue.putNowait(item));
    return { id, item: null, error: undefined };
  } catch (error) {
    return { id, item: undefined, error: (error as Error).name };
  }
}

/** Does what it is told, all at once, until it is not told any more. */
export async function beActor(control: Connection<Done, Step>): Promise<void> {
  const actAndTell = async (step: Step): Promise<void> => control.send(await act(step));
  for await (const step of control) void actAndTell(step);
}
