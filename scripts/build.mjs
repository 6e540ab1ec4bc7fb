// Builds src/ into dist/ and test/ into build/test/, each from scratch. Beside a file for each module, which
// bundlers take apart, dist/node/ has what Node loads: few files, with which programs and workers start faster.
import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

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
  // each reaches all that the main entry does: else what only some of them need would be files of their own
  const chapters = ["asyncio", "multiprocessing", "threading"];
  const fileOf = (chapter) => path.join(root, `dist/node-${chapter}.js`);
  for (const chapter of chapters) {
    writeFileSync(fileOf(chapter), `import "./index.js";\nexport * from "./${chapter}/index.js";\n`);
  }
  await build({
    ...files,
    entryPoints: {
      index: "dist/index.js",
      ...Object.fromEntries(chapters.map((chapter) => [chapter, fileOf(chapter)])),
      thread: "dist/threading/thread/entry.js",
      worker: "dist/threading/worker.js",
      "process-worker": "dist/multiprocessing/worker.js",
      cli: "dist/cli/main.js",
    },
    format: "esm",
    splitting: true,
    // what a chapter loads of another one, when it is needed
    external: ["ungil/*"],
    // package.json says that no import is for its effects alone; this one is
    ignoreAnnotations: true,
    // src/package-home.ts knows the file by this name
    chunkNames: "ungil-[hash]",
    banner,
  });
  for (const chapter of chapters) rmSync(fileOf(chapter));
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
const travelling = ["multiprocessing", "threading"];
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
  const file = path.join(root, `dist/${chapter}/worker-source.js`);
  const empty = 'export const workerSource = "";';
  const module = readFileSync(file, "utf8");
  if (!module.includes(empty)) throw new Error(`${file} does not hold \`${empty}\``);
  writeFileSync(
    file,
    module.replace(empty, () => `export const workerSource = ${JSON.stringify(outputFiles[0].text)};`),
  );
}

rmSync(path.join(root, "dist"), { recursive: true, force: true });
run(tsc, "-p", "tsconfig.json");
for (const chapter of ["threading", "multiprocessing"]) await embedWorker(chapter);
await bundleForNode();
chmodSync(path.join(root, "dist/node/cli.js"), 0o755);
rmSync(path.join(root, "build/test"), { recursive: true, force: true });
run(tsc, "-p", "tsconfig.test.json");
