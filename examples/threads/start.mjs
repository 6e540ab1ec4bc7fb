// Five threads that each print their number and count in memory that they share, as in Python:
//
//   threads = [threading.Thread(target=work, args=(i,)) for i in range(5)]
//   for thread in threads: thread.start()
//   for thread in threads: thread.join()
//
// In Python they take turns, because of the GIL; here they run at the same time.
// Run it with `node examples/threads/start.mjs` after `npm run build`.
import { Thread } from "ungil/threading";
import { work } from "./work.mjs";

const times = 100_000;
const counter = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

const threads = Array.from(
  { length: 5 },
  (_, number) => new Thread({ target: work, args: [number, counter, times] }),
);
for (const thread of threads) thread.start();
for (const thread of threads) await thread.join();
console.log(`counter: ${counter[0]} of ${threads.length * times}`);
