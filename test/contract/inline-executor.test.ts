import { InlineExecutor } from "ungil";
import { executorContract } from "ungil/testing";

executorContract({
  name: "InlineExecutor",
  create: (options) =>
    new InlineExecutor(options?.onUnobserved ? { onUnobserved: options.onUnobserved } : {}),
  capabilities: { queues: false },
});
