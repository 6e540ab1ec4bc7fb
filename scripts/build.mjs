// Builds src/ into dist/ and test/ into build/test/, each from scratch. Beside a file for each module, which
// bundlers take apart, dist/node/ has what Node loads: few files, with which programs and workers start faster.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { takeBuiltins } from "./builtins.mjs";
import { commonJsFiles } from "./commonjs.mjs";
import { deferModules, laterEntry } from "./deferred.mjs";
import { compileKernels } from "./kernels.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const tsc = path.join(path.dirname(require.resolve("@typescript/native/package.json")), "bin/tsc");

/** Runs a program in the project's folder; a failure ends the build with its exit code. */
function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/** Contained code whose licence asks to be named. */
const banner = {
  js: `/* Contains acorn:\n${readFileSync(path.join(path.dirname(require.resolve("acorn/package.json")), "LICENSE"), "utf8").trim()}\n*/`,
};

/** What all bundles have in common. */
const bundling = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  legalComments: "none",
  logLevel: "warning",
};

/** Modules that the tests' tools find in the main entry: classes must not be there twice in a program. */
const inMainEntry = /^(?:\.\.\/)+(?:errors|futures\/(?:as-completed|future|wait))\.js$/;

const fromMainEntry = {
  name: "from-main-entry",
  setup(build) {
    const found = { path: "./index.js", external: true };
    build.onResolve({ filter: inMainEntry }, () => found);
    // of modules at the top, not of the contract's own module of the name
    build.onResolve({ filter: /^\.\/errors\.js$/ }, ({ importer }) =>
      path.dirname(importer) === path.join(root, "dist") ? found : undefined,
    );
  },
};

/** The report of `ungil lab` is a file of its own, since what draws its charts is large. */
const reportApart = {
  name: "report-apart",
  setup(build) {
    build.onResolve({ filter: /\/report\/page\.js$/ }, () => ({ path: "./lab-report.js", external: true }));
  },
};

