// A queue from one process to another: how many items per second the second takes out.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const producer = fileURLToPath(new URL("../workers/queue-producer.mjs", import.meta.url));

/** From the first item on: to start a process is another row's matter. */
class Rate {
  #start;
  #items = 0;

  took(items) {
    this.#start ??= performance.now();
    this.#items += items;
    return this.#items;
  }

  get perSecond() {
    return (this.#items - 1) / ((performance.now() - this.#start) / 1_000);
  }
}

async function byQueue(kind, { size: { items, window }, loadAdapter }) {
  const { createFilledQueue } = await loadAdapter();
  const { queue, ended } = createFilledQueue(kind, items, window);
  const rate = new Rate();
  await queue.get();
  for (let taken = rate.took(1); taken < items; ) {
    const length = Math.min(window, items - taken);
    await Promise.all(Array.from({ length }, () => queue.get()));
    taken = rate.took(length);
  }
  const { perSecond } = rate;
  await ended();
  return { perSecond };
}

/** Node's own channel between a parent and its child, which has no limit and no acknowledgement. */
function bySend(kind, { items, window }) {
  return new Promise((resolve, reject) => {
    const child = fork(producer, [kind, items, window].map(String), { serialization: "advanced" });
    const rate = new Rate();
    child.on("message", () => {
      if (rate.took(1) < items) return;
      resolve({ perSecond: rate.perSecond });
      child.disconnect();
    });
    child.on("error", reject);
  });
}

function row(kind, what, sizes) {
  return {
    name: `queue-${kind}`,
    title: `${what} through a queue, from one process to another`,
    warmUp: "none; the clock starts with the first item",
    fullOnly: true,
    adapters: { ungil: "ungil-queue" },
    metrics: { perSecond: { title: "items/s", better: "higher" } },
    contenders: ["ungil", "process-send", "python-queue"],
    sizes,
    floors: { "process-send": ({ size }) => bySend(kind, size) },
    measure: (context) => byQueue(kind, context),
  };
}

export const rows = [
  row("numbers", "numbers", {
    full: { items: 200_000, window: 1_000 },
    quick: { items: 10_000, window: 1_000 },
  }),
  row("objects", "small objects", {
    full: { items: 100_000, window: 1_000 },
    quick: { items: 5_000, window: 1_000 },
  }),
  row("buffers", "buffers of 100 KB", {
    full: { items: 5_000, window: 20 },
    quick: { items: 200, window: 20 },
  }),
];
