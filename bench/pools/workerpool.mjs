import { fileURLToPath } from "node:url";
import workerpool from "workerpool";

const script = fileURLToPath(new URL("../workers/workerpool.mjs", import.meta.url));

export function createPool(workers) {
  const pool = workerpool.pool(script, { minWorkers: workers, maxWorkers: workers, workerType: "thread" });
  return {
    run: (name, argument, transfer) => pool.exec(name, [argument], transfer ? { transfer } : undefined),
  };
}
