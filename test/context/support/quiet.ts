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

/** Told now and again, by what no task has begun. */
const listeners: ((seen: string) => void)[] = [];
setInterval(() => {
  let seen = "none";
  try {
    seen = `task ${currentTask().id}`;
  } catch {
    // there is none, as it should be
  }
  for (const tell of listeners.splice(0)) tell(seen);
}, 1).unref();

export const idSeen = (): number => here.id;
export const contextSeen = (): unknown => here.context;

/** What the interval sees next. */
export const laterSeen = (): Promise<string> => new Promise((resolve) => listeners.push(resolve));
