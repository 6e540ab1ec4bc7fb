/**
 * What was measured, in sentences.
 *
 * @module
 */
import type { Limit, Machine, Trial } from "./advice.js";
import type { FunctionKind } from "./kind.js";
import { type Plan, planName } from "./plan.js";
import type { FunctionProfile } from "./profile.js";
import type { Scaling } from "./scaling.js";
import { worthwhile } from "./standings.js";
import type { Spread } from "./statistics.js";
import { digits, percent, planInWords, sizeInWords, timeInWords, timesInWords } from "./words.js";

/** What there is to be explained. */
export interface Findings {
  readonly plan: Plan;
  readonly gain: Spread;
  readonly profile: FunctionProfile;
  readonly trials: readonly Trial[];
  readonly scaling: Scaling | undefined;
  readonly breakEven: number | undefined;
  readonly machine: Machine;
  /** Why workers can't run it. */
  readonly refusal: string | undefined;
  /** Most calls in flight that were tried. */
  readonly maxInFlight: number;
}

/** A call below this, in ms, is no longer than handing it to another thread by itself takes. */
const tiny = 0.02;

/** A call that holds the event loop for so many ms is felt by all else that runs on it. */
const felt = 50;

/** From this part on something is busy most of the time. */
const busy = 0.7;

const kinds: Record<FunctionKind, string> = {
  computes: "It computes, and holds its thread meanwhile",
  blocks: "It holds its thread while it waits, without computing",
  waits: "It waits, and its thread is free meanwhile",
  mixed: "It waits, and computes in between",
  parallel: "Other threads of the process compute for it, and its own is free meanwhile",
};

/** The answer in a sentence. */
export function verdictOf({ plan, gain, profile, refusal, trials }: Findings): string {
  if (plan.executor === "inline") {
    const why = whyInline(profile, refusal, bestOther(trials));
    return `Parallelism does not pay here: call it in a plain loop. ${why}`;
  }
  const what = planInWords(plan);
  const faster = `${timesInWords(gain)} as fast as a plain loop`;
  if (plan.executor === "async") return `Use ${what}: ${faster}, and nothing is copied.`;
  return `Use ${what}: ${faster}.`;
}

function whyInline(profile: FunctionProfile, refusal: string | undefined, other: Trial | undefined): string {
  const { time, copyTime, inputBytes, outputBytes, kind } = profile;
  if (refusal !== undefined) return `Workers can't run it: ${refusal.replace(/\.$/, "")}.`;
  if (time < tiny) {
    return `A call takes ${timeInWords(time)}, which is less than it costs to hand it to another thread.`;
  }
  if (copyTime > time / 2) {
    const size = sizeInWords(inputBytes + outputBytes);
    return `A call takes ${timeInWords(time)}, copying its item and result (${size}) to a worker and back ${timeInWords(copyTime)}.`;
  }
  if (kind === "parallel") return "Other threads of the process compute for it already.";
  if (other?.gain && other.gain.median >= worthwhile) {
    return `${planName(other.plan)} measured ${timesInWords(other.gain)} as fast, which can't be told from chance: a longer budget, or a quieter machine, may tell.`;
  }
  return "No other way was faster by more than chance, or by enough to be worth it.";
}

/** Why, and what else to know. */
export function reasonsOf(findings: Findings): string[] {
  const { plan, profile, trials, machine, refusal, breakEven } = findings;
  const { kind, time, copyTime, variation, allocated, longestBlock } = profile;
  const reasons = [
    `${kinds[kind]}: ${timeInWords(time)} a call, its thread held for ${percent(profile.loopShare)} of it.`,
  ];
  const pays = plan.executor !== "inline";
  if (copyTime > time / 10) {
    reasons.push(
      `Its item and result are ${sizeInWords(profile.inputBytes)} and ${sizeInWords(profile.outputBytes)}; copying them takes ${timeInWords(copyTime)}. Binary data that is moved (\`transfer\`) or shared (\`SharedArrayBuffer\`) is not copied.`,
    );
  }
  if (variation > 1) {
    reasons.push(
      `Calls differ much (standard deviation ${digits(variation)} times the mean): ${pays ? "a large fixed chunksize would leave workers without work at the end." : "judge by your own mixture."}`,
    );
  }
  const second = bestOther(trials);
  if (second?.gain) {
    reasons.push(
      `${pays ? "Next" : "The best other way"} was ${planInWords(second.plan)}: ${beside(second.gain)}.`,
    );
  }
  if (pays && refusal !== undefined) reasons.push(`Workers can't run it: ${refusal.replace(/\.$/, "")}.`);
  for (const trial of trials) {
    if (trial.outcome === "failed" && trial.reason !== refusal) {
      reasons.push(`${trial.name} failed: ${trial.reason}`);
    }
  }
  const skipped = trials.filter(({ outcome }) => outcome === "skipped").length;
  if (skipped > 0) reasons.push(`The budget left out ${skipped} other plans: a longer one tries them too.`);
  if (breakEven !== undefined && breakEven > 1) {
    reasons.push(
      Number.isFinite(breakEven)
        ? `Starting the workers is paid for from about ${breakEven} items on.`
        : "Starting the workers is never paid for.",
    );
  }
  if (plan.executor !== "thread" && plan.executor !== "process" && longestBlock > felt) {
    reasons.push(
      `It holds the event loop for up to ${timeInWords(longestBlock)}: in a program that answers others meanwhile, a thread keeps the loop free, faster or not.`,
    );
  }
  if (allocated > 16e6) {
    reasons.push(
      `A call allocates about ${sizeInWords(allocated)}, and ${planInWords(plan)} so much for each call under way.`,
    );
  }
  if (kind === "blocks" && plan.executor !== "inline") {
    reasons.push("Since it waits without computing, more workers than cores may gain further: `maxWorkers`.");
  }
  if (machine.load > machine.cores) {
    reasons.push(
      `The machine was busy (load ${digits(machine.load)} on ${machine.cores} cores): on an idle one the gain may differ.`,
    );
  }
  return reasons;
}

