// What the package exports is the worker's own where a task has it as a value, and not by an import of its module.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ThreadPoolExecutor } from "ungil";

const entries = [
  "ungil",
  "ungil/asyncio",
  "ungil/lab",
  "ungil/multiprocessing",
  "ungil/native",
  "ungil/numeric",
  "ungil/threading",
];

const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
after(() => pool.shutdown());

for (const entry of entries) {
  test(`functions and classes of ${entry} that a closure holds are those of the worker`, async () => {
    const exported = (await import(entry)) as Record<string, unknown>;
    const others: string[] = [];
    let functions = 0;
    for (const [name, held] of Object.entries(exported)) {
      if (typeof held !== "function") continue;
      functions++;
      const isOwn = await pool.submit(
        async (from: string) => ((await import(from)) as Record<string, unknown>)[name] === held,
        entry,
      );
      if (!isOwn) others.push(name);
    }
    assert.ok(functions > 0);
    assert.deepEqual(others, []);
  });
}
