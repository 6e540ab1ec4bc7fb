import { InlineExecutor } from "ungil";
import { executorFaults } from "ungil/testing";

executorFaults({
  name: "InlineExecutor",
  create: () => new InlineExecutor(),
  capabilities: { queues: false },
});
