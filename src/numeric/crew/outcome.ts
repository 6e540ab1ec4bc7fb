import { WorkerExitError } from "../../errors.js";
import type { Outcome } from "./slots.js";
import type { Job } from "./steps.js";

/** @throws where a job did not end well. */
export function check(outcome: Outcome, { kernel }: Job): void {
  if (outcome === "done") return;
  const name = typeof kernel === "string" ? kernel : "a compiled expression";
  if (outcome === "failed")
    throw new Error(`the kernel ${name} failed in a thread of the crew: a mistake in ungil`);
  throw new WorkerExitError(
    `a thread of the crew was ended while it worked on ${name}, because the thread that had started it ended: ` +
      "the result is incomplete, and what was to be changed in place may be changed in part. Compute it again",
    { reason: "terminated" },
  );
}
