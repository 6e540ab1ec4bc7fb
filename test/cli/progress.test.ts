import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "ungil/testing";
import type * as HistogramModule from "../../dist/cli/histogram.js";
import type * as ProgressModule from "../../dist/cli/progress.js";
import type * as SummaryModule from "../../dist/cli/summary.js";
import { internal, task, ungil, values } from "./support.js";

const { barStyle, chooseStyle, jsonStyle, plainStyle, Progress } =
  await internal<typeof ProgressModule>("progress");
const { summaryLine, summaryJson, noCounts } = await internal<typeof SummaryModule>("summary");
const { Histogram } = await internal<typeof HistogramModule>("histogram");

const view = {
  done: 7568,
  failed: 0,
  running: 2,
  total: 10_000,
  elapsed: 33_000,
  rate: 229,
  left: 10_600,
};
const wide = barStyle({ columns: 100, color: false });

test("the bar is tqdm's: share, bar, counts, times, rate", () => {
  assert.equal(
    wide.render(view),
    " 75%|██████████████████████████████▎         | 7568/10000 [00:33<00:11, 229/s]",
  );
  assert.equal(wide.render({ ...view, failed: 3 }).slice(-9), " 3 failed");
});

test("without a total the bar tells what is known", () => {
  assert.equal(wide.render({ ...view, total: undefined, left: undefined }), "7568 done [00:33, 229/s]");
});

test("before the first record there is no rate and no time left", () => {
  const start = { ...view, done: 0, elapsed: 0, rate: undefined, left: undefined };
  assert.match(wide.render(start), /^ {2}0%\| +\| 0\/10000 \[00:00<\?, \?\/s\]$/);
});

test("no bar is wider than its terminal, and more records than expected don't break it", () => {
  for (let columns = 1; columns < 120; columns++) {
    const style = barStyle({ columns, color: false });
    for (const done of [0, 7568, 20_000]) {
      const text = style.render({ ...view, done, failed: 12 });
      assert.ok(text.length <= Math.max(columns - 1, 10), `${columns}: ${text}`);
    }
  }
});

test("plain lines and JSON tell the same", () => {
  assert.equal(plainStyle.render({ ...view, failed: 3 }), "7568 of 10000 (75%), 229/s, 3 failed, 00:11 left");
  assert.equal(plainStyle.render({ ...view, total: undefined, left: undefined }), "7568 done, 229/s");
  assert.deepEqual(JSON.parse(jsonStyle.render(view)), view);
  assert.deepEqual(
    JSON.parse(jsonStyle.render({ ...view, total: undefined, rate: undefined, left: undefined })),
    {
      ...view,
      total: null,
      rate: null,
      left: null,
    },
  );
});

test("auto draws a bar on a terminal only, and not where CI is set or the cursor can't move", () => {
  const terminal = { isTTY: true, columns: 80, env: {} };
  assert.equal(chooseStyle("auto", terminal)?.inPlace, true);
  assert.equal(chooseStyle("auto", { ...terminal, isTTY: false }), plainStyle);
  assert.equal(chooseStyle("auto", { ...terminal, env: { CI: "true" } }), plainStyle);
  assert.equal(chooseStyle("auto", { ...terminal, env: { TERM: "dumb" } }), plainStyle);
  assert.equal(chooseStyle("bar", { ...terminal, isTTY: false })?.inPlace, true);
  assert.equal(chooseStyle("none", terminal), undefined);
});

test("failures are red on a terminal, unless NO_COLOR is set", () => {
  const failed = { ...view, failed: 3 };
  const styled = (env: Record<string, string>): string =>
    chooseStyle("bar", { isTTY: true, columns: 100, env })?.render(failed) ?? "";
  assert.ok(styled({}).endsWith("\u001B[31m 3 failed\u001B[39m"));
  assert.ok(styled({ NO_COLOR: "1" }).endsWith("] 3 failed"));
});

function written(style: ConstructorParameters<typeof Progress>[0]): {
  texts: string[];
  progress: InstanceType<typeof Progress>;
  clock: ReturnType<typeof manualClock>;
} {
  const texts: string[] = [];
  const clock = manualClock();
  return { texts, clock, progress: new Progress(style, (text) => texts.push(text), clock) };
}

test("a bar is drawn every 100 ms at most, however many updates there are", async () => {
  const { texts, progress, clock } = written(wide);
  for (let done = 1; done <= 1000; done++) progress.update({ done, failed: 0, running: 1, total: 1000 });
  assert.deepEqual(texts, []);
  await clock.advance(99);
  assert.deepEqual(texts, []);
  await clock.advance(1);
  assert.equal(texts.length, 1);
  await clock.advance(300);
  assert.deepEqual(texts.filter((text) => text === "\r\u001B[K").length, 3);
  progress.end();
  assert.equal(texts.at(-1), "\n");
});

