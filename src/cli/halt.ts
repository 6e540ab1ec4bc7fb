/**
 * `--halt`: when a run ends before its input does. The grammar is GNU parallel's.
 *
 * @module
 */
import { exitCodeForFailures, exitCodeForShare, exitCodes } from "./exit-codes.js";
import { UsageError } from "./usage-error.js";

/** How a run stops: `soon` lets running records finish, `now` ends them. */
export type StopMode = "soon" | "now";

/** When to stop. */
export interface HaltRule {
  readonly mode: StopMode;
  readonly event: "fail" | "success" | "done";
  /** A number of records, or a share of them in percent. */
  readonly limit: number;
  readonly unit: "records" | "percent";
}

/** What a rule looks at. */
export interface HaltCounts {
  readonly ok: number;
  readonly failed: number;
}

const grammar = "never, or soon or now with ,fail=X ,fail=Y% ,success=X ,success=Y% ,done=X or ,done=Y%";

/** With a share, this many records have to have gone that way first: one of one is 100 %. As GNU parallel. */
const leastForShare = 3;

/** Reads `never` (nothing), `soon,fail=1`, `now,done=50%` …; `soon` and `now` alone mean the first failure. */
export function parseHalt(text: string): HaltRule | undefined {
  if (text === "never") return undefined;
  const match = /^(soon|now)(?:,(fail|success|done)=(\d+(?:\.\d+)?)(%?))?$/.exec(text);
  if (!match) throw new UsageError(`--halt must be ${grammar}, got "${text}"`);
  const [, mode, event = "fail", digits = "1", percent = ""] = match;
  const limit = Number(digits);
  const unit = percent ? "percent" : "records";
  if (unit === "percent" ? limit <= 0 || limit > 100 : !Number.isSafeInteger(limit) || limit < 1) {
    const wanted = unit === "percent" ? "a share above 0% and up to 100%" : "a whole number of at least 1";
    throw new UsageError(`--halt ${mode},${event}= must be ${wanted}, got "${digits}${percent}"`);
  }
  return { mode: mode as StopMode, event: event as HaltRule["event"], limit, unit };
}

/** Whether the rule is met. Shares of `fail` and `success` are of the records done so far, of `done` of the total. */
export function haltReached(rule: HaltRule, counts: HaltCounts, total: number | undefined): boolean {
  const done = counts.ok + counts.failed;
  const count = { fail: counts.failed, success: counts.ok, done }[rule.event];
  if (rule.unit === "records") return count >= rule.limit;
  if (rule.event === "done") return total !== undefined && done >= (total * rule.limit) / 100;
  return count >= leastForShare && count / done >= rule.limit / 100;
}

/** The exit code of a run that this rule ended. */
export function haltExitCode(rule: HaltRule, counts: HaltCounts): number {
  if (rule.event === "success") return exitCodes.ok;
  if (rule.event === "fail" && rule.unit === "percent") {
    return exitCodeForShare(counts.failed, counts.ok + counts.failed);
  }
  return exitCodeForFailures(counts.failed);
}

/** The rule as a sentence's end: `3 records had failed`, `5% of the records had failed`. */
export function describeHalt(rule: HaltRule): string {
  const verb = { fail: "had failed", success: "had succeeded", done: "were done" }[rule.event];
  if (rule.unit === "percent") return `${rule.limit}% of the records ${verb}`;
  return rule.limit === 1
    ? `a record ${verb.replace("were", "was")}`
    : `${rule.limit.toLocaleString("en")} records ${verb}`;
}
