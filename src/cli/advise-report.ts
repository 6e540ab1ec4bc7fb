/**
 * Advice as text and as JSON.
 *
 * @module
 */
import { digits, timeInWords } from "../lab/advise/words.js";
import type { Advice, Trial } from "../lab/index.js";

/** What `ungil advise` prints. */
export function adviceText(advice: Advice): string {
  const parts = [
    advice.verdict,
    advice.reasons.map((reason) => `- ${reason}`).join("\n"),
    `Limit: ${advice.limit.sentence}`,
    table(advice.trials),
    advice.code.trimEnd(),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The same for programs: all that was measured. Times are in ms, sizes in bytes; null for what is infinite. */
export function adviceJson(advice: Advice): string {
  return `${JSON.stringify(advice)}\n`;
}

const outcomes: Record<Trial["outcome"], string> = {
  chosen: "<- use this",
  compared: "",
  left: "too slow",
  failed: "failed",
  skipped: "not tried",
};

function table(trials: readonly Trial[]): string {
  const head = ["plan", "an item", "gain", "rounds", "start", ""];
  const rows = trials.map(({ name, perItem, gain, rounds, startUp, outcome }) => [
    name,
    perItem ? timeInWords(perItem.median) : "-",
    gain ? `${digits(gain.median)} (${digits(gain.low)} to ${digits(gain.high)})` : "-",
    String(rounds),
    startUp > 0 ? timeInWords(startUp) : "-",
    outcomes[outcome],
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
