// A third party's executor can be held to the contract with nothing but the public entries.
import { executorContract } from "ungil/testing";
import { MicrotaskExecutor } from "./support/microtask-executor.js";

executorContract({ name: "MicrotaskExecutor", create: (options) => new MicrotaskExecutor(options) });
