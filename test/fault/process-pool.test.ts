import { ProcessPoolExecutor } from "ungil";
import { executorFaults } from "ungil/testing";

executorFaults({
  name: "ProcessPoolExecutor",
  create: (options) => new ProcessPoolExecutor(options),
  capabilities: { isolated: true, sharesMemory: false },
});
