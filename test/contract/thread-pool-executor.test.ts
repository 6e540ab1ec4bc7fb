import { ThreadPoolExecutor } from "ungil";
import { executorContract } from "ungil/testing";

executorContract({
  name: "ThreadPoolExecutor",
  create: (options) => new ThreadPoolExecutor(options),
  capabilities: { isolated: true },
});
