import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { ThreadPoolExecutor, WorkerExitError } from "ungil";
import { getNumThreads, NDArray, setNumThreads, sum, sumSync } from "ungil/numeric";
import type * as stepsModule from "../../dist/numeric/crew/steps.js";
import type * as heapModule from "../../dist/numeric/memory/heap.js";
import { countingKernel, trappingKernel } from "./support/made-kernels.js";

const limit = { timeout: 90_000 };
const numeric = import.meta.resolve("ungil/numeric");
const built = (name: string): Promise<unknown> =>
  import(new URL(`../numeric/${name}.js`, import.meta.resolve("ungil")).href);
const { run, runSync } = (await built("crew/steps")) as typeof stepsModule;
const { currentHeap } = (await built("memory/heap")) as typeof heapModule;
type Job = stepsModule.Job;

function* oneJob(job: Job): stepsModule.Steps<void> {
  yield job;
}

/** Numbers whose sum depends on the order in which they are added. */
function unevenArray(length: number, seed: number): NDArray<"float64"> {
  const array = NDArray.allocate("float64", [length]);
  const { typed } = array;
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    typed[i] = (state / 2 ** 32 - 0.5) * 10 ** (state % 9);
  }
  return array;
}

test.afterEach(() => setNumThreads(2));

/** Runs a program and answers what it prints. */
function program(code: string, ...flags: string[]): string {
  const full = `import * as np from ${JSON.stringify(numeric)};\n${code}`;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...flags, "--input-type=module", "-e", full],
    {
      encoding: "utf8",
      timeout: 60_000,
    },
  );
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

test("results are the same bits for one to four threads, in both forms", limit, async () => {
  const a = unevenArray(1_000_003, 7);
  setNumThreads(1);
  const expected = sumSync(a);
  for (const threads of [1, 2, 3, 4]) {
    setNumThreads(threads);
    for (let round = 0; round < 10; round++) {
      assert.equal(sumSync(a), expected);
      assert.equal(await sum(a), expected);
    }
  }
});

test("every chunk of a job is done once, by kernels that were made at run time too", limit, async () => {
  const heap = currentHeap();
  const kernel = countingKernel(heap);
  for (const chunks of [1, 2, 7, 64, 65, 1000]) {
    const counts = heap.allocate(chunks * 4);
    const words = new Int32Array(heap.bytes(counts + chunks * 4).buffer, counts, chunks).fill(0);
    for (let round = 1; round <= 20; round++) {
      if (round % 2 === 0) runSync(oneJob({ heap, kernel, args: [counts], chunks }));
      else await run(oneJob({ heap, kernel, args: [counts], chunks }));
      assert.ok(
        words.every((count) => count === round),
        `${chunks} chunks, round ${round}: ${words.join()}`,
      );
    }
    heap.free(counts);
  }
});

test("a kernel that traps fails its operation, and nothing hangs", limit, async () => {
  const heap = currentHeap();
  const kernel = trappingKernel(heap);
  for (let round = 0; round < 5; round++) {
    assert.throws(() => runSync(oneJob({ heap, kernel, args: [], chunks: 8 })), Error);
    await assert.rejects(run(oneJob({ heap, kernel, args: [], chunks: 8 })), Error);
  }
  const a = unevenArray(100_000, 1);
  assert.equal(await sum(a), sumSync(a));
});

test("an operation frees what it took when its job fails", limit, async () => {
  const heap = currentHeap();
  const kernel = trappingKernel(heap);
  let freed = 0;
  function* steps(): stepsModule.Steps<void> {
    try {
      yield { heap, kernel, args: [], chunks: 2 };
    } finally {
      freed++;
    }
  }
  assert.throws(() => runSync(steps()));
  await assert.rejects(run(steps()));
  assert.equal(freed, 2);
});

test("the event loop goes on while an operation is done for it", limit, async () => {
  const a = unevenArray(8_000_000, 3);
  const state = { running: true };
  const operations = Promise.all(Array.from({ length: 8 }, () => sum(a))).finally(() => {
    state.running = false;
  });
  let turns = 0;
  while (state.running) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (state.running) turns++;
  }
  const [first, ...others] = await operations;
  assert.ok(others.every((each) => each === first));
  assert.ok(turns >= 3, `${turns} timers fired meanwhile`);
});

