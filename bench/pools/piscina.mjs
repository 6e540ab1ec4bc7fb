import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";

const filename = fileURLToPath(new URL("../tasks.mjs", import.meta.url));

export function createPool(workers, options) {
  const pool = new Piscina({ filename, minThreads: workers, maxThreads: workers, ...options });
  return { run: (name, argument, transferList) => pool.run(argument, { name, transferList }) };
}
