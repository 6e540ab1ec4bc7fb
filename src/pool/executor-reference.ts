import type { TaskOptions } from "../futures/executor.js";

/** What names an executor, or a view of one, to another isolate. */
export interface ExecutorReference {
  readonly executor: number;
  readonly name: string;
  readonly options: TaskOptions;
}

/** Name of the reviver that makes an executor on another side. */
export const executorReviver = "ungil.executor";
