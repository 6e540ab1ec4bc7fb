// What the adviser picks, beside an exhaustive measurement of all plans: npm run bench:advise [-- options] [function…]
//   --budget MS   what the adviser may take for a function (10000)
//   --rounds N    rounds of all plans, and of the pick against the best of them (7)
// Method and a table: bench/advise/README.md
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { checkSamplesRun } from "../../dist/lab/advise/check.js";
import { Contender } from "../../dist/lab/advise/contender.js";
import { checkAdviseOptions } from "../../dist/lab/advise/options.js";
import { firstPlans, inline, planName, plansBeside } from "../../dist/lab/advise/plan.js";
import { Pools } from "../../dist/lab/advise/pools.js";
import { profileFunction } from "../../dist/lab/advise/profile.js";
import { Standings } from "../../dist/lab/advise/standings.js";
import { Workload } from "../../dist/lab/advise/workload.js";
import { advise } from "../../dist/lab/index.js";
import { functions } from "./functions.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { budget: { type: "string", default: "10000" }, rounds: { type: "string", default: "7" } },
});
const budget = Number(values.budget);
const rounds = Number(values.rounds);
const runTime = 100;
/** Plans that are behind by more are measured twice, and no more. */
const farBehind = 3;

const load = () => loadavg()[0].toFixed(1);

/** Measures all plans in turn. */
async function exhaustive(fn, samples, pick) {
  const options = checkAdviseOptions({ budget });
  const { tried, threadRefusal, unsendable } = await checkSamplesRun(fn, samples, options);
  const workload = new Workload(tried, 4 * runTime);
  const profile = await profileFunction(fn, workload, { budget: 1_000, timeout: 30_000 });
  const executors = [
    "inline",
    "async",
    ...(threadRefusal ? [] : ["thread"]),
    ...(unsendable ? [] : ["process"]),
  ];
  const { asynchronous, time: callTime, inputBytes, outputBytes } = profile;
  const bytes = inputBytes + outputBytes;
  const pools = new Pools(undefined);
  const course = { fn, workload, asynchronous, runTime, timeout: 30_000, callTime, bytes, pools };
  const standings = new Standings();
  const contenders = [];
  const start = async (plan) => {
    if (contenders.some((each) => planName(each.plan) === planName(plan))) return;
    const contender = new Contender(plan, course);
    contenders.push(contender);
    standings.estimate(plan, await contender.start());
  };
  try {
    for (const plan of firstPlans({ ...options, asynchronous, executors })) await start(plan);
    // as the adviser does beside one pool, beside each of them
    for (const { plan, items } of [...contenders])
      for (const other of plansBeside(plan, items)) await start(other);
    // whose runs may have had more items, and so larger chunks
    await start(pick);
    const plans = contenders.map(({ plan }) => plan);
    for (let round = 0; round < rounds; round++) {
      const leader = standings.leader(plans);
      for (const contender of contenders) {
        const behind = standings.ratio(contender.plan, leader)?.median ?? 1;
        const needed = round < 2 || behind <= farBehind || contender.plan === inline;
        if (needed) standings.record(contender.plan, round, await contender.run());
      }
    }
    const best = standings.leader(plans);
    // the pick against the best, by themselves: of many that are alike the quickest is a lucky one
    const pair = [pick, best].map((plan) =>
      contenders.find((each) => planName(each.plan) === planName(plan)),
    );
    const duel = new Standings();
    if (planName(pick) !== planName(best)) {
      for (let round = 0; round < 2 * rounds; round++) {
        const order = round % 2 === 0 ? pair : pair.toReversed();
        for (const contender of order) duel.record(contender.plan, round, await contender.run());
      }
    }
    return { best, standings, duel };
  } finally {
    for (const contender of contenders) await contender.close();
  }
}

const range = (spread) =>
  spread ? `${number(spread.median)} (${number(spread.low)} to ${number(spread.high)})` : "–";
const number = (value) => String(Number(value.toPrecision(value >= 100 ? 3 : 2)));

function verdict(pick, best, ratio) {
  if (planName(pick) === planName(best)) return "the best";
  if (ratio.median <= 1.1) return "within 10 %";
  return ratio.low <= 1.1 ? "not told apart" : "MISSED";
}

const names = positionals.length > 0 ? positionals : Object.keys(functions);
console.log(
  `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}), load ${load()} at the start`,
);
console.log(
  `adviser's budget ${budget} ms, ${rounds} rounds of all plans, ${2 * rounds} of pick against best\n`,
);
console.log(
  "| function | adviser's pick | its gain there | best of all | its gain | pick's time / best's | verdict | load |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
let missed = 0;
for (const name of names) {
  const { fn, samples } = functions[name];
  const advice = await advise(fn, samples, { budget });
  const { best, standings, duel } = await exhaustive(fn, samples, advice.plan);
  const ratio = duel.ratio(advice.plan, best) ?? { median: 1, low: 1, high: 1 };
  const judged = verdict(advice.plan, best, ratio);
  if (judged === "MISSED") missed++;
  const cells = [
    name,
    planName(advice.plan),
    range(advice.gain),
    planName(best),
    range(standings.ratio(inline, best)),
    range(ratio),
    judged,
    load(),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
console.log(
  `\nload ${load()} at the end; ${names.length - missed} of ${names.length} picks are the best, within 10 %, or not told apart from it`,
);
process.exitCode = missed === 0 ? 0 : 1;
