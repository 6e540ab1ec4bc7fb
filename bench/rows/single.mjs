// One task at a time: how long it is from submitting one to having its result.
import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { peers } from "../contenders.mjs";
import { processCpu } from "../runner/machine.mjs";
import { echoScript, latencyMetrics, postMessageCall, repeatedly, repeatedText } from "./support.mjs";

const busyScript = fileURLToPath(new URL("../workers/busy.mjs", import.meta.url));

/** Latencies of single calls, with `pause` ms between them where given. */
async function latencies({ size, busy = 0 }, call) {
  for (let i = 0; i < size.warmUp; i++) await call(i);
  const others = Array.from({ length: busy }, () =>
    spawn(process.execPath, [busyScript], { stdio: "ignore" }),
  );
  // until they really take the cores
  if (busy > 0) await delay(size.settle);
  try {
    return await repeatedly(size.repetitions, "p50", async () => {
      const times = [];
      const cpuBefore = processCpu();
      for (let i = 0; i < size.tasks; i++) {
        if (size.pause) await delay(size.pause);
        const start = performance.now();
        await call(i);
        times.push(performance.now() - start);
      }
      return { ...latencyMetrics(times), processCpu: (processCpu() - cpuBefore) / size.tasks };
    });
  } finally {
    for (const other of others) other.kill("SIGKILL");
  }
}

/** A round trip by shared memory, both sides blocked while they wait: no event loop can do better than sleep so. */
function atomicsCall() {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(echoScript, { workerData: { shared } });
  worker.unref();
  return (value) => {
    Atomics.store(shared, 1, 0);
    Atomics.store(shared, 0, value + 1);
    Atomics.notify(shared, 0);
    Atomics.wait(shared, 1, 0);
    return value;
  };
}

const single = {
  metrics: {
    p50: { title: "p50 µs", better: "lower" },
    first: { title: "first, p50 µs", better: "lower" },
    p99: { title: "p99 µs", better: "lower" },
    processCpu: { title: "process CPU µs/task", better: "lower" },
  },
  floors: {
    "post-message": (context) => latencies(context, postMessageCall()),
    "atomics-wait": (context) => latencies(context, atomicsCall()),
  },
  async measure(context) {
    const pool = await context.createPool();
    return latencies(context, (value) => pool.run("addOne", value));
  },
};

const pools = ["ungil", "ungil-no-spin", ...peers];

export const rows = [
  {
    ...single,
    name: "single",
    title: "one task at a time, back to back",
    warmUp: `500 tasks${repeatedText(7)}`,
    contenders: [...pools, "post-message", "atomics-wait", "python-threads", "python-processes"],
    sizes: {
      full: { tasks: 5_000, warmUp: 500, repetitions: 7 },
      quick: { tasks: 1_000, warmUp: 200, repetitions: 5 },
      threads: { tasks: 500, warmUp: 100, repetitions: 3 },
    },
  },
  {
    ...single,
    name: "single-busy",
    title: "one task at a time, while two other processes take the cores",
    warmUp: `500 tasks${repeatedText(7)}`,
    contenders: [...pools, "post-message", "atomics-wait"],
    sizes: {
      full: { tasks: 1_000, warmUp: 500, settle: 300, repetitions: 7 },
      quick: { tasks: 100, warmUp: 100, settle: 150, repetitions: 5 },
      threads: { tasks: 200, warmUp: 100, repetitions: 3 },
    },
    ...withBusyProcesses(2),
  },
  {
    ...single,
    name: "single-idle",
    title: "one task at a time, after 2 ms without any",
    warmUp: `500 tasks${repeatedText(5)}`,
    contenders: [...pools, "post-message"],
    sizes: {
      full: { tasks: 300, pause: 2, warmUp: 500, repetitions: 5 },
      quick: { tasks: 60, pause: 2, warmUp: 100, repetitions: 3 },
    },
  },
];

/** The same measurements while other processes compute. */
function withBusyProcesses(busy) {
  return {
    floors: Object.fromEntries(
      Object.entries(single.floors).map(([name, measure]) => [
        name,
        (context) => measure({ ...context, busy }),
      ]),
    ),
    measure: (context) => single.measure({ ...context, busy }),
  };
}
