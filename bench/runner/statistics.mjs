// Medians, spreads and ratios: all the arithmetic there is between a measurement and a verdict.

/** The value below which a share of the values lies, between two neighbours in proportion. */
export function quantile(values, share) {
  if (values.length === 0) throw new RangeError("no values");
  const sorted = values.toSorted((one, other) => one - other);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  return below + (above - below) * (at - Math.floor(at));
}

export const median = (values) => quantile(values, 0.5);

/** Median, lowest and highest; `undefined` where there is nothing to tell of. */
export function spreadOf(values) {
  if (values.length === 0) return undefined;
  return { median: median(values), lowest: Math.min(...values), highest: Math.max(...values) };
}

/**
 * How many times better one is than another, round by round, so that both sides of a ratio come from the same
 * minutes. 2 is twice as good, whichever direction is better.
 * @param ours - values by round; `undefined` where a round has none.
 * @param theirs - the same of the other.
 * @param better - `"higher"` or `"lower"`.
 */
export function ratiosByRound(ours, theirs, better) {
  return ours.flatMap((own, round) => {
    const other = theirs[round];
    if (own === undefined || other === undefined) return [];
    return [better === "higher" ? own / other : other / own];
  });
}

/**
 * The best of several by the median of their rounds. Not the best of each round: of ten that are alike, one is
 * always lucky, and nobody keeps up with that one.
 * @param candidates - values by round, by name.
 * @returns its name; `undefined` where nobody has a value.
 */
export function bestOf(candidates, better) {
  const sign = better === "higher" ? 1 : -1;
  const medians = Object.entries(candidates).flatMap(([name, values]) => {
    const known = values.filter((value) => value !== undefined);
    return known.length === 0 ? [] : [{ name, rank: sign * median(known) }];
  });
  return medians.toSorted((one, other) => other.rank - one.rank)[0]?.name;
}

/**
 * Judges the values of a goal.
 * @param values - one a round.
 * @param goal - `atLeast` or `atMost`; `statistic: "best"` takes the best round instead of the median;
 * `parity` is also met when a quarter of the rounds reach it: the two are not told apart then.
 * @returns `verdict`, and whether even the best round misses the goal by more than a factor of two.
 */
export function judge(values, { atLeast, atMost, statistic = "median", parity = false }) {
  const spread = spreadOf(values);
  if (!spread) return { verdict: "not measured", absurd: false };
  const upwards = atLeast !== undefined;
  const reaches = (value) => (upwards ? value >= atLeast : value <= atMost);
  const best = upwards ? spread.highest : spread.lowest;
  const measured = statistic === "best" ? best : spread.median;
  const upperQuarter = quantile(values, upwards ? 0.75 : 0.25);
  const verdict = reaches(measured)
    ? "met"
    : parity && reaches(upperQuarter)
      ? "met within spread"
      : "not met";
  return { verdict, measured, spread, absurd: upwards ? best < atLeast / 2 : best > atMost * 2 };
}
