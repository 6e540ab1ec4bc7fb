// Targets of the tests: exports, so that threads import them from here.
import { setImmediate } from "node:timers/promises";
import { currentThread, enumerate, mainThread, Thread, type ThreadInfo } from "ungil/threading";

export function nothing(): void {}

export async function waitForever(): Promise<void> {
  await new Promise(() => {});
}

/** What a thread tells of another. */
export interface Told {
  readonly name: string;
  readonly ident: number | null;
  readonly daemon: boolean;
  readonly isAlive: boolean;
}

export const tellOf = (thread: ThreadInfo): Told => ({
  name: thread.name,
  ident: thread.ident,
  daemon: thread.daemon,
  isAlive: thread.isAlive(),
});

export const tellOfCurrent = (): Told & { readonly nativeId: number | null } => ({
  ...tellOf(currentThread()),
  nativeId: currentThread().nativeId,
});

/** Names of all threads, and whether each is always the same object. */
export function tellOfAll(): { names: string[]; areSame: boolean; main: Told } {
  const threads = enumerate();
  const others = enumerate();
  return {
    names: threads.map(({ name }) => name),
    areSame:
      threads.every((each, at) => each === others[at]) &&
      threads.includes(currentThread()) &&
      threads.includes(mainThread()),
    main: tellOf(mainThread()),
  };
}

/** Messages of what each use throws; `"done"` for what does not. */
export function outcomesOf(uses: readonly (() => unknown)[]): unknown[] {
  return uses.map((use) => {
    try {
      use();
      return "done";
    } catch (error) {
      return (error as Error).message;
    }
  });
}

/** Starts a thread that starts another, and waits at the gate with it. */
export async function startAnother(cells: Int32Array, depth: number, daemon: boolean): Promise<void> {
  if (depth > 0) new Thread({ target: startAnother, args: [cells, depth - 1, daemon], daemon }).start();
  Atomics.add(cells, 1, 1);
  while (Atomics.load(cells, 0) === 0) await setImmediate();
}
