import { fileURLToPath } from "node:url";
import workerpool from "workerpool";

const script = fileURLToPath(new URL("../workers/workerpool.mjs", import.meta.url));

export function createPool(workers) {
  const pool = workerpool.pool(script, {
    minWorkers: workers,
    maxWorkers: workers,
    workerType: "process",
    // by its default, JSON, typed arrays arrive as objects
    forkOpts: { serialization: "advanced" },
  });
  return { run: (name, argument) => pool.exec(name, [argument]) };
}