test("many operations at once are all done, whoever asks for them", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 3 });
  const arrays = Array.from({ length: 6 }, (_, i) => unevenArray(70_000 + i, i));
  const expected = arrays.map((array) => sumSync(array));
  const tasks = Array.from({ length: 12 }, (_, k) =>
    pool.submit(
      async (items: NDArray<"float64">[], which: number) => {
        const np = await import("ungil/numeric");
        const found: number[][] = [];
        for (let round = 0; round < 30; round++) {
          if ((round + which) % 2 === 0) found.push(items.map((item) => np.sumSync(item)));
          else found.push(await Promise.all(items.map((item) => np.sum(item))));
        }
        return found;
      },
      arrays,
      k,
    ),
  );
  for (let round = 0; round < 100; round++) {
    assert.deepEqual(await Promise.all(arrays.map((array) => sum(array))), expected);
    assert.equal(sumSync(arrays[round % 6]!), expected[round % 6]);
  }
  for (const found of await Promise.all(tasks)) for (const each of found) assert.deepEqual(each, expected);
});

test("threads that are terminated in the middle of operations keep nobody waiting", limit, async () => {
  const a = unevenArray(400_000, 5);
  const expected = sumSync(a);
  // more than there are slots for jobs
  for (let round = 0; round < 20; round++) {
    const worker = new Worker(
      `const { workerData, parentPort } = require("node:worker_threads");
       import(${JSON.stringify(numeric)}).then(({ attach, sum, sumSync }) => {
         const a = attach(workerData.handle);
         sumSync(a);
         for (let k = 0; k < 3; k++) sum(a);
         parentPort.postMessage("at it");
         for (;;) sumSync(a);
       });`,
      { eval: true, workerData: { handle: a.handle } },
    );
    await new Promise((resolve) => worker.once("message", resolve));
    const mine = Array.from({ length: 4 }, () => sum(a));
    const ended = worker.terminate();
    for (const outcome of await Promise.allSettled(mine)) {
      if (outcome.status === "fulfilled") assert.equal(outcome.value, expected);
      else assert.ok(outcome.reason instanceof WorkerExitError, String(outcome.reason));
    }
    await ended;
    try {
      assert.equal(sumSync(a), expected);
    } catch (error) {
      assert.ok(error instanceof WorkerExitError, String(error));
    }
  }
  assert.equal(await sum(a), expected);
});

test("helpers whose thread has ended are replaced", limit, async () => {
  // the crew is that of the thread which needs it first
  const told = program(`
    import { Worker } from "node:worker_threads";
    const a = np.NDArray.allocate("float64", [200_000]);
    a.typed.fill(1);
    for (let round = 0; round < 3; round++) {
      const worker = new Worker(
        'const { workerData, parentPort } = require("node:worker_threads");' +
        'import(workerData.numeric).then(async (np) => parentPort.postMessage(await np.sum(np.attach(workerData.handle))))',
        { eval: true, execArgv: [], workerData: { numeric: ${JSON.stringify(numeric)}, handle: a.handle } },
      );
      console.log(await new Promise((resolve) => worker.once("message", resolve)));
      await worker.terminate();
    }
    console.log(await np.sum(a));
  `);
  assert.equal(told, "200000\n200000\n200000\n200000");
});

test("a crew that has nothing to do does not keep the program alive; what is under way does", limit, () => {
  const told = program(`
    const a = np.NDArray.allocate("float64", [4_000_000]);
    a.typed.fill(0.5);
    console.log(np.sumSync(a), np.getNumThreads() > 0);
    np.sum(a).then((total) => console.log(total));
  `);
  assert.equal(told, "2000000 true\n2000000");
});

test("where threads are not allowed, the caller does all itself", limit, (t) => {
  const flag = ["--permission", "--experimental-permission"].find((each) =>
    process.allowedNodeEnvironmentFlags.has(each),
  );
  if (flag === undefined) return t.skip("this Node has no permissions");
  const told = program(
    `const a = np.NDArray.allocate("float64", [200_000]);
     a.typed.fill(1);
     console.log(np.sumSync(a), await np.sum(a));`,
    flag,
    "--allow-fs-read=*",
    "--no-warnings",
  );
  assert.equal(told, "200000 200000");
});

test("how many threads there are is said and told", limit, () => {
  setNumThreads(3);
  assert.equal(getNumThreads(), 3);
  for (const wrong of [0, -1, 1.5, Number.NaN, "2"])
    assert.throws(() => setNumThreads(wrong as number), { code: "ERR_UNGIL_INVALID_ARGUMENT" });
});