/** Bundles what draws the report, and puts the licences of the packages in it into its first lines. */
async function bundleReport() {
  const { metafile, outputFiles } = await build({
    ...bundling,
    entryPoints: ["dist/cli/lab/report/page.js"],
    outfile: "dist/node/lab-report.js",
    format: "esm",
    minify: true,
    write: false,
    metafile: true,
  });
  const packages = new Set(
    Object.keys(metafile.inputs).flatMap((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
  );
  const licences = [...packages].toSorted().map((folder) => {
    const licence = readdirSync(path.join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
    const { name, license } = JSON.parse(readFileSync(path.join(root, folder, "package.json"), "utf8"));
    const text = licence ? readFileSync(path.join(root, folder, licence), "utf8").trim() : license;
    return `${name}:\n${text.replaceAll("*/", "* /")}`;
  });
  const contains = `/* Contains\n\n${licences.join("\n\n")}\n*/\n`;
  writeFileSync(path.join(root, "dist/node/lab-report.js"), contains + outputFiles[0].text);
}

/** What runs in workers of every kind. */
const inWorkers = [
  "threading/run-worker.js",
  "threading/thread/run-thread.js",
  "multiprocessing/run-process.js",
];

const loadWhatWorkersNeed = inWorkers.map((name) => `import "./${name}";`).join(" ");

/**
 * Makes entries of texts. Modules that the same entries reach become one file. All but those of workers reach all that
 * any worker needs, and so do modules that are loaded later: what workers have in common is one file then, and what only
 * later calls in them need is another.
 */
function entriesOfTexts(entries, dist) {
  return {
    name: "entries-of-texts",
    setup(build) {
      build.onResolve({ filter: /^entry:/ }, ({ path: name }) => ({
        path: name.slice(6),
        namespace: "entry",
      }));
      build.onLoad({ filter: /.*/, namespace: "entry" }, ({ path: name }) => ({
        contents: entries[name],
        resolveDir: dist,
      }));
      build.onResolve({ filter: /^\.{1,2}\// }, ({ kind, path: name, resolveDir }) => {
        return kind === "dynamic-import"
          ? { path: path.join(resolveDir, name), namespace: "later" }
          : undefined;
      });
      build.onLoad({ filter: /.*/, namespace: "later" }, ({ path: file }) => ({
        contents: `${loadWhatWorkersNeed} import "entry:later";\nexport * from ${JSON.stringify(file)};`,
        resolveDir: dist,
      }));
    },
  };
}

/** Puts the modules together that Node loads, so that there are few files; CONTRIBUTING.md says why. */
async function bundleForNode() {
  const files = {
    ...bundling,
    outdir: "dist/node",
    minifyWhitespace: true,
    minifySyntax: true,
    // Node prints the line of an error that nobody catches
    lineLimit: 160,
    sourcemap: true,
  };
  const dist = path.join(root, "dist");
  const chapters = ["asyncio", "lab", "multiprocessing", "native", "numeric", "threading"];
  const shared = `${loadWhatWorkersNeed} import "entry:later";`;
  const own = {
    later: `${loadWhatWorkersNeed} ${laterEntry}`,
    index: `${shared} export * from "./index.js";`,
    // what workers of pools have in common is one file: the others read that too
    thread: `import "./threading/run-worker.js"; import "./threading/thread/entry.js";`,
    worker: `import "./threading/worker.js";`,
    // what a worker needs of the laboratory, see src/portable.ts
    gil: `${shared} import "./lab/receive.js";`,
    "process-worker": `import "./threading/run-worker.js"; import "./multiprocessing/worker.js";`,
    cli: `#!/usr/bin/env node\n${shared} import "./cli/main.js";`,
  };
  // each reaches all that the main entry does: else what only some of them need would be files of their own
  for (const chapter of chapters)
    own[chapter] = `${shared} import "./index.js";\nexport * from "./${chapter}/index.js";`;
  const { outputFiles } = await build({
    ...files,
    entryPoints: Object.keys(own).map((name) => ({ in: `entry:${name}`, out: name })),
    format: "esm",
    splitting: true,
    write: false,
    // what a chapter loads of another one, when it is needed
    external: ["ungil/*"],
    // package.json says that no import is for its effects alone; this one is
    ignoreAnnotations: true,
    // src/package-home.ts knows the file by this name
    chunkNames: "ungil-[hash]",
    plugins: [reportApart, deferModules(inWorkers, dist), entriesOfTexts(own, dist), takeBuiltins(dist)],
    banner,
  });
  mkdirSync(path.join(dist, "node"));
  for (const [name, text] of commonJsFiles(outputFiles, ["index", ...chapters, "gil", "cli"]))
    writeFileSync(path.join(dist, "node", name), text);
  await bundleReport();
  await build({
    ...files,
    entryPoints: { analysis: "dist/functions/analysis/index.js" },
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    banner,
  });
  await build({
    ...files,
    entryPoints: { testing: "dist/testing/index.js" },
    format: "esm",
    plugins: [fromMainEntry],
  });
}

/** The chapters whose objects travel, for `Entry` in src/portable.ts. */
const travelling = ["lab", "multiprocessing", "native", "numeric", "threading"];
const receiving = travelling.map((chapter) => `import "./${chapter}/receive.js";`).join(" ");

/**
 * Puts the worker's entry, with all it imports, as one text into `workerSource`: a bundled program has no
 * files of ours beside it to start workers from.
 */
async function embedWorker(chapter) {
  const { outputFiles } = await build({
    ...bundling,
    // what a program sends may be of any chapter
    stdin: {
      contents: `import "./${chapter}/worker-in-bundle.js"; ${receiving}`,
      resolveDir: path.join(root, "dist"),
    },
    // a worker that is started from a text is a CommonJS script
    format: "cjs",
    minify: true,
    // names are part of messages
    keepNames: true,
    banner,
    write: false,
    // package.json says that no import is for its effects alone; the one of the entry file is
    ignoreAnnotations: true,
    // src/package-home.ts reckons with it
    logOverride: { "empty-import-meta": "silent" },
  });
  fill(`dist/${chapter}/worker-source.js`, "workerSource", outputFiles[0].text);
}

/** Puts what a thread of the crew of `numeric` runs into `helperSource`. */
async function embedHelper() {
  const { outputFiles } = await build({
    ...bundling,
    entryPoints: ["dist/numeric/crew/helper.js"],
    format: "cjs",
    minify: true,
    write: false,
    ignoreAnnotations: true,
  });
  fill("dist/numeric/crew/helper-source.js", "helperSource", outputFiles[0].text);
}

/** Gives a constant that is empty in a built module its real text. */
function fill(name, constant, text) {
  const file = path.join(root, name);
  const empty = `export const ${constant} = "";`;
  const module = readFileSync(file, "utf8");
  if (!module.includes(empty)) throw new Error(`${file} does not hold \`${empty}\``);
  writeFileSync(
    file,
    module.replace(empty, () => `export const ${constant} = ${JSON.stringify(text)};`),
  );
}

rmSync(path.join(root, "dist"), { recursive: true, force: true });
run(tsc, "-p", "tsconfig.json");
for (const [variant, constant] of [
  ["simd", "kernelsBinary"],
  ["relaxed", "relaxedBinary"],
]) {
  const binary = await compileKernels(variant);
  fill("dist/numeric/kernels/binary.js", constant, binary.toString("base64"));
}
await embedHelper();
for (const chapter of ["threading", "multiprocessing"]) await embedWorker(chapter);
await bundleForNode();
chmodSync(path.join(root, "dist/node/cli.js"), 0o755);
rmSync(path.join(root, "build/test"), { recursive: true, force: true });
run(tsc, "-p", "tsconfig.test.json");
