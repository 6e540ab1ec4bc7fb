// What ungil is to reach in each row. A goal has a `row` and a `metric` of it, and either
// - `against`: contenders. The value is how many times better ungil is, round by round, than the one of them
//   with the best median; `atLeast` 8 is eight times as good. `parity`: also met when the two are not told
//   apart (see `judge`).
// - none: the value is ungil's own metric, and the goal is `atLeast` or `atMost`.
// `statistic: "best"` counts the best round instead of the median. `checked: false` marks what is
// never reason for a check to fail: goals in units of time or memory, which say something about this machine,
// 99th percentiles, which a quick run has hardly a sample of, and rows that no quick run has.
import { limiters, lockPeers, mappers, peers, peersWithLivingLoop, processPeers } from "./contenders.mjs";

const untuned = ["piscina", "tinypool"];
const tuned = ["piscina-64", "tinypool-64"];
const tinyRows = ["tiny-windows", "tiny-at-once"];
const piscina = ["piscina"];

const forTiny = tinyRows.flatMap((row) => [
  {
    row,
    metric: "perSecond",
    against: untuned,
    atLeast: 25,
    text: "≥ 25× piscina and tinypool as they come",
  },
  { row, metric: "perSecond", against: tuned, atLeast: 12, text: "≥ 12× their best setting" },
  { row, metric: "perSecond", against: peers, atLeast: 8, text: "≥ 8× the best peer" },
  {
    row,
    metric: "perSecond",
    against: ["python-threads"],
    atLeast: 15,
    text: "≥ 15× Python's ThreadPoolExecutor",
  },
  {
    row,
    metric: "perSecond",
    against: ["python-processes"],
    atLeast: 100,
    text: "≥ 100× Python's ProcessPoolExecutor",
  },
  {
    row,
    metric: "mainCpu",
    against: peers,
    atLeast: 8,
    text: "main-thread CPU per task ≤ 1/8 of the best peer's",
  },
]);

const notBehindPiscina = ["single-busy", "single-idle"].flatMap((row) => [
  { row, metric: "p50", against: piscina, atLeast: 1, parity: true, text: "p50 not behind piscina" },
  {
    row,
    metric: "p99",
    against: piscina,
    atLeast: 1,
    parity: true,
    checked: false,
    text: "p99 not behind piscina",
  },
]);

/** A row's best round, and its median beside the best peer's. */
const computing = (row, atMost) => [
  {
    row,
    metric: "ofIdeal",
    statistic: "best",
    atMost,
    text: `best round within ${Math.round((atMost - 1) * 100)} % of the ideal`,
  },
  {
    row,
    metric: "ofIdeal",
    against: peers,
    atLeast: 1,
    parity: true,
    text: "median not behind the best peer's",
  },
];

const objects = ["payload-in", "payload-in-out", "payload-graph"].map((row) => ({
  row,
  metric: "perSecond",
  against: peers,
  atLeast: 1,
  text: "ahead of every peer",
}));

const blocks = ["payload-moved", "payload-shared"].flatMap((row) => [
  { row, metric: "growth", atMost: 2, text: "independent of size: 64 MB ≤ 2× the time of 64 KB" },
]);

