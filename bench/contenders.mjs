// Who takes part. A pool's adapter is a file in pools/, started with the options given here.

const node20 = new URL("pools/multithreading-on-node-20.mjs", import.meta.url).href;

/**
 * Who is measured: `kind` says how. `ungil`, `peer` and `process-peer` are pools with an adapter, `loop-peer` limits what
 * runs on the event loop, `floor` is what the platform does by itself (each row says how), and `python` runs in python3.
 */
export const contenders = {
  ungil: { kind: "ungil", adapter: "ungil" },
  "ungil-no-spin": { kind: "ungil", adapter: "ungil", options: { spin: false } },
  piscina: { kind: "peer", adapter: "piscina" },
  "piscina-64": { kind: "peer", adapter: "piscina", options: { concurrentTasksPerWorker: 64 } },
  tinypool: { kind: "peer", adapter: "tinypool" },
  "tinypool-64": { kind: "peer", adapter: "tinypool", options: { concurrentTasksPerWorker: 64 } },
  workerpool: { kind: "peer", adapter: "workerpool" },
  poolifier: { kind: "peer", adapter: "poolifier" },
  threads: { kind: "peer", adapter: "threads" },
  comlink: { kind: "peer", adapter: "comlink" },
  nanothreads: { kind: "peer", adapter: "nanothreads" },
  multithreading: { kind: "peer", adapter: "multithreading", preloadBefore: { major: 22, module: node20 } },
  "tinypool-process": { kind: "process-peer", adapter: "tinypool", options: { runtime: "child_process" } },
  "poolifier-cluster": { kind: "process-peer", adapter: "poolifier-cluster" },
  "workerpool-process": { kind: "process-peer", adapter: "workerpool-process" },
  "p-limit": { kind: "loop-peer", adapter: "loop-p-limit" },
  "p-map": { kind: "loop-peer", adapter: "loop-p-map" },
  "p-queue": { kind: "loop-peer", adapter: "loop-p-queue" },
  "async-mutex": { kind: "loop-peer", adapter: "loop-async-mutex" },
  "async-sema": { kind: "loop-peer", adapter: "loop-async-sema" },
  effect: { kind: "loop-peer", adapter: "loop-effect" },
  "serial-loop": { kind: "floor" },
  "bare-worker": { kind: "floor" },
  "post-message": { kind: "floor" },
  "atomics-wait": { kind: "floor" },
  "process-send": { kind: "floor" },
  "python-threads": { kind: "python", title: "Python ThreadPoolExecutor" },
  "python-processes": { kind: "python", title: "Python ProcessPoolExecutor" },
  "python-processes-tuned": { kind: "python", title: "Python ProcessPoolExecutor.map, tuned chunks" },
  "python-processes-1": { kind: "python", title: "Python ProcessPoolExecutor.map, chunksize 1" },
  "python-pool-1": { kind: "python", title: "Python Pool.map, chunksize 1" },
  "python-pool-default": { kind: "python", title: "Python Pool.map, chunksize as it comes" },
  "python-queue": { kind: "python", title: "Python multiprocessing.Queue" },
  "python-pool-tuned": { kind: "python", title: "Python Pool.map, tuned chunks" },
};

const peersWhere = (wanted, ofKind = "peer") =>
  Object.entries(contenders).flatMap(([name, { kind }]) => (kind === ofKind && wanted(name) ? [name] : []));

export const peers = peersWhere(() => true);

/** Those whose workers are processes. */
export const processPeers = peersWhere(() => true, "process-peer");

/** What limits how many tasks run at once on the event loop. */
export const limiters = peersWhere((name) => name !== "p-map", "loop-peer");

/** What maps items there. */
export const mappers = peersWhere((name) => !name.startsWith("async-"), "loop-peer");

/** What has locks there. */
export const lockPeers = peersWhere((name) => !name.startsWith("p-"), "loop-peer");

/** Peers as they come, without the variants that are tuned. */
export const plainPeers = peersWhere((name) => !name.endsWith("-64"));

/** Those whose workers run timers and sockets of the tasks between two tasks: not parked in `Atomics.wait`. */
export const peersWithLivingLoop = peersWhere((name) => !/^(?:piscina|tinypool)/.test(name));

/** The peers that a quick run compares with where a full run takes all: the most used, and the quickest. */
export const quickPeers = ["piscina", "poolifier", "multithreading"];
