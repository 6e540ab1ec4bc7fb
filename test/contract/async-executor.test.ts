import { AsyncExecutor } from "ungil";
import { executorContract } from "ungil/testing";

executorContract({ name: "AsyncExecutor", create: (options) => new AsyncExecutor(options) });
