import assert from "node:assert/strict";
import { test } from "node:test";
import { ProcessPoolExecutor, ThreadPoolExecutor } from "ungil";
import { Gil } from "ungil/lab";

/** The files of the package that the isolate has loaded which this runs in. */
function loadedFiles(): string[] {
  const { Session } = process.getBuiltinModule("node:inspector");
  const session = new Session();
  session.connect();
  const files: string[] = [];
  session.on("Debugger.scriptParsed", ({ params }) => {
    const [, name] = /\/dist\/node\/([^/]+)$/.exec(params.url) ?? [];
    if (name !== undefined) files.push(name.replace(/-[0-9A-Z]{8}\.cjs$/, ""));
  });
  session.post("Debugger.enable");
  session.disconnect();
  return files.toSorted();
}

test("a thread of a pool loads two files of the package", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  assert.deepEqual(await pool.submit(loadedFiles), ["ungil", "worker.cjs"]);
});

test("a process of a pool loads four files of the package", async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  assert.deepEqual(await pool.submit(loadedFiles), ["process-worker.cjs", "ungil", "ungil", "ungil"]);
});

test("a thread that gets a Gil does not load the laboratory", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, gil: new Gil() });
  const files = await pool.submit(loadedFiles);
  assert.ok(files.includes("gil.cjs"), files.join(" "));
  assert.ok(!files.includes("lab.cjs"), files.join(" "));
});

test("a Gil in a thread is of the class that the thread imports", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const isOne = async (gil: unknown): Promise<boolean> => gil instanceof (await import("ungil/lab")).Gil;
  assert.equal(await pool.submit(isOne, new Gil()), true);
});

test("a process loads no module of Node that starts processes", async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  const isLoaded = (): boolean =>
    (process as unknown as { moduleLoadList: string[] }).moduleLoadList.includes(
      "NativeModule child_process",
    );
  assert.equal(await pool.submit(isLoaded), false);
});
