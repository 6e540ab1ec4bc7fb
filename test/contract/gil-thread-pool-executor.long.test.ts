import { ThreadPoolExecutor } from "ungil";
import { Gil } from "ungil/lab";
import { executorContract } from "ungil/testing";

executorContract({
  name: "ThreadPoolExecutor with a Gil",
  create: (options) => new ThreadPoolExecutor({ ...options, gil: new Gil() }),
  capabilities: { isolated: true },
});
