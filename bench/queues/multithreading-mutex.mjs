// What a Mutex of multithreading costs that nobody else wants, in ns: blocking, and awaited.
import { Mutex } from "multithreading";

const times = 200_000;
const mutex = new Mutex();

async function perOperation(run, count) {
  await run(count / 4);
  const start = performance.now();
  await run(count);
  return ((performance.now() - start) * 1e6) / count;
}

const blocking = await perOperation((count) => {
  for (let i = 0; i < count; i++) mutex.blockingLock().dispose();
}, times);
const awaited = await perOperation(async (count) => {
  for (let i = 0; i < count; i++) (await mutex.lock()).dispose();
}, times / 4);
console.log(JSON.stringify([blocking, awaited]));
