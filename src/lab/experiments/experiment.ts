import { InvalidArgumentError } from "../../errors.js";
import { checkInteger, checkOneOf, checkOptionNames, checkSignal } from "../../validate.js";
import type { Figure } from "./figures.js";

/** What all experiments can be told. */
export interface ExperimentOptions {
  /** How often each thing is measured, in turn with the others. Default 5. */
  readonly rounds?: number | undefined;
  /** Ends it between two measurements. */
  readonly signal?: AbortSignal | undefined;
}

/** How much time experiments take: some seconds in all, about a minute, some minutes. */
export type Effort = "quick" | "normal" | "thorough";

/** What an experiment found, for people. */
export interface Findings {
  /** What one sees, in a sentence. */
  readonly sees: string;
  /** What to do about it, in a sentence. */
  readonly advice: string;
  /** What has to be known to read the figures: what a name means, what could not be measured, and why. */
  readonly notes?: readonly string[] | undefined;
  readonly figures: readonly Figure[];
}

/** What an {@link Experiment} answers. */
export interface ExperimentReport extends Findings {
  readonly name: string;
  readonly title: string;
  readonly notes: readonly string[];
  /** What the experiment's function answered; JSON holds it. */
  readonly result: object;
}

/** An experiment as `ungil lab` runs it. */
export interface Experiment {
  /** As `--only` calls it. */
  readonly name: string;
  readonly title: string;
  /** @throws the signal's reason; InvalidArgumentError for a bad option. */
  run(options?: {
    readonly effort?: Effort | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<ExperimentReport>;
}

/** What makes an experiment of a function. */
export interface ExperimentDefinition<O extends ExperimentOptions, R extends object> {
  readonly name: string;
  readonly title: string;
  /** The function's options for each effort. */
  readonly options: Readonly<Record<Effort, O>>;
  run(options: O): Promise<R>;
  /** What it found, in words and figures: a pure function. */
  explain(result: R): Findings;
}

/** An experiment and what it is made of. */
export interface DefinedExperiment<O extends ExperimentOptions, R extends object> extends Experiment {
  readonly definition: ExperimentDefinition<O, R>;
}

const efforts: readonly Effort[] = ["quick", "normal", "thorough"];

/** An experiment that `ungil lab` can run, made of a function. */
export function defineExperiment<O extends ExperimentOptions, R extends object>(
  definition: ExperimentDefinition<O, R>,
): DefinedExperiment<O, R> {
  const { name, title } = definition;
  return {
    name,
    title,
    definition,
    async run(options = {}) {
      checkOptionNames("options", options, ["effort", "signal"]);
      const { effort = "normal", signal } = options;
      checkOneOf("effort", effort, efforts);
      const result = await definition.run({ ...definition.options[effort], signal });
      const { notes = [], ...findings } = definition.explain(result);
      return { name, title, notes, ...findings, result };
    },
  };
}

/** Checks the options that all have, and that there are no others than those and the named ones. */
export function checkExperiment(
  options: ExperimentOptions,
  names: readonly string[],
): { readonly rounds: number; readonly signal: AbortSignal | undefined } {
  checkOptionNames("options", options, ["rounds", "signal", ...names]);
  const { rounds = 5, signal } = options;
  checkInteger("rounds", rounds, 1);
  if (signal !== undefined) checkSignal("signal", signal);
  signal?.throwIfAborted();
  return { rounds, signal };
}

/** Checks a list of whole numbers, such as numbers of threads. */
export function checkCounts(argument: string, value: unknown): readonly number[] {
  const isList =
    Array.isArray(value) && value.length > 0 && value.every((each) => Number.isInteger(each) && each >= 1);
  if (!isList) throw new InvalidArgumentError(argument, value, "a list of whole numbers of at least 1");
  return [...new Set(value as number[])].toSorted((one, other) => one - other);
}

/** Checks a length of time in ms that has to be some. */
export function checkLength(argument: string, value: unknown): number {
  if (typeof value !== "number" || !(value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError(argument, value, "a time in ms above 0");
  return value;
}
