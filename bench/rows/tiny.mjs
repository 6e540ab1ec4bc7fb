// Tasks that do next to nothing: what remains is the price of a task.
import { peers } from "../contenders.mjs";
import { mainThreadCpu, processCpu } from "../runner/machine.mjs";
import { addOne } from "../tasks.mjs";
import { runInWindows, timed, warmPool } from "./support.mjs";

async function measureTiny(context) {
  const { size } = context;
  const pool = await warmPool(context);
  const mainBefore = await mainThreadCpu();
  const allBefore = processCpu();
  const took = await timed(() => runInWindows(pool, size, "addOne", (index) => index));
  const allAfter = processCpu();
  const mainAfter = await mainThreadCpu();
  return {
    perSecond: (size.tasks * 1_000) / took,
    ...(mainBefore !== undefined && { mainCpu: (mainAfter - mainBefore) / size.tasks }),
    processCpu: (allAfter - allBefore) / size.tasks,
  };
}

const metrics = {
  perSecond: { title: "tasks/s", better: "higher" },
  mainCpu: { title: "main-thread CPU µs/task", better: "lower" },
  processCpu: { title: "process CPU µs/task", better: "lower" },
};

/** The floor of any interface that answers a promise for each task. */
async function promisesAlone({ size }) {
  const pool = { run: (_name, x) => new Promise((resolve) => resolve(addOne(x))) };
  await runInWindows(pool, { tasks: size.warmUp, window: 500 }, "addOne", (index) => index);
  const took = await timed(() => runInWindows(pool, size, "addOne", (index) => index));
  return { perSecond: (size.tasks * 1_000) / took };
}

const tiny = {
  metrics,
  warmUp: "2,000 tasks",
  contenders: ["ungil", ...peers, "serial-loop", "python-threads", "python-processes"],
  floors: { "serial-loop": promisesAlone },
  measure: measureTiny,
};

export const rows = [
  {
    ...tiny,
    name: "tiny-windows",
    title: "100,000 tasks `x => x + 1`, in windows of 10,000",
    warmUp: "2 s of such tasks",
    note: "The serial loop makes one promise a call, without a pool.",
    sizes: {
      full: { tasks: 100_000, window: 10_000, warmUp: 2_000, warmUpTime: 2_000 },
      quick: { tasks: 50_000, window: 10_000, warmUp: 2_000, warmUpTime: 1_000 },
      // what they do in about as long: their rate falls with the number of tasks
      threads: { tasks: 4_000, window: 4_000, warmUp: 200 },
      "python-processes": { tasks: 20_000 },
    },
  },
  {
    ...tiny,
    name: "tiny-at-once",
    title:
      "100,000 tasks `x => x + 1`, all submitted before the first is awaited, by code that is hardly compiled yet",
    note: "multithreading gets 60,000: more than 65,536 at once overwrite each other there.",
    sizes: {
      full: { tasks: 100_000, window: 100_000, warmUp: 2_000 },
      quick: { tasks: 20_000, window: 20_000, warmUp: 500 },
      threads: { tasks: 4_000, window: 4_000, warmUp: 200 },
      multithreading: { tasks: 60_000, window: 60_000 },
      "python-processes": { tasks: 20_000, window: 20_000 },
    },
  },
  {
    name: "closure",
    title: "100,000 submits of one closure over a constant, beside an imported function",
    warmUp: "2,000 tasks of each",
    metrics: {
      ofImported: { title: "of the imported function's rate", better: "higher" },
      closurePerSecond: { title: "closure, tasks/s", better: "higher" },
      importedPerSecond: { title: "imported, tasks/s", better: "higher" },
    },
    contenders: ["ungil"],
    sizes: {
      full: { tasks: 100_000, window: 10_000, warmUp: 2_000 },
      quick: { tasks: 20_000, window: 10_000, warmUp: 500 },
    },
    async measure({ createPool, size }) {
      const { executor } = await createPool();
      const constant = 1;
      const closure = (x) => x + constant;
      const pools = {
        imported: { run: (_name, x) => executor.submit(addOne, x) },
        closure: { run: (_name, x) => executor.submit(closure, x) },
      };
      const warmUp = { tasks: size.warmUp, window: 500 };
      for (const pool of Object.values(pools)) await runInWindows(pool, warmUp, "", (index) => index);
      const perSecond = { imported: 0, closure: 0 };
      // both orders, so that neither has the warmer code
      for (const name of ["imported", "closure", "closure", "imported"]) {
        const half = { ...size, tasks: size.tasks / 2 };
        const took = await timed(() => runInWindows(pools[name], half, "", (index) => index));
        perSecond[name] += (half.tasks * 1_000) / took / 2;
      }
      return {
        ofImported: perSecond.closure / perSecond.imported,
        closurePerSecond: perSecond.closure,
        importedPerSecond: perSecond.imported,
      };
    },
  },
];
