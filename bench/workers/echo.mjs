// The other side of a bare round trip: by messages (a block of data is answered by its size), or by a word in
// shared memory.
import { parentPort, workerData } from "node:worker_threads";

const { shared } = workerData;
if (shared) {
  for (;;) {
    Atomics.wait(shared, 0, 0);
    Atomics.store(shared, 0, 0);
    Atomics.store(shared, 1, 1);
    Atomics.notify(shared, 1);
  }
} else {
  parentPort.on("message", (value) => parentPort.postMessage(value?.byteLength ?? value));
}
