// What sends items to another process: into a queue of ungil's, or by Node's own channel when it is started by itself.

/** The n-th item of a row. */
export const itemOf = {
  numbers: (n) => n,
  objects: (n) => ({ id: n, name: `item ${n}`, tags: ["first", "second"] }),
  buffers: () => new Uint8Array(102_400),
};

/** Puts items into a queue, so many under way at once. */
export async function produce(queue, kind, items, window) {
  for (let first = 0; first < items; first += window) {
    const length = Math.min(window, items - first);
    await Promise.all(Array.from({ length }, (_, index) => queue.put(itemOf[kind](first + index))));
  }
}

/** The same by `process.send`, which tells when the system has each. */
async function send(kind, items, window) {
  for (let first = 0; first < items; first += window) {
    const length = Math.min(window, items - first);
    await Promise.all(
      Array.from(
        { length },
        (_, index) => new Promise((sent) => process.send(itemOf[kind](first + index), sent)),
      ),
    );
  }
}

const [kind, items, window] = process.argv.slice(2);
if (process.send && kind in itemOf) await send(kind, Number(items), Number(window));
