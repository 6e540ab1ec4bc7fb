// What the goals make of the measurements.
import { goals } from "../goals.mjs";
import { rows } from "../rows/index.mjs";
import { bestOf, judge, ratiosByRound } from "./statistics.mjs";

/** A contender's values of a metric, one a round; `undefined` where the round has none. */
export function valuesOf(measured, contender, metric) {
  return (measured[contender] ?? []).map((outcome) => outcome.metrics?.[metric]);
}

/** ungil's ratios to another in a metric of a row, one a round. */
export function ratiosTo(row, measured, metric, other) {
  const { better } = row.metrics[metric];
  return ratiosByRound(valuesOf(measured, "ungil", metric), valuesOf(measured, other, metric), better);
}

/**
 * Judges a goal by the measurements of its row, `{ contender: outcomes by round }`. `rival` is the one of
 * `against` that it was measured by: the best.
 */
export function judgeGoal(goal, row, measured = {}) {
  const reason = reasonOf(measured.ungil);
  if (!goal.against) {
    const values = valuesOf(measured, "ungil", goal.metric).filter((value) => value !== undefined);
    return { goal, reason, ...judge(values, goal) };
  }
  const candidates = Object.fromEntries(
    goal.against.map((name) => [name, valuesOf(measured, name, goal.metric)]),
  );
  const rival = bestOf(candidates, row.metrics[goal.metric].better);
  const values = rival === undefined ? [] : ratiosTo(row, measured, goal.metric, rival);
  return { goal, reason, rival, ...judge(values, goal) };
}

/** Why a contender has no values, if it says so. */
export function reasonOf(outcomes = []) {
  return outcomes.map(({ failed, unavailable }) => failed ?? unavailable).find((text) => text !== undefined);
}

/** Judges every goal whose row was measured; `results` is `{ [row]: { [contender]: outcomes by round } }`. */
export function judgeAll(results) {
  const rowOf = ({ row }) => rows.find(({ name }) => name === row);
  return goals
    .filter((goal) => results[goal.row])
    .map((goal) => judgeGoal(goal, rowOf(goal), results[goal.row]));
}

/** The median of each goal, `{ [row]: { [text of the goal]: value } }`: what a later check is measured by. */
export function mediansOf(results) {
  const medians = {};
  for (const { goal, spread } of judgeAll(results)) {
    if (!spread || goal.checked === false) continue;
    (medians[goal.row] ??= {})[goal.text] = Number(spread.median.toPrecision(3));
  }
  return medians;
}

/**
 * What a check fails for, by row: ratios that miss even half of their goal, and rows that ungil did not survive.
 * @param reached - see `mediansOf`, of a recorded run with the same sizes: where it misses a goal itself, half of
 *   what it reached counts. Small sizes are colder, and some goals are out of their reach.
 */
export function faultsOf(results, reached = {}) {
  const absurd = judgeAll(results)
    .filter(({ goal, absurd }) => absurd && goal.checked !== false)
    .filter(({ goal, spread }) => {
      const before = reached[goal.row]?.[goal.text];
      if (before === undefined) return true;
      return goal.atLeast === undefined ? spread.lowest > before * 2 : spread.highest < before / 2;
    })
    .map(({ goal, measured }) => ({
      row: goal.row,
      text: `${goal.text}: ${measured.toPrecision(3)} misses even half of it`,
    }));
  const failures = Object.entries(results).flatMap(([row, measured]) =>
    (measured.ungil ?? []).flatMap(({ failed }) => (failed ? [{ row, text: failed }] : [])),
  );
  return [...absurd, ...failures];
}
