// A run of the benchmark: rounds of measurements, and what they found.
import { sizeOf } from "../rows/index.mjs";
import { loadNow } from "./machine.mjs";
import { planRound } from "./plan.mjs";
import { measureInProcess } from "./processes.mjs";
import { median } from "./statistics.mjs";

/** Threads of each pool; the goals are set for two. */
export const workers = 2;

/** The medians of some measurements of the same thing; a failure is told as it is. */
function together(outcomes) {
  const odd = outcomes.find(({ metrics }) => metrics === undefined);
  if (odd) return odd;
  const names = Object.keys(outcomes[0].metrics);
  const medianOf = (name) => median(outcomes.map(({ metrics }) => metrics[name]));
  return { metrics: Object.fromEntries(names.map((name) => [name, medianOf(name)])) };
}

/** Four digits say all there is. */
function rounded({ metrics, ...rest }) {
  if (!metrics) return rest;
  const entries = Object.entries(metrics).map(([name, value]) => [name, Number(value.toPrecision(4))]);
  return { metrics: Object.fromEntries(entries) };
}

/**
 * Measures round after round, and adds to `results`: `{ [row]: { [contender]: outcomes by round } }`.
 * @param run - `binary`, `nodeMajor`, `quick`, `rounds`, and what `planRound` goes by.
 * @param report - called after each measurement.
 * @param roundDone - called after each round.
 */
export async function measureRounds(run, { results, report, roundDone = () => {} }) {
  const { binary, nodeMajor, quick, rounds } = run;
  const calibration = await measureInProcess({ binary, nodeMajor, request: { calibrate: true } });
  if (!calibration.metrics) throw new Error(`the machine could not be calibrated: ${calibration.failed}`);
  const loads = [];
  for (let round = 0; round < rounds; round++) {
    const before = loadNow();
    for (const { row, contender } of planRound(round, run)) {
      const size = sizeOf(row, contender, quick);
      const request = { row: row.name, contender, size, workers, ...calibration.metrics };
      const outcomes = [];
      const repeats = quick ? 1 : (row.repeats ?? 1);
      for (let i = 0; i < repeats; i++)
        outcomes.push(await measureInProcess({ binary, nodeMajor, request, limit: row.limit }));
      const outcome = together(outcomes);
      const ofRow = (results[row.name] ??= {});
      (ofRow[contender] ??= [])[round] = rounded(outcome);
      report({ round, row, contender, outcome });
    }
    loads.push({ before, after: loadNow() });
    roundDone(loads);
  }
  return loads;
}
