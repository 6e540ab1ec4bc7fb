import { NativeExecutor } from "ungil/native";
import { executorContract } from "ungil/testing";

executorContract({ name: "NativeExecutor", create: (options) => new NativeExecutor(options) });
