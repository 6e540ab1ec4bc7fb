import { ProcessPoolExecutor, transfer } from "ungil";
import { tasks } from "../tasks.mjs";

export function createPool(workers, options) {
  const executor = new ProcessPoolExecutor({ maxWorkers: workers, ...options });
  return {
    executor,
    run: (name, argument, moved) =>
      executor.submit(tasks[name], moved ? transfer(argument, moved) : argument),
  };
}
