import { ThreadPoolExecutor } from "ungil";
import { executorFaults } from "ungil/testing";

executorFaults({
  name: "ThreadPoolExecutor (maxWorkers: 2, spin: false)",
  create: (options) => new ThreadPoolExecutor({ ...options, spin: false }),
  capabilities: { isolated: true },
});
