// Bytes a second through a RingBuffer, in pieces of 64 KiB, beside copying them in and out on one thread.
import { parentPort, Worker, workerData } from "node:worker_threads";
import { attach, RingBuffer } from "../../dist/node/threading.js";

const piece = 65_536;
const pieces = 16_384;

if (workerData) {
  const ring = attach(workerData);
  const bytes = new Uint8Array(piece);
  parentPort.once("message", () => {
    for (let i = 0; i < pieces; i++) ring.writeAllSync(bytes);
    ring.end();
  });
} else {
  const ring = new RingBuffer(8 * piece);
  const worker = new Worker(new URL(import.meta.url), { workerData: ring.handle });
  await new Promise((resolve) => worker.once("online", resolve));
  const chunk = new Uint8Array(piece);
  worker.postMessage("go");
  ring.readSomeSync(chunk);
  const start = performance.now();
  let count = 0;
  for (let read; (read = ring.readSomeSync(chunk)) > 0; ) count += read;
  const ringRate = (count * 1000) / (performance.now() - start);
  const memory = new Uint8Array(new SharedArrayBuffer(8 * piece));
  const from = performance.now();
  for (let i = 0; i < pieces; i++) {
    const at = (i % 8) * piece;
    memory.set(chunk, at);
    chunk.set(memory.subarray(at, at + piece));
  }
  console.log(JSON.stringify([ringRate, (pieces * piece * 1000) / (performance.now() - from)]));
}
