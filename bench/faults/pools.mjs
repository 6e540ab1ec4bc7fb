// How each pool is made, asked, stopped and closed, in the way its documents recommend. `undefined` where it has no
// means. `stop` goes by a signal, or by what the promise offers.
import { fileURLToPath } from "node:url";
import * as tasks from "./tasks/tasks.mjs";

const here = (name) => new URL(`tasks/${name}.mjs`, import.meta.url);
const limits = (heap) => (heap ? { resourceLimits: { maxOldGenerationSizeMb: heap } } : {});
const ignore = () => {};
const byName = { ...tasks };

export const pools = {
  async ungil({ module, heap, initializer }) {
    // built, and by its path: the package is not among the peers that are installed here
    const { ThreadPoolExecutor, task } = await import("../../dist/node/index.js");
    const pool = new ThreadPoolExecutor({
      maxWorkers: 2,
      ...limits(heap),
      // a minute otherwise, which is longer than a case is given
      ...(module && { importTimeout: 1_000 }),
      ...(initializer && {
        initializer: () => {
          throw new Error("the initializer fails");
        },
      }),
    });
    const find = (name) => (module ? task(here(module).href, name) : byName[name]);
    return {
      signals: true,
      run: (name, argument, signal) => (signal ? pool.with({ signal }) : pool).submit(find(name), argument),
      close: () => pool.shutdown(),
      terminate: () => pool.terminate(),
    };
  },
  async piscina({ module = "tasks", heap }) {
    const { Piscina } = await import("piscina");
    const pool = new Piscina({
      filename: fileURLToPath(here(module)),
      minThreads: 2,
      maxThreads: 2,
      ...limits(heap),
    });
    pool.on("error", ignore);
    return {
      signals: true,
      run: (name, argument, signal) => pool.run(argument, { name, signal }),
      close: () => pool.close(),
      terminate: () => pool.destroy(),
      kill: (id) => pool.threads.find(({ threadId }) => threadId === id).terminate(),
    };
  },
  async tinypool({ module = "tasks", heap }) {
    const { Tinypool } = await import("tinypool");
    const pool = new Tinypool({ filename: here(module).href, minThreads: 2, maxThreads: 2, ...limits(heap) });
    pool.on("error", ignore);
    return {
      signals: true,
      run: (name, argument, signal) => pool.run(argument, { name, signal }),
      terminate: () => pool.destroy(),
      kill: (id) => pool.threads.find(({ threadId }) => threadId === id).terminate(),
    };
  },
  async workerpool({ module = "workerpool", heap }) {
    const { default: workerpool } = await import("workerpool");
    const pool = workerpool.pool(fileURLToPath(here(module)), {
      minWorkers: 2,
      maxWorkers: 2,
      workerType: "thread",
      ...(heap && { workerThreadOpts: limits(heap) }),
    });
    return {
      run: (name, argument) => pool.exec(name, [argument]),
      stopAfter: (promise, time) => promise.timeout(time),
      cancel: (promise) => promise.cancel(),
      close: () => pool.terminate(),
      terminate: () => pool.terminate(true),
    };
  },
  async poolifier({ module = "poolifier", heap }) {
    const { FixedThreadPool } = await import("poolifier");
    const pool = new FixedThreadPool(2, fileURLToPath(here(module)), {
      errorHandler: ignore,
      restartWorkerOnError: true,
      enableTasksQueue: true,
      ...(heap && { workerOptions: limits(heap) }),
    });
    pool.emitter?.on("error", ignore);
    return {
      signals: true,
      run: (name, argument, signal) => pool.execute(argument, name, signal),
      close: () => pool.destroy(),
      kill: (id) => pool.workerNodes.find(({ info }) => info.id === id).worker.terminate(),
    };
  },
};
