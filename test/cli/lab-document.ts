import type { Figure } from "ungil/lab";
import type { LabDocument } from "../../dist/cli/lab/document.js";

/** Every kind of figure, and text that HTML must not take for its own. */
const figures: readonly Figure[] = [
  {
    kind: "lines",
    title: "Speed-up & <more>",
    x: "threads",
    y: "times",
    series: [
      { name: "ideal", computed: true, points: [1, 2, 4].map((x) => ({ x, y: x })) },
      { name: "free", points: [1, 2, 4].map((x) => ({ x, y: 0.9 * x, low: 0.8 * x, high: x })) },
      { name: "under the lock", points: [1, 2, 4].map((x) => ({ x, y: 1 })) },
    ],
  },
  {
    kind: "lines",
    title: "Waits",
    x: "waits",
    y: "ms",
    logarithmic: true,
    series: [
      { name: "one loop", points: [8, 64, 512].map((x) => ({ x, y: 10 + x, low: 9 + x, high: 12 + x })) },
    ],
  },
  {
    kind: "bars",
    title: "The same tasks",
    value: "ms",
    bars: [
      { name: "no threads", value: 12.5, low: 11, high: 14 },
      { name: "free threads", value: 7 },
    ],
  },
  {
    kind: "timeline",
    title: "Who had the lock",
    spans: [
      { row: "thread 1", kind: "runs", from: 0, to: 5 },
      { row: "thread 2", kind: "waits", from: 0, to: 5 },
      { row: "thread 2", kind: "runs", from: 5, to: 9 },
    ],
  },
  { kind: "timeline", title: "Nobody had it", spans: [] },
  {
    kind: "table",
    title: "A law",
    columns: ["", "value"],
    rows: [
      ["σ", 0.05],
      ["κ", undefined],
    ],
  },
];

/** A document that nobody measured. */
export const labDocument: LabDocument = {
  ungil: "1.2.3",
  date: "2026-01-02T03:04:05.678Z",
  effort: "quick",
  machine: {
    processor: "A <processor>",
    cores: 2,
    memory: 2 ** 33,
    platform: "linux x64",
    node: "v20.0.0",
    load: 3,
  },
  experiments: [
    {
      name: "first",
      title: "The first",
      sees: "One sees this.",
      advice: "Do that.",
      notes: ["Something is unavailable."],
      figures,
      result: {},
    },
    {
      name: "second",
      title: "The second",
      sees: "Nothing.",
      advice: "Nothing.",
      notes: [],
      figures: [],
      result: {},
    },
  ],
  failed: [{ name: "third", title: "The third", error: "out of <luck>" }],
};
