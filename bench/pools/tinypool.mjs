import { Tinypool } from "tinypool";

const filename = new URL("../tasks.mjs", import.meta.url).href;

export function createPool(workers, options) {
  const pool = new Tinypool({ filename, minThreads: workers, maxThreads: workers, ...options });
  return { run: (name, argument, transferList) => pool.run(argument, { name, transferList }) };
}
