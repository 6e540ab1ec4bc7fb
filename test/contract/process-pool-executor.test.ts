import { ProcessPoolExecutor } from "ungil";
import { executorContract } from "ungil/testing";

executorContract({
  name: "ProcessPoolExecutor",
  create: (options) => new ProcessPoolExecutor(options),
  capabilities: { isolated: true, sharesMemory: false },
});