test("other lines go out with the bar out of their way", async () => {
  const { texts, progress, clock } = written(wide);
  progress.update({ done: 1, failed: 0, running: 1, total: 2 });
  await clock.advance(100);
  texts.length = 0;
  progress.line("a message");
  assert.equal(texts[0], "\r\u001B[K");
  assert.equal(texts[1], "a message\n");
  assert.match(texts[2] ?? "", /1\/2/);
});

test("plain lines come every 10 s, and the end is the summary's", async () => {
  const { texts, progress, clock } = written(plainStyle);
  progress.update({ done: 50, failed: 0, running: 1, total: 100 });
  await clock.advance(9_999);
  assert.deepEqual(texts, []);
  await clock.advance(1);
  assert.deepEqual(texts, ["50 of 100 (50%), 5/s, 00:10 left\n"]);
  progress.end();
  await clock.advance(60_000);
  assert.equal(texts.length, 1);
});

test("the rate follows the last seconds, and slow records still have one", async () => {
  const { texts, progress, clock } = written(jsonStyle);
  for (let second = 1; second <= 20; second++) {
    progress.update({ done: second * 10, failed: 0, running: 1, total: 1000 });
    await clock.advance(1000);
  }
  const rate = (): number => (JSON.parse(texts.at(-1) ?? "") as { rate: number }).rate;
  assert.ok(Math.abs(rate() - 10) < 0.1, String(rate()));
  for (let second = 1; second <= 60; second++) {
    progress.update({ done: 200 + second * 100, failed: 0, running: 1, total: 10_000 });
    await clock.advance(1000);
  }
  assert.ok(rate() > 90 && rate() <= 100, String(rate()));
  await clock.advance(5000);
  assert.ok(rate() > 10, String(rate()));
});

test("--progress json is NDJSON on stderr, with the end and a summary", async () => {
  const ended = await ungil([
    "map",
    task("tasks.mjs"),
    "a",
    "b",
    "--executor",
    "inline",
    "--progress",
    "json",
  ]);
  const [last, end] = values(ended.stderr).slice(-2) as [
    { done: number; total: number },
    { summary: { ok: number } },
  ];
  assert.deepEqual([last.done, last.total, end.summary.ok], [2, 2, 2]);
});

test("--progress none leaves the summary, --quiet nothing", async () => {
  const args = ["map", task("tasks.mjs"), "a", "--executor", "inline"];
  assert.match(
    (await ungil([...args, "--progress", "none"])).stderr,
    /^1 ok, 0 failed in .* run p50 .* p99 .*\n$/,
  );
  assert.equal((await ungil([...args, "--quiet"])).stderr, "");
});

test("--progress bar draws wherever stderr goes, and the total is less what the log lets be skipped", async () => {
  const ended = await ungil(["map", task("tasks.mjs"), "a", "--executor", "inline", "--progress", "bar"]);
  assert.match(ended.stderr, /100%\|█+\| 1\/1 \[/);
});

test("the summary leaves out what did not happen", () => {
  const times = new Histogram();
  assert.equal(summaryLine(noCounts(), 5, times), "0 ok, 0 failed in 5 ms");
  // a bucket is 2 % wide: 99 is told as 98
  for (let ms = 1; ms <= 100; ms++) times.add(ms);
  const counts = { ok: 10_000, failed: 3, cancelled: 2, skipped: 7, retried: 12 };
  assert.equal(
    summaryLine(counts, 43_700, times),
    "10,000 ok, 3 failed, 2 cancelled, 7 skipped (in the job log) in 43.7 s (229/s), retried 12, run p50 50 ms p99 98 ms",
  );
  const json = JSON.parse(summaryJson(counts, 43_700, times)) as { summary: Record<string, number> };
  assert.equal(json.summary["failed"], 3);
  assert.equal(json.summary["elapsed"], 43_700);
});

test("percentiles are right within 2 % whatever the spread, in memory that does not grow", () => {
  const times = new Histogram();
  assert.equal(times.percentile(0.5), 0);
  const all: number[] = [];
  for (let index = 0; index < 10_000; index++) {
    const ms = 0.01 * 1.002 ** (index % 8000);
    all.push(ms);
    times.add(ms);
  }
  all.sort((left, right) => left - right);
  for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
    const exact = all[Math.ceil(all.length * share) - 1] ?? Number.NaN;
    const found = times.percentile(share);
    assert.ok(Math.abs(found - exact) / exact < 0.02, `${share}: ${found} for ${exact}`);
  }
});
