import { ThreadPoolExecutor } from "ungil";
import { executorFaults } from "ungil/testing";

executorFaults({
  name: "ThreadPoolExecutor (maxWorkers: 1, spin: true)",
  create: (options) => new ThreadPoolExecutor({ ...options, spin: true }),
  capabilities: { isolated: true },
  workers: 1,
});
