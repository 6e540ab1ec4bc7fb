// What a user writes with threads, and what the compiler says to it.
import { expectTypeOf } from "expect-type";
import type { Future } from "ungil";
import {
  activeCount,
  currentThread,
  type Excepthook,
  enumerate,
  local,
  mainThread,
  setExcepthook,
  Thread,
  type ThreadExit,
  type ThreadInfo,
  type ThreadLocal,
} from "ungil/threading";

const greet = (name: string, greeting?: string): string => `${greeting ?? "hello"} ${name}`;

// ---- args fit the target ----
export const made: Thread[] = [
  new Thread({ target: () => {} }),
  new Thread({ target: async () => {} }),
  new Thread({ target: () => {}, args: [] }),
  new Thread({ target: greet, args: ["you"] }),
  new Thread({ target: greet, args: ["you", "hi"] }),
  new Thread({ target: (size = 10) => size }),
  new Thread({ target: console.log, args: ["a", 1, {}] }),
];
// a lambda without annotations gets its parameters' types from the arguments
export const inferred = new Thread({
  target: (a, b) => {
    expectTypeOf(a).toEqualTypeOf<number>();
    expectTypeOf(b).toEqualTypeOf<SharedArrayBuffer>();
  },
  args: [1, new SharedArrayBuffer(4)],
});
// @ts-expect-error the target takes a string
export const wrong1 = new Thread({ target: greet, args: [5] });
// @ts-expect-error an argument is missing
export const wrong2 = new Thread({ target: greet, args: [] });
// @ts-expect-error all arguments are missing
export const wrong3 = new Thread({ target: greet });
// @ts-expect-error one too many
export const wrong4 = new Thread({ target: () => {}, args: [1] });
// @ts-expect-error a target is a function
export const wrong5 = new Thread({ target: "work" });
// @ts-expect-error there is nothing to run
export const wrong6 = new Thread({});
// @ts-expect-error a thread has no working directory of its own
export const wrong7 = new Thread({ target: () => {}, cwd: "/" });

// ---- settings ----
export const set: Thread = new Thread({
  target: greet,
  args: ["you"],
  name: "greeter",
  daemon: true,
  env: { ...process.env, LANG: "C" },
  execArgv: ["--no-warnings"],
  resourceLimits: { maxOldGenerationSizeMb: 64 },
});
set.daemon = false;
// @ts-expect-error a name is for good
set.name = "other";

// ---- what it tells ----
expectTypeOf(set.start()).toEqualTypeOf<void>();
expectTypeOf(set.join({ timeout: 5, signal: AbortSignal.timeout(5) })).toEqualTypeOf<Promise<boolean>>();
expectTypeOf(set.ident).toEqualTypeOf<number | null>();
expectTypeOf(set.nativeId).toEqualTypeOf<number | null>();
expectTypeOf(set.exitCode).toEqualTypeOf<number | null>();
expectTypeOf(set.isAlive()).toEqualTypeOf<boolean>();
expectTypeOf(set.terminate()).toEqualTypeOf<void>();
expectTypeOf(set.sentinel).toEqualTypeOf<Future<ThreadExit>>();
expectTypeOf<ThreadExit["reason"]>().toEqualTypeOf<"exit" | "out-of-memory" | "terminated">();
expectTypeOf(set).toExtend<AsyncDisposable>();

// ---- which threads there are ----
expectTypeOf(set).toExtend<ThreadInfo>();
expectTypeOf(currentThread()).toEqualTypeOf<ThreadInfo>();
expectTypeOf(mainThread()).toEqualTypeOf<ThreadInfo>();
expectTypeOf(enumerate()).toEqualTypeOf<ThreadInfo[]>();
expectTypeOf(activeCount()).toEqualTypeOf<number>();
// @ts-expect-error only the thread that made a thread can end it
currentThread().terminate();

// ---- storage of each thread's own ----
expectTypeOf(local(() => 5)).toEqualTypeOf<ThreadLocal<number>>();
expectTypeOf(local<string>()).toEqualTypeOf<ThreadLocal<string | undefined>>();
expectTypeOf(local().value).toEqualTypeOf<unknown>();
// @ts-expect-error the value is a number
local(() => 5).value = "five";

// ---- errors ----
expectTypeOf(
  setExcepthook(({ error, thread }) => console.error(thread.name, error)),
).toEqualTypeOf<Excepthook>();
expectTypeOf(setExcepthook(null)).toEqualTypeOf<Excepthook>();
// @ts-expect-error a hook is a function
setExcepthook("print");
