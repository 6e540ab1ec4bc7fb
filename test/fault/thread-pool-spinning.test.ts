import { ThreadPoolExecutor } from "ungil";
import { executorFaults } from "ungil/testing";

for (const workers of [1, 2]) {
  executorFaults({
    name: `ThreadPoolExecutor (maxWorkers: ${workers}, spin: true)`,
    create: (options) => new ThreadPoolExecutor({ ...options, spin: true }),
    capabilities: { isolated: true },
    workers,
  });
}
