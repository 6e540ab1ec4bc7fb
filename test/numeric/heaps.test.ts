import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { build, type Plugin } from "esbuild";
import { root } from "../project/support/project.js";

const limit = { timeout: 90_000 };
const folder = mkdtempSync(path.join(os.tmpdir(), "ungil-heaps-"));
after(() => rmSync(folder, { recursive: true }));

const numeric = import.meta.resolve("ungil/numeric");

function run(file: string): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], {
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

/** The package's own name, for a program that lies elsewhere. */
const thisPackage: Plugin = {
  name: "this-package",
  setup(bundling) {
    bundling.onResolve({ filter: /^ungil(?:\/|$)/ }, ({ path: name, pluginData }) =>
      pluginData === "resolved"
        ? undefined
        : bundling.resolve(name, { resolveDir: root, kind: "import-statement", pluginData: "resolved" }),
    );
  },
};

const imports = (name: string): string => `import(${JSON.stringify(numeric)}).then((np) => { ${name} });`;

test("threads that made arrays before they met refuse each other's, and say what to do", limit, () => {
  // the main thread does not load ungil/numeric, so that nothing makes the threads share a heap
  const file = path.join(folder, "two-heaps.mjs");
  const maker = imports(`
    globalThis.kept = np.from([[1, 2], [3, 4]]);
    parentPort.postMessage(kept.handle);`);
  const user = imports(`
    globalThis.own = workerData && np.from([[1, 0], [0, 2]]);
    parentPort.once("message", (handle) => {
      try {
        parentPort.postMessage(np.matmulSync(np.attach(handle), np.from([[1, 0], [0, 2]])).toArray());
      } catch ({ code, message }) {
        parentPort.postMessage({ code, message });
      }
    });`);
  writeFileSync(
    file,
    `import { Worker } from "node:worker_threads";
     const start = (code, workerData) =>
       new Worker('const { parentPort, workerData } = require("node:worker_threads");' + code, { eval: true, workerData });
     const told = (worker) => new Promise((resolve) => worker.once("message", resolve));
     const maker = start(${JSON.stringify(maker)});
     const handle = await told(maker);
     for (const hasOwn of [false, true]) {
       const user = start(${JSON.stringify(user)}, hasOwn);
       user.postMessage(handle);
       console.log(JSON.stringify(await told(user)));
       await user.terminate();
     }
     await maker.terminate();`,
  );
  const [shared, refused] = run(file).split("\n");
  assert.deepEqual(JSON.parse(shared!), [
    [1, 4],
    [3, 8],
  ]);
  const { code, message } = JSON.parse(refused!) as { code: string; message: string };
  assert.equal(code, "ERR_UNGIL_INVALID_STATE");
  assert.match(message, /Import "ungil\/numeric" in the main thread/);
});

test("in a bundle arrays cross to threads, and operations have a crew", limit, async () => {
  const source = path.join(folder, "program.mjs");
  writeFileSync(
    source,
    `import { ThreadPoolExecutor } from "ungil";
     import { full, matmul, sumSync } from "ungil/numeric";
     const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
     const a = full([300, 300], 0.5);
     await pool.submit((x) => void x.typed.fill(2), a);
     const back = await pool.submit((x) => x, a);
     const product = await matmul(a, back);
     console.log(product.typed[0], sumSync(product), back.address === a.address);
     await pool.shutdown();`,
  );
  const outfile = path.join(folder, "bundle.mjs");
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "silent",
    plugins: [thisPackage],
  });
  assert.equal(run(outfile), `1200 ${1200 * 90_000} true`);
});
