// Items a second through a Queue of ungil/threading: node ungil.mjs FORM KIND PAIRS ITEMS
import { parentPort, Worker, workerData } from "node:worker_threads";
import { attach, Barrier, Queue } from "../../dist/node/threading.js";
import { makers } from "./items.mjs";

const produce = {
  sync(queue, make, count) {
    for (let i = 0; i < count; i++) queue.putSync(make(i));
  },
  async async(queue, make, count) {
    for (let i = 0; i < count; i++) await queue.put(make(i));
  },
};
const consume = {
  sync(queue, count) {
    for (let i = 0; i < count; i++) queue.getSync();
  },
  async async(queue, count) {
    for (let i = 0; i < count; i++) await queue.get();
  },
};

if (workerData) {
  const { form, kind, produces } = workerData;
  const [queue, start] = [attach(workerData.queue), attach(workerData.start)];
  // the first run compiles
  for (const count of [Math.ceil(workerData.count / 4), workerData.count]) {
    start.waitSync();
    const from = performance.timeOrigin + performance.now();
    await (produces ? produce[form](queue, makers[kind], count) : consume[form](queue, count));
    const to = performance.timeOrigin + performance.now();
    parentPort.postMessage([from, to]);
  }
} else {
  const [form, kind, pairs, items] = process.argv.slice(2).map((each, i) => (i < 2 ? each : Number(each)));
  const queue = new Queue(1024);
  const start = new Barrier(2 * pairs);
  const count = Math.ceil(items / pairs);
  const times = await Promise.all(
    Array.from({ length: 2 * pairs }, async (_, i) => {
      const data = { queue: queue.handle, start: start.handle, form, kind, count, produces: i % 2 === 0 };
      const worker = new Worker(new URL(import.meta.url), { workerData: data });
      let last;
      worker.on("message", (message) => {
        last = message;
      });
      await new Promise((resolve, reject) => {
        worker.on("exit", resolve);
        worker.on("error", reject);
      });
      return last;
    }),
  );
  const took = Math.max(...times.map(([, to]) => to)) - Math.min(...times.map(([from]) => from));
  console.log((pairs * count * 1000) / took);
}
