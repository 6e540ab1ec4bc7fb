import { ThreadPoolExecutor, transfer } from "ungil";
import { tasks } from "../tasks.mjs";

export function createPool(workers, options) {
  const executor = new ThreadPoolExecutor({ maxWorkers: workers, ...options });
  return {
    executor,
    run: (name, argument, moved) =>
      executor.submit(tasks[name], moved ? transfer(argument, moved) : argument),
  };
}
