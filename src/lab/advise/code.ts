import type { Plan } from "./plan.js";

/** How the code names the function. */
export interface CodeNames {
  /** Name that the function has in the code. */
  readonly fn: string;
  /** What comes in front: the import of the function. */
  readonly lead?: string;
  /** Whether it takes the place of an item as its second argument. */
  readonly index: boolean;
  /** Whether it answers with a promise. */
  readonly asynchronous: boolean;
  /** Cores of this machine: as many workers are the default, and not written. */
  readonly cores: number;
}

/** Code to paste that runs the function over `items` by a plan. */
export function codeFor(plan: Plan, { fn, lead = "", index, asynchronous, cores }: CodeNames): string {
  const { executor, maxWorkers, tasksPerWorker, chunksize } = plan;
  if (executor === "inline") {
    const imports = lead === "" ? "" : `${lead}\n\n`;
    if (!asynchronous) {
      const call = index ? `(item, index) => ${fn}(item, index)` : `(item) => ${fn}(item)`;
      return `${imports}const results = items.map(${call});\n`;
    }
    return index
      ? `${imports}const results = [];\nfor (const [index, item] of items.entries()) results.push(await ${fn}(item, index));\n`
      : `${imports}const results = [];\nfor (const item of items) results.push(await ${fn}(item));\n`;
  }
  const className = {
    async: "AsyncExecutor",
    thread: "ThreadPoolExecutor",
    process: "ProcessPoolExecutor",
  }[executor];
  const options = [
    ...(executor !== "async" && maxWorkers === cores ? [] : [`maxWorkers: ${maxWorkers}`]),
    ...(tasksPerWorker === 1 ? [] : [`tasksPerWorker: ${tasksPerWorker}`]),
  ];
  const made = options.length === 0 ? "" : `{ ${options.join(", ")} }`;
  const mapOptions = chunksize === "auto" ? "" : `, { chunksize: ${chunksize} }`;
  return [
    `import { ${className} } from "ungil";`,
    ...(lead === "" ? [] : [lead]),
    "",
    `await using executor = new ${className}(${made});`,
    `const results = await executor.map(${fn}, items${mapOptions});`,
    "",
  ].join("\n");
}
