// What a user writes with processes, and what the compiler says to it.
import { expectTypeOf } from "expect-type";
import type { Future } from "ungil";
import {
  activeChildren,
  currentProcess,
  type ParentProcess,
  Process,
  type ProcessExit,
  type ProcessInfo,
  parentProcess,
} from "ungil/multiprocessing";

const greet = (name: string, greeting?: string): string => `${greeting ?? "hello"} ${name}`;
const sum = (first: number, ...others: number[]): number => others.reduce((a, b) => a + b, first);

// ---- args fit the target ----
export const made: Process[] = [
  new Process({ target: () => {} }),
  new Process({ target: async () => {} }),
  new Process({ target: () => {}, args: [] }),
  new Process({ target: greet, args: ["you"] }),
  new Process({ target: greet, args: ["you", "hi"] }),
  new Process({ target: sum, args: [1] }),
  new Process({ target: sum, args: [1, 2, 3] }),
  new Process({ target: (size = 10) => size }),
  new Process({ target: (size = 10) => size, args: [5] }),
  new Process({ target: console.log, args: ["a", 1, {}] }),
  new Process({ target: (value: string | number) => value, args: [1] }),
];
// a lambda without annotations gets its parameters' types from the arguments
export const inferred = new Process({
  target: (a, b) => {
    expectTypeOf(a).toEqualTypeOf<number>();
    expectTypeOf(b).toEqualTypeOf<string>();
  },
  args: [1, "a"],
});
declare const pair: readonly [string, string];
made.push(new Process({ target: greet, args: pair }));
// @ts-expect-error the target takes a string
export const wrong1 = new Process({ target: greet, args: [5] });
// @ts-expect-error an argument is missing
export const wrong2 = new Process({ target: greet, args: [] });
// @ts-expect-error all arguments are missing
export const wrong3 = new Process({ target: greet });
// @ts-expect-error one too many
export const wrong4 = new Process({ target: greet, args: ["you", "hi", "there"] });
// @ts-expect-error one too many
export const wrong5 = new Process({ target: () => {}, args: [1] });
// @ts-expect-error a target is a function
export const wrong6 = new Process({ target: "work" });
// @ts-expect-error there is nothing to run
export const wrong7 = new Process({});
// @ts-expect-error no such option
export const wrong8 = new Process({ target: () => {}, demon: true });

// ---- settings ----
export const set: Process = new Process({
  target: greet,
  args: ["you"],
  name: "greeter",
  daemon: true,
  env: { ...process.env, LANG: "C" },
  cwd: undefined,
  execArgv: ["--no-warnings"],
  execPath: process.execPath,
});
set.daemon = false;
// @ts-expect-error a name is for good
set.name = "other";

// ---- what it tells ----
expectTypeOf(set.start()).toEqualTypeOf<void>();
expectTypeOf(set.join({ timeout: 5, signal: AbortSignal.timeout(5) })).toEqualTypeOf<Promise<boolean>>();
expectTypeOf(set.pid).toEqualTypeOf<number | null>();
expectTypeOf(set.exitCode).toEqualTypeOf<number | null>();
expectTypeOf(set.signal).toEqualTypeOf<NodeJS.Signals | null>();
expectTypeOf(set.sentinel).toEqualTypeOf<Future<ProcessExit>>();
expectTypeOf(set).toExtend<AsyncDisposable>();
expectTypeOf(activeChildren()).toEqualTypeOf<Process[]>();
expectTypeOf(currentProcess()).toEqualTypeOf<ProcessInfo>();
expectTypeOf(parentProcess()).toEqualTypeOf<ParentProcess | null>();
