import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { readText, root } from "../project/support/project.js";
import { contenders, contendersOf, goals, planRound, type Reached, report, rows, sizeOf } from "./support.js";

/** Computes for so many ms. */
function spend(time: number): void {
  const end = performance.now() + time;
  while (performance.now() < end);
}

test("every row of the benchmark has a goal, and every goal a row that measures it", () => {
  const named = new Set(goals.map(({ row }) => row));
  assert.deepEqual(
    rows.map(({ name }) => name).filter((name) => !named.has(name)),
    [],
  );
  for (const goal of goals) {
    const row = rows.find(({ name }) => name === goal.row);
    assert.ok(row, `${goal.text}: there is no row ${goal.row}`);
    assert.ok(row.metrics[goal.metric], `${goal.row} does not measure ${goal.metric}`);
    assert.ok(row.contenders.includes("ungil"), goal.row);
    assert.notEqual(goal.atLeast === undefined, goal.atMost === undefined, `${goal.row}: ${goal.text}`);
  }
});

test("every goal is compared with somebody who takes part in its row, and may be in a quick run too", () => {
  for (const goal of goals) {
    if (!goal.against) continue;
    const row = rows.find(({ name }) => name === goal.row)!;
    for (const [run, taking] of Object.entries({
      full: row.contenders,
      ...(row.fullOnly ? {} : { quick: contendersOf(row, { quick: true }) }),
    }))
      assert.ok(
        goal.against.some((name) => taking.includes(name)),
        `${goal.row}: ${goal.text}: nobody of ${goal.against.join(", ")} is in a ${run} run`,
      );
  }
});

test("names of rows are unique, and every contender exists and can be measured", () => {
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
  for (const row of rows) {
    for (const name of row.contenders) {
      const contender = contenders[name];
      assert.ok(contender, `${row.name}: there is no contender ${name}`);
      if (contender.kind === "floor")
        assert.ok(row.floors?.[name], `${row.name} does not say what ${name} is`);
      if (contender.adapter)
        assert.ok(existsSync(path.join(root, "bench/pools", `${contender.adapter}.mjs`)), contender.adapter);
    }
  }
});

test("the contenders of a row come in turn, and backwards in every second round", () => {
  const names = (round: number) => planRound(round, { rows: ["single"] }).map(({ contender }) => contender);
  assert.ok(names(0).length > 5);
  assert.deepEqual(names(1), names(0).toReversed());
  assert.deepEqual(names(2), names(0));
});

test("a size that is special to a contender never makes a quick run larger", () => {
  for (const row of rows) {
    for (const name of row.contenders) {
      const usual = row.sizes["quick"]!;
      for (const [key, value] of Object.entries(sizeOf(row, name, true)))
        assert.ok(usual[key] === undefined || value <= usual[key], `${row.name}, ${name}: ${key}`);
    }
  }
});

test("what checks go by has a number for every goal that they look at", () => {
  const { reached } = JSON.parse(readText("bench/quick.json")) as { reached: Reached };
  const known = goals.filter(({ row, text }) => reached[row]?.[text] !== undefined);
  assert.deepEqual(
    goals
      .filter((goal) => goal.checked !== false && !known.includes(goal))
      .map(({ row, text }) => [row, text]),
    [],
    "npm run bench -- --quick --record --rounds=3",
  );
  const named = Object.entries(reached).flatMap(([row, texts]) =>
    Object.keys(texts).map((text) => [row, text]),
  );
  assert.equal(named.length, known.length, "there is no goal by one of these names any more");
});

test("short rows of computing tasks are repeated: the median is what is compared, the first stands by itself", async () => {
  const row = rows.find(({ name }) => name === "cpu-20us")!;
  let runs = 0;
  // the first repetition, after the warm-up, takes longer than all others by far
  const slow = 80;
  const pool = {
    run: async (_name: string, iterations: number) => {
      const tasks = runs++ - slow;
      if (tasks >= 0 && tasks < 2) spend(20);
      return iterations;
    },
  };
  const size = { tasks: 2, repetitions: 5 };
  const context = { size, workers: 2, work: () => 100_000, createPool: () => Promise.resolve(pool) };
  const measured = await row.measure(context);
  assert.equal(runs, slow + 10);
  assert.ok(measured["firstOfIdeal"]! > 10 * measured["ofIdeal"]!, JSON.stringify(measured));
  assert.equal(measured["used"], 1 / measured["ofIdeal"]!);
  assert.equal(measured["firstUsed"], 1 / measured["firstOfIdeal"]!);
  const once = await row.measure({ ...context, size: { ...size, repetitions: 1 } });
  assert.deepEqual(Object.keys(once), ["ofIdeal", "used"]);
});

test("the versions of the peers are pinned", () => {
  const { devDependencies } = JSON.parse(readText("bench/package.json")) as {
    devDependencies: Record<string, string>;
  };
  for (const [name, version] of Object.entries(devDependencies))
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
});

test("numbers are told with about three digits", () => {
  assert.deepEqual(
    [1_234_567, 99_999, 123.4, 12.34, 1.234, 0.1234, 0.001_23, 0, -0.5].map(report.formatNumber),
    ["1,230,000", "100,000", "123", "12.3", "1.23", "0.123", "0.001", "0", "-0.50"],
  );
});

test("the page of results has a section for each Node version, with a verdict for each goal of its rows", () => {
  const measured = { ungil: [{ metrics: { ofImported: 0.6 } }, { metrics: { ofImported: 0.8 } }] };
  const run = {
    node: "v20.20.2",
    day: "2026-01-02",
    machine: { processor: "a processor", cores: 2, memory: "8 GB", system: "linux x64" },
    versions: { ungil: "0.1.0" },
    python: "3.13.0",
    loads: [{ before: 0.1, after: 0.2 }],
    results: { closure: measured },
  };
  const text = report.page([
    run,
    { ...run, node: "v24.0.0", results: { closure: { ungil: [{ failed: "a | b" }] } } },
  ]);
  assert.match(text, /^## Node v20\.20\.2\n[^]*^## Node v24\.0\.0\n/m);
  assert.match(text, /\| closure \| [^|]+ \| 0\.70 \[0\.60\.\.0\.80\] \| {2}\| met \|/);
  assert.match(text, /^\| ungil \| a \\\| b \|$/m);
  assert.match(text, /\| closure \| [^|]+ \| a \\\| b \| {2}\| not measured \|/);
});
