// A worker's first task needs a third of what tasks may need. The rest is loaded by the first call of a function of it:
// synchronous, as such calls are. The sources know nothing of this: an import of one of the modules below, in a module
// that a worker loads at its start, becomes an import of functions that load the real ones.
import { readFileSync } from "node:fs";
import path from "node:path";

/** Modules of which what a worker needs first calls nothing but functions, and those in few tasks. */
const deferred = [
  "functions/capture.js",
  "functions/references.js",
  "multiprocessing/process-main.js",
  "pool/chunk-host.js",
  "pool/post-encoded.js",
  "pool/remote-executor.js",
  "wire/decode.js",
  "wire/encode.js",
];

/** The file that has them all: what it exports is named as the modules are. */
export const laterEntry = deferred
  .map((name) => `export * as ${exportName(name)} from "./${name}";`)
  .join(" ");

function exportName(name) {
  return name.replace(/\.js$/, "").replaceAll(/[^a-z]+(\w)/g, (_, letter) => letter.toUpperCase());
}

const statement = /^(?:import|export)\s+(?:[^"';()]*?\s+from\s+)?"(\.[^"]+)"/gm;

/** Modules that are reached from some without those that are deferred. */
function reachedFrom(entries, dist) {
  const reached = new Set();
  const visit = (name) => {
    if (reached.has(name) || deferred.includes(name)) return;
    reached.add(name);
    for (const [, to] of readFileSync(path.join(dist, name), "utf8").matchAll(statement))
      visit(path.join(path.dirname(name), to));
  };
  for (const entry of entries) visit(entry);
  return reached;
}

/** The parser and what goes with it has a file of its own, which is loaded when a function is captured. */
const analysis = "functions/analysis/index.js";

/** For esbuild: gives the modules that `entries` load at their start stand-ins of those that are deferred. */
export function deferModules(entries, dist) {
  const early = reachedFrom(entries, dist);
  return {
    name: "defer-modules",
    setup(build) {
      build.onResolve({ filter: /^\.{1,2}\// }, ({ importer, kind, path: name, resolveDir }) => {
        const target = path.relative(dist, path.join(resolveDir, name));
        if (kind !== "import-statement") return undefined;
        if (target === analysis) return { path: target, namespace: "deferred" };
        if (!deferred.includes(target)) return undefined;
        return early.has(path.relative(dist, importer)) ? { path: target, namespace: "deferred" } : undefined;
      });
      build.onLoad({ filter: /.*/, namespace: "deferred" }, ({ path: name }) => {
        const text = readFileSync(path.join(dist, name), "utf8");
        const functions = [...text.matchAll(/^export (?:(?:async )?function |\{ )(\w+)/gm)].map(
          ([, each]) => each,
        );
        // scripts/commonjs.mjs makes calls of `require` of these names
        const real = name === analysis ? "requireAnalysis()" : `requireLater().${exportName(name)}`;
        const standIns = functions.map(
          (each) => `export const ${each} = (...args) => ${real}.${each}(...args);`,
        );
        return { contents: standIns.join("\n") };
      });
    },
  };
}
