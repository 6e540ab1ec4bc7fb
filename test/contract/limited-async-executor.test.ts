import { AsyncExecutor } from "ungil";
import { executorContract } from "ungil/testing";

// limits that hold nothing up, so that the contract is that of every executor
executorContract({
  name: "AsyncExecutor with limits",
  create: (options) =>
    new AsyncExecutor({ ...options, rateLimit: { tasks: 1_000_000, interval: 1 }, maxPerKey: 1_000 }).with({
      key: "all",
    }),
});
