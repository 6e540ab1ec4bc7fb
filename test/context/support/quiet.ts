// What functions see that call nothing: by accessors, which nobody takes for calls.
import { currentTask } from "ungil";

const here = {
  get id(): number {
    return currentTask().id;
  },
  get context(): unknown {
    return currentTask().context;
  },
};

/** Runs now and again, and was begun by no task. */
let seenLater: string | undefined;
setInterval(() => {
  try {
    seenLater = `task ${currentTask().id}`;
  } catch {
    seenLater = "none";
  }
}, 1).unref();

export const idSeen = (): number => here.id;
export const contextSeen = (): unknown => here.context;

/** What the interval has seen last; waits until it has seen something. */
export async function laterSeen(): Promise<string> {
  seenLater = undefined;
  while (seenLater === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
  return seenLater;
}
