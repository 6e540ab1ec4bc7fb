import { NativeExecutor } from "ungil/native";
import { executorFaults } from "ungil/testing";

for (const workers of [1, 2]) {
  executorFaults({
    name: `NativeExecutor (maxWorkers: ${workers})`,
    create: (options) => new NativeExecutor(options),
    workers,
  });
}