export const goals = [
  ...forTiny,
  {
    row: "closure",
    metric: "ofImported",
    atLeast: 0.5,
    text: "≥ 1/2 of the rate of an imported function",
  },
  { row: "single", metric: "p50", against: piscina, atLeast: 5, text: "p50 ≤ 1/5 of piscina's" },
  {
    row: "single",
    metric: "p50",
    against: ["post-message"],
    atLeast: 2,
    text: "p50 ≤ 1/2 of a bare `postMessage` round trip",
  },
  ...notBehindPiscina,
  {
    row: "map",
    metric: "perSecond",
    against: ["python-pool-default", "python-pool-tuned"],
    atLeast: 5,
    text: "≥ 5× Python's Pool.map with tuned chunks",
  },
  {
    row: "map",
    metric: "perSecond",
    against: peers,
    atLeast: 100,
    text: "≥ 100× a peer that sends one task an item",
  },
  { row: "map", metric: "ofSerial", atLeast: 0.6, text: "≥ 0.6 of the serial loop over the same array" },
  { row: "map-shared", metric: "ofSerial", atLeast: 0.9, text: "≥ 0.9 of the serial loop over the array" },
  { row: "map-in-place", metric: "ofSerial", atLeast: 1.2, text: "≥ 1.2× the serial typed loop" },
  { row: "map-1us", metric: "ofSerial", atLeast: 1.75, text: "≥ 1.75× the serial loop" },
  { row: "map-10us", metric: "ofSerial", atLeast: 1.85, text: "≥ 1.85× the serial loop" },
  { row: "map-100us", metric: "ofSerial", atLeast: 1.93, text: "≥ 1.93× the serial loop" },
  ...computing("cpu-10ms", 1.04),
  ...computing("cpu-uneven", 1.08),
  ...computing("cpu-mostly-tiny", 1.2),
  { row: "cpu-20us", metric: "used", atLeast: 0.73, text: "≥ 0.73 of two cores used" },
  { row: "cpu-100us", metric: "used", atLeast: 0.83, text: "≥ 0.83 of two cores used" },
  ...objects,
  {
    row: "payload-copied",
    metric: "perSecond",
    against: peers,
    atLeast: 1,
    parity: true,
    text: "not behind any peer",
  },
  ...blocks,
  {
    row: "flood-timer",
    metric: "gapP99",
    against: piscina,
    atLeast: 1,
    parity: true,
    text: "timer gap p99 ≤ piscina's",
  },
  { row: "flood-timer", metric: "gapP99", atMost: 10, checked: false, text: "timer gap p99 ≤ 10 ms" },
  {
    row: "generator",
    metric: "growth",
    atMost: 8,
    checked: false,
    text: "the heap grows by at most 8 MB after the first tenth",
  },
  {
    row: "cold-start",
    metric: "start",
    against: peersWithLivingLoop,
    atLeast: 1,
    parity: true,
    text: "not behind any peer that keeps its workers' loop alive",
  },
  {
    row: "idle-memory",
    metric: "rss",
    against: peersWithLivingLoop,
    atLeast: 1,
    parity: true,
    text: "not behind any peer that keeps its workers' loop alive",
  },
];

/** Ahead of every pool of processes. */
const aheadInProcesses = (row, metric) => ({
  row: `process-${row}`,
  metric,
  against: processPeers,
  atLeast: 1,
  text: "ahead of every peer whose workers are processes",
});

const inProcesses = [
  {
    row: "process-tiny-windows",
    metric: "perSecond",
    against: ["python-processes"],
    atLeast: 5,
    text: "≥ 5× Python's ProcessPoolExecutor",
  },
  aheadInProcesses("tiny-windows", "perSecond"),
  aheadInProcesses("single", "p50"),
  {
    row: "process-map",
    metric: "perSecond",
    against: ["python-processes-1"],
    atLeast: 10,
    text: "≥ 10× Python's ProcessPoolExecutor.map with chunksize 1",
  },
  {
    row: "process-map",
    metric: "perSecond",
    against: ["python-processes-tuned"],
    atLeast: 1,
    parity: true,
    text: "not behind Python's ProcessPoolExecutor.map with tuned chunks",
  },
  aheadInProcesses("map", "perSecond"),
  aheadInProcesses("payload-in-out", "perSecond"),
  aheadInProcesses("payload-graph", "perSecond"),
  aheadInProcesses("payload-copied", "perSecond"),
  aheadInProcesses("payload-large", "perSecond"),
  { row: "process-cpu-10ms", metric: "used", atLeast: 0.95, text: "≥ 0.95 of two cores used" },
  aheadInProcesses("cpu-10ms", "ofIdeal"),
  aheadInProcesses("cold-start", "start"),
  aheadInProcesses("idle-memory", "rss"),
];

/** Not behind the best of those that do the same on the event loop. */
const notBehindOnLoop = (row, metric, against) => ({
  row,
  metric,
  against,
  atLeast: 1,
  parity: true,
  text: "not behind the best peer",
});

const onTheLoop = [
  notBehindOnLoop("loop-tasks", "perSecond", limiters),
  notBehindOnLoop("loop-map", "perSecond", mappers),
  notBehindOnLoop("loop-waiting-tasks", "bytes", limiters),
  notBehindOnLoop("loop-lock", "perSecond", lockPeers),
  notBehindOnLoop("loop-lock-contended", "perSecond", lockPeers),
  notBehindOnLoop("loop-lock-waiters", "bytes", lockPeers),
];

const queues = ["numbers", "objects", "buffers"].flatMap((kind) => [
  {
    row: `queue-${kind}`,
    metric: "perSecond",
    against: ["python-queue"],
    atLeast: 1,
    parity: true,
    text: "not behind Python's multiprocessing.Queue",
  },
  {
    row: `queue-${kind}`,
    metric: "perSecond",
    against: ["process-send"],
    atLeast: 0.5,
    text: "≥ half of a bare process.send, which waits for nobody",
  },
]);

// their rows are in full runs only
goals.push(
  ...[...inProcesses, ...onTheLoop, ...queues].map((goal) => Object.assign(goal, { checked: false })),
);

/** The goals of a row. */
export const goalsOf = (row) => goals.filter((goal) => goal.row === row.name);