/** A gain, or a loss, beside a plain loop. */
function beside(gain: Spread): string {
  return gain.median >= 1
    ? `${timesInWords(gain)} as fast as a plain loop`
    : `it takes ${digits(1 / gain.median)} times as long as a plain loop`;
}

/** The quickest plan that was not chosen, and is no plain loop. */
function bestOther(trials: readonly Trial[]): Trial | undefined {
  return trials
    .filter(({ outcome, gain, plan }) => outcome !== "chosen" && gain && plan.executor !== "inline")
    .toSorted((one, other) => other.gain!.median - one.gain!.median)[0];
}

/** What limits the plan next. */
export function limitOf({ plan, profile, trials, scaling, machine, maxInFlight }: Findings): Limit {
  const { kind } = profile;
  const loopShare = trials.find(({ outcome }) => outcome === "chosen")?.loopShare ?? 0;
  if (plan.executor === "inline") {
    if (kind === "parallel") return otherThreads();
    return {
      by: "function",
      sentence: `The call itself: one after the other, ${timeInWords(profile.time)} each. Only a faster function makes it faster.`,
    };
  }
  if (plan.executor === "async") {
    if (kind === "parallel") return otherThreads();
    if (loopShare >= busy) {
      return {
        by: "event-loop",
        sentence: `The event loop: it is busy for ${percent(loopShare)} of the time, so that more calls in flight gain little.`,
      };
    }
    const more =
      plan.maxWorkers >= maxInFlight
        ? `more than ${plan.maxWorkers} were not tried, and gain further as long as what it waits for bears it`
        : "more of them gained nothing, so that what it waits for is at its limit";
    return {
      by: "in-flight",
      sentence: `The calls in flight: the event loop is busy for only ${percent(loopShare)} of the time; ${more}.`,
    };
  }
  if (loopShare >= busy) {
    return {
      by: "main-thread",
      sentence: `This thread: sending items and receiving results keeps it busy for ${percent(loopShare)} of the time, so that more workers gain little.`,
    };
  }
  if (scaling && scaling.contention >= 0.05) {
    const peak = Number.isFinite(scaling.peakWorkers)
      ? ` and from ${Math.round(scaling.peakWorkers)} workers on it gets slower (USL: what workers cost each other)`
      : "";
    return {
      by: "contention",
      sentence: `What only one worker can do at a time, about ${percent(scaling.contention)} of the work (${scaling.law}): with however many workers it gets at most ${digits(scaling.maxSpeedup)} times as fast as with one${peak}.`,
    };
  }
  if (scaling && Number.isFinite(scaling.peakWorkers) && scaling.peakWorkers < 4 * machine.cores) {
    return {
      by: "contention",
      sentence: `What workers cost each other (USL): from ${Math.round(scaling.peakWorkers)} of them on it gets slower.`,
    };
  }
  const fit = scaling
    ? `scale nearly without loss (${scaling.law}: ${percent(scaling.contention)} of the work is done by one at a time)`
    : "were the most that was tried, and no other number of them was measured";
  return {
    by: "cores",
    sentence: `The cores: ${plan.maxWorkers} workers on ${machine.cores} cores ${fit}.`,
  };
}

function otherThreads(): Limit {
  return {
    by: "other-threads",
    sentence:
      "The threads that compute for it: Node's own pool has 4, whatever executor calls it (the environment variable UV_THREADPOOL_SIZE, up to the number of cores).",
  };
}
