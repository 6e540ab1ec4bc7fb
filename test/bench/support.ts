/** What the tests use of `bench/`, which is JavaScript outside of what the compiler is given. */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../project/support/project.js";

export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** What `judge` goes by. */
export interface Target {
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly statistic?: "best";
  readonly parity?: boolean;
}

export interface Goal extends Target {
  readonly row: string;
  readonly metric: string;
  readonly text: string;
  readonly against?: readonly string[];
  readonly checked?: boolean;
}

export interface Verdict {
  readonly verdict: "met" | "met within spread" | "not met" | "not measured";
  readonly measured?: number;
  readonly absurd: boolean;
}

/** A contender's answer in one round. */
export interface Outcome {
  readonly metrics?: Readonly<Record<string, number>>;
  readonly failed?: string;
  readonly unavailable?: string;
}

type Rounds = readonly (number | undefined)[];
type Direction = "higher" | "lower";

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly fullOnly?: boolean;
  readonly warmUp: string;
  readonly metrics: Readonly<Record<string, { readonly title: string; readonly better: Direction }>>;
  readonly contenders: readonly string[];
  readonly floors?: Readonly<Record<string, unknown>>;
  readonly sizes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  measure(context: {
    readonly size: Readonly<Record<string, number>>;
    readonly workers: number;
    work(microseconds: number): number;
    createPool(): Promise<{ run(name: string, argument: number): Promise<unknown> }>;
  }): Promise<Readonly<Record<string, number>>>;
}

interface Statistics {
  quantile(values: readonly number[], share: number): number;
  median(values: readonly number[]): number;
  spreadOf(values: readonly number[]): Spread | undefined;
  ratiosByRound(ours: Rounds, theirs: Rounds, better: Direction): number[];
  bestOf(candidates: Readonly<Record<string, Rounds>>, better: Direction): string | undefined;
  judge(values: readonly number[], target: Target): Verdict;
}

/** By row and contender. */
type RunResults = Readonly<Record<string, Readonly<Record<string, readonly Outcome[]>>>>;

/** By row and text of a goal. */
export type Reached = Readonly<Record<string, Readonly<Record<string, number>>>>;

interface Results {
  judgeGoal(
    goal: Goal,
    row: Pick<Row, "metrics">,
    measured?: Readonly<Record<string, readonly Outcome[]>>,
  ): Verdict & { readonly rival?: string; readonly reason?: string };
  mediansOf(results: RunResults): Reached;
  faultsOf(
    results: RunResults,
    reached?: Reached,
  ): {
    readonly row: string;
    readonly text: string;
  }[];
}

interface Plan {
  contendersOf(
    row: Row,
    options?: { readonly quick?: boolean; readonly wanted?: readonly string[]; readonly python?: boolean },
  ): string[];
  planRound(
    round: number,
    options: { readonly rows?: readonly string[]; readonly quick?: boolean },
  ): { readonly row: Row; readonly contender: string }[];
}

interface Report {
  formatNumber(value: number): string;
  page(runs: readonly unknown[]): string;
}

/** A module of the benchmark. */
async function load<T>(file: string): Promise<T> {
  return (await import(pathToFileURL(path.join(root, "bench", file)).href)) as T;
}

export const statistics = await load<Statistics>("runner/statistics.mjs");
export const { judgeGoal, faultsOf, mediansOf } = await load<Results>("runner/results.mjs");
export const { contendersOf, planRound } = await load<Plan>("runner/plan.mjs");
export const report = await load<Report>("runner/report.mjs");
export const { goals } = await load<{ readonly goals: readonly Goal[] }>("goals.mjs");
export const { rows, sizeOf } = await load<{
  readonly rows: readonly Row[];
  sizeOf(row: Row, contender: string, quick: boolean): Record<string, number>;
}>("rows/index.mjs");
export const { contenders } = await load<{
  readonly contenders: Readonly<Record<string, { readonly kind: string; readonly adapter?: string }>>;
}>("contenders.mjs");
