// Pools of processes: the same tasks, beside those of other packages whose workers are processes, and Python's.
import { readdirSync, readFileSync } from "node:fs";
import { processPeers } from "../contenders.mjs";
import { Unavailable } from "../runner/unavailable.mjs";
import { rows as cpu } from "./cpu.mjs";
import { rows as life } from "./life.mjs";
import { rows as map } from "./map.mjs";
import { rows as payload } from "./payload.mjs";
import { rows as single } from "./single.mjs";
import { rows as tiny } from "./tiny.mjs";

const megabyte = 1_024 ** 2;
const all = [...tiny, ...single, ...map, ...payload, ...cpu, ...life];

/** A row of the thread pools, for processes. */
function inProcesses(name, { python = [], sizes = {}, metrics, ...changes } = {}) {
  const base = all.find((row) => row.name === name);
  return {
    ...base,
    name: `process-${name}`,
    title: `${base.title}, in processes`,
    note: undefined,
    fullOnly: true,
    adapters: { ungil: "ungil-process" },
    metrics: metrics ?? base.metrics,
    contenders: ["ungil", ...processPeers, ...python],
    sizes: { full: base.sizes.full, quick: base.sizes.quick, ...sizes },
    floors: {},
    ...changes,
  };
}

/** Without what only counts this process. */
function withoutCpu({ mainCpu: _main, processCpu: _process, ...metrics }) {
  return metrics;
}

/** Memory of the processes that this one has started, in bytes: what is theirs alone, and their share of the rest. */
function memoryOfChildren() {
  let pids;
  try {
    pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    throw new Unavailable("needs /proc");
  }
  let sum = 0;
  for (const pid of pids) {
    try {
      const [, parent] = /^\d+ \(.*\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      if (Number(parent) !== process.pid) continue;
      const [, kilobytes] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
      sum += Number(kilobytes) * 1_024;
    } catch {
      // it has ended since
    }
  }
  return sum;
}

const tinyMetrics = withoutCpu(tiny[0].metrics);

export const rows = [
  inProcesses("tiny-windows", {
    metrics: tinyMetrics,
    python: ["python-processes"],
    sizes: {
      "python-processes": { tasks: 20_000 },
      "poolifier-cluster": { tasks: 20_000, window: 10_000 },
      "workerpool-process": { tasks: 20_000, window: 10_000 },
      "tinypool-process": { tasks: 20_000, window: 10_000 },
    },
  }),
  inProcesses("single", { metrics: withoutCpu(single[0].metrics), python: ["python-processes"] }),
  inProcesses("map", {
    python: ["python-processes-1", "python-processes-tuned"],
    sizes: {
      "python-processes-1": { items: 50_000 },
      ...Object.fromEntries(processPeers.map((name) => [name, { items: 20_000 }])),
    },
  }),
  inProcesses("payload-in-out"),
  inProcesses("payload-graph"),
  inProcesses("payload-copied"),
  inProcesses("payload-copied", {
    name: "process-payload-large",
    title: "a `Uint8Array` of 64 MB, copied in, in processes",
    sizes: {
      full: { bytes: 64 * megabyte, tasks: 6, window: 1, warmUp: 2, repetitions: 3 },
      quick: { bytes: 64 * megabyte, tasks: 2, window: 1, warmUp: 1, repetitions: 1 },
    },
  }),
  inProcesses("cpu-10ms"),
  inProcesses("cold-start"),
  inProcesses("idle-memory", {
    title: "memory of an idle worker, by a pool of 4 processes",
    note: "Proportional set size of all processes that the pool has started, divided by the number of workers.",
    metrics: { rss: { title: "PSS in MB per worker", better: "lower" } },
    sizes: { full: { count: 4 }, quick: { count: 4 } },
    async measure({ createPool, size, work }) {
      const pool = await createPool(size.count);
      const tasks = Array.from({ length: 4 * size.count }, () => pool.run("compute", work(50_000)));
      await Promise.all(tasks);
      return { rss: memoryOfChildren() / size.count / megabyte };
    },
  }),
];
