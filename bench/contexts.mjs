// What an async context for each task costs on one event loop: node bench/contexts.mjs [rounds]
// The work of the rows `loop-tasks` and `loop-map`, by peers as they are, by the same with a store of an
// `AsyncLocalStorage` for each task, and by the least that can be written, with and without. A process for each
// measurement; rounds are interleaved.
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { quantile } from "./runner/statistics.mjs";

const tasks = 20_000;
const concurrency = 16;
const repetitions = 9;
const storage = new AsyncLocalStorage();
const addOne = async (x) => x + 1;

/** How a function is called for an item. */
const ways = {
  bare: (fn, item) => fn(item),
  run: (fn, item) => storage.run({ item }, fn, item),
  // stores that the function enters end with it, which `run` does not see to before Node 24
  resource: (fn, item) => new AsyncResource("item").runInAsyncScope(enterAndCall, undefined, fn, item),
};

function enterAndCall(fn, item) {
  storage.enterWith({ item });
  return fn(item);
}

/** The least that a map is: no failures, no limits, nothing to be looked at or cancelled. */
function leastMap(items, call) {
  return new Promise((resolve) => {
    const results = Array.from({ length: items.length });
    let next = 0;
    let left = items.length;
    const start = () => {
      const index = next++;
      call(addOne, items[index]).then((result) => {
        results[index] = result;
        if (--left === 0) resolve(results);
        else if (next < items.length) start();
      });
    };
    for (let lane = 0; lane < concurrency; lane++) start();
  });
}

/** The least that a limiter is. */
function leastLimiter(call) {
  const waiting = [];
  let head = 0;
  let free = concurrency;
  const pump = () => {
    while (free > 0 && head < waiting.length) {
      const { fn, item, resolve } = waiting[head++];
      free--;
      call(fn, item).then((result) => {
        free++;
        resolve(result);
        pump();
      });
    }
  };
  return (fn, item) =>
    new Promise((resolve) => {
      waiting.push({ fn, item, resolve });
      if (waiting.length === 1) queueMicrotask(pump);
    });
}

async function limited(adapter, items, call) {
  const { createLimiter } = await import(`./pools/loop-${adapter}.mjs`);
  const run = createLimiter(concurrency);
  return Promise.all(items.map((item) => run((x) => call(addOne, x), item)));
}

async function mapped(adapter, items, call) {
  const { mapAll } = await import(`./pools/loop-${adapter}.mjs`);
  return mapAll(items, (item) => call(addOne, item), concurrency);
}

/** What does the work, and in which ways it calls the function. */
const contenders = {
  "map: ungil": [mapped.bind(undefined, "ungil"), ["bare"]],
  "map: p-map": [mapped.bind(undefined, "p-map"), ["bare", "run", "resource"]],
  "map: least": [leastMap, ["bare", "run", "resource"]],
  "tasks: ungil": [limited.bind(undefined, "ungil"), ["bare"]],
  "tasks: async-sema": [limited.bind(undefined, "async-sema"), ["bare", "run", "resource"]],
  "tasks: p-limit": [limited.bind(undefined, "p-limit"), ["bare", "run", "resource"]],
  "tasks: least": [
    (items, call) => {
      const run = leastLimiter(call);
      return Promise.all(items.map((item) => run(addOne, item)));
    },
    ["bare", "run", "resource"],
  ],
};

async function measure(name, way) {
  const [work] = contenders[name];
  let best = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    const items = Array.from({ length: tasks }, (_, index) => index);
    const start = performance.now();
    const results = await work(items, ways[way]);
    const took = performance.now() - start;
    if (results.length !== tasks || results.at(-1) !== tasks) throw new Error(`${name} has wrong results`);
    // the first warms up
    if (repetition > 0) best = Math.min(best, took);
  }
  return (tasks * 1_000) / best;
}

function measureApart(name, way) {
  const script = fileURLToPath(import.meta.url);
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, name, way], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name}, ${way}: ${stderr}`);
  return Number(stdout);
}

const [first = "3", way] = process.argv.slice(2);
if (way) console.log(await measure(first, way));
else {
  const cases = Object.entries(contenders).flatMap(([name, [, its]]) => its.map((each) => [name, each]));
  const rates = new Map(cases.map((each) => [each, []]));
  for (let round = 0; round < Number(first); round++) {
    const order = round % 2 === 0 ? cases : cases.toReversed();
    for (const each of order) rates.get(each).push(measureApart(...each));
  }
  for (const [[name, its], all] of rates) {
    const rate = Math.round(quantile(all, 0.5) / 1_000) * 1_000;
    console.log(`${name}, ${its}`.padEnd(28), `${rate.toLocaleString("en")}/s`.padStart(14));
  }
}
