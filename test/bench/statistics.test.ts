import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsOf, judgeGoal, mediansOf, statistics } from "./support.js";

const { bestOf, judge, median, quantile, ratiosByRound, spreadOf } = statistics;

test("a median is the middle value, or lies between the two in the middle", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 2, 100]), 3);
  assert.throws(() => median([]), RangeError);
});

test("a quantile lies between its neighbours in proportion", () => {
  assert.equal(quantile([10, 20, 30, 40, 50], 0.75), 40);
  assert.equal(quantile([0, 10], 0.25), 2.5);
  assert.equal(quantile([3, 1, 2], 1), 3);
  assert.equal(quantile([3, 1, 2], 0), 1);
});

test("a spread is numeric, not by the text of the numbers", () => {
  assert.deepEqual(spreadOf([10, 9, 100]), { median: 10, lowest: 9, highest: 100 });
  assert.equal(spreadOf([]), undefined);
});

test("a ratio above 1 is in favour of ungil, whichever direction is better", () => {
  assert.deepEqual(ratiosByRound([100, 50], [10, 25], "higher"), [10, 2]);
  assert.deepEqual(ratiosByRound([100, 50], [10, 25], "lower"), [0.1, 0.5]);
});

test("a round that one side lacks has no ratio, and does not move the others to another round", () => {
  assert.deepEqual(ratiosByRound([100, undefined, 60], [10, 10, 20], "higher"), [10, 3]);
  assert.deepEqual(ratiosByRound([100, 80, 60], [undefined, 40], "higher"), [2]);
});

test("the best of several has the best median, not the luckiest round", () => {
  const candidates = { lucky: [1, 1, 100], steady: [5, 5, 5], failed: [undefined, undefined, undefined] };
  assert.equal(bestOf(candidates, "higher"), "steady");
  assert.equal(bestOf(candidates, "lower"), "lucky");
  assert.equal(bestOf({ failed: [undefined] }, "higher"), undefined);
});

test("a goal is judged by the median of the rounds", () => {
  assert.equal(judge([7, 8, 20], { atLeast: 8 }).verdict, "met");
  assert.equal(judge([7, 7.9, 20], { atLeast: 8 }).verdict, "not met");
  assert.equal(judge([1, 1.5, 9], { atMost: 2 }).verdict, "met");
  assert.equal(judge([1, 2.5, 9], { atMost: 2 }).verdict, "not met");
  assert.equal(judge([], { atLeast: 8 }).verdict, "not measured");
});

test("a goal for the best round takes the best in its direction", () => {
  assert.equal(judge([1.03, 1.4, 1.6], { atMost: 1.04, statistic: "best" }).verdict, "met");
  assert.equal(judge([1.05, 1.4, 1.6], { atMost: 1.04, statistic: "best" }).verdict, "not met");
});

test("parity is met within the spread when a quarter of the rounds reach it, and not by a single one", () => {
  const parity = { atLeast: 1, parity: true };
  assert.equal(judge([0.9, 0.9, 0.95, 1.1, 1.2], parity).verdict, "met within spread");
  assert.equal(judge([0.9, 0.9, 0.95, 0.95, 1.2], parity).verdict, "not met");
  assert.equal(judge([0.9, 1.1, 1.2, 1.2, 1.2], parity).verdict, "met");
});

test("a value is absurd only when even its best round misses half of the goal", () => {
  assert.equal(judge([1, 2, 3.9], { atLeast: 8 }).absurd, true);
  assert.equal(judge([1, 2, 4], { atLeast: 8 }).absurd, false);
  assert.equal(judge([4.1, 9, 9], { atMost: 2 }).absurd, true);
  assert.equal(judge([4, 9, 9], { atMost: 2 }).absurd, false);
  assert.equal(judge([], { atLeast: 8 }).absurd, false);
});

test("a goal against several is judged by the best of them, and one that failed has no say", () => {
  const row = { metrics: { perSecond: { title: "tasks/s", better: "higher" } } } as const;
  const goal = { row: "r", metric: "perSecond", text: "", against: ["slow", "fast", "gone"], atLeast: 2 };
  const of = (...values: number[]) => values.map((perSecond) => ({ metrics: { perSecond } }));
  const measured = { ungil: of(30, 30), slow: of(1, 1), fast: of(10, 20), gone: [{ failed: "no" }] };
  const judged = judgeGoal(goal, row, measured);
  assert.equal(judged.rival, "fast");
  assert.equal(judged.measured, 2.25);
  assert.equal(judged.verdict, "met");
});

test("a goal whose row ungil could not run is not measured, and says why", () => {
  const row = { metrics: { perSecond: { title: "", better: "higher" } } } as const;
  const goal = { row: "r", metric: "perSecond", text: "", atLeast: 1 };
  const judged = judgeGoal(goal, row, { ungil: [{ unavailable: "no such option" }] });
  assert.equal(judged.verdict, "not measured");
  assert.equal(judged.reason, "no such option");
});

test("a check fails for a ratio under half of its goal, and for a row that ungil did not survive", () => {
  const closure = (ofImported: number) => ({ closure: { ungil: [{ metrics: { ofImported } }] } });
  assert.deepEqual(
    faultsOf(closure(0.2)).map(({ row }) => row),
    ["closure"],
  );
  assert.deepEqual(faultsOf(closure(0.3)), []);
  assert.deepEqual(faultsOf({ closure: { ungil: [{ failed: "crashed" }] } }), [
    { row: "closure", text: "crashed" },
  ]);
  assert.deepEqual(faultsOf({ closure: { ungil: [{ unavailable: "not yet" }] } }), []);
});

test("where small sizes do not reach a goal, a check fails for less than half of what they reached before", () => {
  const closure = (...values: number[]) => ({
    closure: { ungil: values.map((ofImported) => ({ metrics: { ofImported } })) },
  });
  // the goal is 0.5; half of it was out of reach
  const reached = mediansOf(closure(0.01, 0.2, 0.21));
  assert.deepEqual(Object.values(reached["closure"]!), [0.2]);
  assert.deepEqual(faultsOf(closure(0.11), reached), []);
  assert.equal(faultsOf(closure(0.09), reached).length, 1);
  // one round of several is enough, and a reference above the goal asks for no more than the goal
  assert.deepEqual(faultsOf(closure(0.01, 0.11, 0.02), reached), []);
  assert.deepEqual(faultsOf(closure(0.3), mediansOf(closure(0.9))), []);
  const shared = (growth: number) => ({
    "payload-shared": { ungil: [{ metrics: { growth } }] },
  });
  assert.deepEqual(faultsOf(shared(9), mediansOf(shared(5))), []);
  assert.equal(faultsOf(shared(11), mediansOf(shared(5))).length, 1);
});

test("a goal that a check does not look at, or that was not measured, is not in the reference", () => {
  assert.deepEqual(mediansOf({ generator: { ungil: [{ metrics: { growth: 1 } }] } }), {});
  assert.deepEqual(mediansOf({ closure: { ungil: [{ failed: "crashed" }] } }), {});
});

test("a check never fails for a time or an amount of memory", () => {
  assert.deepEqual(faultsOf({ generator: { ungil: [{ metrics: { growth: 1_000 } }] } }), []);
  assert.deepEqual(faultsOf({ "flood-timer": { ungil: [{ metrics: { gapP99: 1_000 } }] } }), []);
});
