// What locks and queues of ungil/threading cost, beside the floors of the platform: node bench/locks.mjs [rounds]
// Each round measures every case once, in turn, so that a change of the machine's load meets all cases alike.
import { spawnSync } from "node:child_process";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { attach, Event, Lock, RLock, RWLock, Semaphore } from "../dist/threading/index.js";
import { measureQueues, mutexOfMultithreading } from "./queues/rows.mjs";

const uncontended = 200_000;
const handOffs = 5_000;

/** The other side of a hand-off: each waits until it is its turn, and gives the turn on. */
const sides = {
  // the floor: a word that says whose turn it is
  floor({ cells }, side) {
    for (let i = 0; i < handOffs; i++) {
      for (let now; (now = Atomics.load(cells, 0)) !== side; ) Atomics.wait(cells, 0, now);
      Atomics.store(cells, 0, 1 - side);
      Atomics.notify(cells, 0);
    }
  },
  // a semaphore for each side: what is given to one wakes the other
  semaphore({ semaphores }, side) {
    for (let i = 0; i < handOffs; i++) {
      semaphores[side].acquireSync();
      semaphores[1 - side].release();
    }
  },
  // both always want the lock: each release hands it to the other
  lock({ lock }) {
    for (let i = 0; i < handOffs; i++) lock.acquireSync().release();
  },
};

function shared(data) {
  return {
    cells: data.cells,
    lock: attach(data.lock),
    semaphores: data.semaphores.map((each) => attach(each)),
    go: attach(data.go),
  };
}

if (!isMainThread) {
  const all = shared(workerData);
  parentPort.on("message", (name) => {
    parentPort.postMessage("ready");
    all.go.waitSync();
    sides[name](all, 1);
    parentPort.postMessage("done");
  });
} else await main();

function perOperation(times, run) {
  const start = performance.now();
  run(times);
  return ((performance.now() - start) * 1e6) / times;
}

async function perOperationAsync(times, run) {
  const start = performance.now();
  await run(times);
  return ((performance.now() - start) * 1e6) / times;
}

async function main() {
  const rounds = Number(process.argv[2] ?? 7);
  const cells = new Int32Array(new SharedArrayBuffer(64));
  const lock = new Lock();
  const rlock = new RLock();
  const semaphore = new Semaphore(1);
  const rwLock = new RWLock();
  const semaphores = [new Semaphore(1), new Semaphore(0)];
  const go = new Event();
  const data = { cells, lock: lock.handle, semaphores: semaphores.map((each) => each.handle), go: go.handle };
  const worker = new Worker(new URL(import.meta.url), { workerData: data });
  const told = (what) =>
    new Promise((resolve) => {
      worker.on("message", function listener(message) {
        if (message !== what) return;
        worker.off("message", listener);
        resolve();
      });
    });
  const handOff = async (name) => {
    go.clear();
    const ready = told("ready");
    worker.postMessage(name);
    await ready;
    const done = told("done");
    const time = perOperation(2 * handOffs, () => {
      go.set();
      sides[name]({ cells, lock, semaphores }, 0);
    });
    await done;
    return time;
  };
  const loop = (body) => () =>
    perOperation(uncontended, (times) => {
      for (let i = 0; i < times; i++) body();
    });
  const asyncLoop =
    (body, times = uncontended / 4) =>
    () =>
      perOperationAsync(times, async (count) => {
        for (let i = 0; i < count; i++) await body();
      });
  const cases = {
    "free: two compare-exchanges (the floor)": loop(() => {
      Atomics.compareExchange(cells, 8, 0, 1);
      Atomics.compareExchange(cells, 8, 1, 0);
    }),
    "free: Lock.acquireSync, release": loop(() => lock.acquireSync().release()),
    "free: RLock.acquireSync, release": loop(() => rlock.acquireSync().release()),
    "free: Semaphore.acquireSync, release": loop(() => semaphore.acquireSync().release()),
    "free: RWLock.write.acquireSync, release": loop(() => rwLock.write.acquireSync().release()),
    "free: await Lock.acquire, release": asyncLoop(async () => (await lock.acquire()).release()),
    "hand-off between threads: Atomics.wait, notify (the floor)": () => handOff("floor"),
    "hand-off between threads: two Semaphores": () => handOff("semaphore"),
    "both threads always want it: Lock": () => handOff("lock"),
  };
  await addAsyncMutex(cases, asyncLoop);
  addMultithreading(cases);
  const figures = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, measure] of Object.entries(cases)) {
      const time = await measure();
      // the first one compiles
      if (round >= 0) figures[name].push(time);
    }
  }
  await worker.terminate();
  console.log(`Node ${process.version}, ${os.cpus()[0]?.model}, ${os.availableParallelism()} cores`);
  console.log(`load ${os.loadavg()[0].toFixed(1)}; ns per operation, median of ${rounds} (least, most)`);
  for (const [name, times] of Object.entries(figures)) {
    const sorted = times.toSorted((a, b) => a - b);
    const [least, middle, most] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)];
    console.log(
      `${name.padEnd(60)} ${middle.toFixed(0).padStart(8)} (${least.toFixed(0)}, ${most.toFixed(0)})`,
    );
  }
  python();
  measureQueues(Math.min(rounds, 5));
}

/** In a process of its own: it changes globals. */
function addMultithreading(cases) {
  let times = mutexOfMultithreading();
  if (!times) {
    console.log("multithreading is not there: npm ci --prefix bench");
    return;
  }
  cases["free: multithreading's Mutex, blocking"] = () => {
    times = mutexOfMultithreading();
    return times[0];
  };
  // measured with the case before it
  cases["free: multithreading's Mutex, awaited"] = () => times[1];
}

/** One thread only: there is nothing shared in it. */
async function addAsyncMutex(cases, asyncLoop) {
  try {
    const { Mutex } = await import("async-mutex");
    const mutex = new Mutex();
    cases["free, one thread only: async-mutex"] = asyncLoop(async () => (await mutex.acquire())());
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    console.log("async-mutex is not there: npm ci --prefix bench");
  }
}

function python() {
  const { status, stdout } = spawnSync(
    "python3",
    [fileURLToPath(new URL("python/locks.py", import.meta.url))],
    {
      encoding: "utf8",
    },
  );
  console.log(status === 0 ? stdout.trimEnd() : "python3 is not there");
}
