import { AsyncExecutor } from "ungil";
import { executorFaults } from "ungil/testing";

for (const workers of [1, 2]) {
  executorFaults({
    name: `AsyncExecutor (maxWorkers: ${workers})`,
    create: (options) => new AsyncExecutor(options),
    workers,
  });
}
