import { InvalidArgumentError } from "../../errors.js";
import { checkFunction, checkInteger, checkOptionNames, checkSignal } from "../../validate.js";

/** How {@link interleave} measures. */
export interface InterleaveOptions {
  /** How often each is measured. */
  readonly rounds: number;
  /** Rounds before those, which are not counted: code gets compiled, workers start. Default 1. */
  readonly warmUps?: number | undefined;
  /** Ends it between two measurements. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measures several things in turn, round by round: what else the machine does meanwhile meets all of them. Each round
 * begins with another one, so that none is always the one after a certain other.
 * @param candidates - what answers one measurement, by name.
 * @returns the measurements of each, by round.
 * @throws what a measurement throws; the signal's reason; InvalidArgumentError.
 */
export async function interleave<K>(
  candidates: ReadonlyMap<K, () => number | Promise<number>>,
  options: InterleaveOptions,
): Promise<Map<K, number[]>> {
  if (!(candidates instanceof Map)) throw new InvalidArgumentError("candidates", candidates, "a Map");
  for (const [name, measure] of candidates) checkFunction(`candidates.get(${String(name)})`, measure);
  if (options === undefined)
    throw new InvalidArgumentError("options", options, "an object of options, with rounds");
  checkOptionNames("options", options, ["rounds", "warmUps", "signal"]);
  const { signal, warmUps = 1 } = options;
  if (signal !== undefined) checkSignal("signal", signal);
  const rounds = checkInteger("rounds", options.rounds, 1);
  checkInteger("warmUps", warmUps, 0);
  const all = [...candidates];
  const measured = new Map(all.map(([name]): [K, number[]] => [name, []]));
  for (let round = -warmUps; round < rounds; round++) {
    for (let turn = 0; turn < all.length; turn++) {
      signal?.throwIfAborted();
      const [name, measure] = all[(turn + warmUps + round) % all.length]!;
      const value = await measure();
      if (round >= 0) measured.get(name)!.push(value);
    }
  }
  return measured;
}
