import { fileURLToPath } from "node:url";
import { FixedClusterPool } from "poolifier";

const script = fileURLToPath(new URL("../workers/poolifier-cluster.cjs", import.meta.url));

export function createPool(workers) {
  // by its default, JSON, typed arrays arrive as objects
  const pool = new FixedClusterPool(workers, script, { settings: { serialization: "advanced" } });
  return { run: (name, argument) => pool.execute(argument, name) };
}
