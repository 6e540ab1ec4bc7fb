// Five processes that each print their PID, as in Python:
//
//   processes = [multiprocessing.Process(target=tell, args=(i,)) for i in range(5)]
//   for process in processes: process.start()
//   for process in processes: process.join()
//
// Run it with `node examples/processes/start.mjs` after `npm run build`.
import { Process } from "ungil/multiprocessing";
import { tell } from "./work.mjs";

const processes = Array.from({ length: 5 }, (_, number) => new Process({ target: tell, args: [number] }));
for (const process of processes) process.start();
for (const process of processes) await process.join();
