import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { root } from "../project/support/project.js";
import { installInto, node, pack, work, write } from "./support.js";

const packed = pack();

/** What a user writes: an export, a closure, a map, on every executor; prints one line when all is right. */
const program = `
async function main() {
  const outcomes = [];
  for (const executor of [
    new ThreadPoolExecutor({ maxWorkers: 2 }),
    new ProcessPoolExecutor({ maxWorkers: 2 }),
    new AsyncExecutor(),
    new InlineExecutor(),
  ]) {
    const factor = 3;
    const squares = await executor.map(square, [1, 2, 3]);
    const product = await executor.submit((n) => square(n) * factor, 2);
    const failure = await executor.submit(fail, "on purpose").exception();
    const futures = [4, 5].map((n) => executor.submit(square, n));
    const { done, notDone } = await wait(futures);
    const completed = [];
    for await (const future of asCompleted(futures)) completed.push(await future);
    completed.sort((a, b) => a - b);
    outcomes.push({
      squares,
      product,
      failure: failure instanceof RangeError && failure.message,
      waited: [done.size, notDone.size],
      completed,
    });
    await executor.shutdown();
  }
  const code = 7;
  const child = new Process({ target: (two) => leave(code * two, currentProcess().name), args: [2], name: "leaver" });
  child.start();
  const threads = new ThreadPoolExecutor({ maxWorkers: 1 });
  outcomes.push(await threads.submit((process) => process.name, child));
  await threads.shutdown();
  await child.join();
  outcomes.push({ exitCode: child.exitCode });
  const told = new Int32Array(new SharedArrayBuffer(8));
  const store = local(() => square(4));
  const thread = new Thread({
    target: (extra) => {
      told[0] = currentThread().name === "teller" ? store.value + extra : -1;
      told[1] = enumerate().includes(mainThread()) && enumerate().includes(currentThread()) ? 1 : -1;
    },
    args: [5],
    name: "teller",
  });
  thread.start();
  await thread.join();
  outcomes.push({ told: [...told], exitCode: thread.exitCode });
  const spinning = new Thread({ target: () => { for (;;); } });
  spinning.start();
  spinning.terminate();
  outcomes.push((await spinning.sentinel).reason);
  const lock = new Lock();
  const sums = new SharedArray("int32", 2);
  const locking = new ThreadPoolExecutor({ maxWorkers: 1 });
  sums[0] = await locking.submit((one, cells) => {
    const guard = one.acquireSync();
    cells[1]++;
    guard.release();
    return one === lock && cells.length;
  }, lock, sums);
  const counts = new SharedMap({ entries: 4 });
  const Point = SharedStruct.define({ x: "float64", name: "string:8" });
  const point = new Point({ x: 1 });
  const made = await locking.submit((map, one, Made) => {
    map.add("n", 2);
    one.x += 1;
    one.name = "there";
    return new Made({ x: 5 });
  }, counts, point, Point);
  outcomes.push([counts.get("n"), point.toJSON(), made instanceof Point && made.x]);
  await locking.shutdown();
  const holder = new Thread({ target: (one) => process.exit(one.acquireSync().released ? 1 : 3), args: [lock] });
  holder.start();
  await holder.join();
  const moving = new ThreadPoolExecutor({ maxWorkers: 1 });
  const bytes = await moving.submit(() => transfer(new Uint8Array([1, 2])));
  const late = await moving.submit(() => { throw new TimeoutError("late"); }).exception();
  outcomes.push([[...bytes], late instanceof TimeoutError, late.constructor === TimeoutError, TimeoutError.name, late.name]);
  const queue = new Queue();
  const taker = new Process({ target: async () => { for await (const _ of queue); } });
  taker.start();
  await queue.shutdown();
  await taker.join();
  outcomes.push(taker.exitCode);
  await moving.shutdown();
  outcomes.push({ sums: [...sums], exitCode: holder.exitCode, abandoned: (await lock.acquire()).abandoned });
  console.log(JSON.stringify(outcomes));
}
main();
`;

const once = {
  squares: [1, 4, 9],
  product: 12,
  failure: "on purpose",
  waited: [2, 0],
  completed: [16, 25],
};
const expected = [
  once,
  once,
  once,
  once,
  "leaver",
  { exitCode: 14 },
  { told: [21, 1], exitCode: 0 },
  "terminated",
  [2, { x: 2, name: "there" }, 5],
  [[1, 2], true, true, "TimeoutError", "TimeoutError"],
  0,
  { sums: [2, 1], exitCode: 3, abandoned: true },
];

const ofThreads =
  "currentThread, enumerate, local, Lock, mainThread, SharedArray, SharedMap, SharedStruct, Thread";
const names =
  "ThreadPoolExecutor, ProcessPoolExecutor, AsyncExecutor, InlineExecutor, wait, asCompleted, TimeoutError, transfer";
const tasks = `
export function square(n) {
  return n * n;
}
export function fail(why) {
  throw new RangeError(why);
}
export function leave(code, name) {
  process.exit(name === "leaver" ? code : 1);
}
`;
const esm = `import { ${names} } from "ungil";\nimport { currentProcess, Process, Queue } from "ungil/multiprocessing";\nimport { ${ofThreads} } from "ungil/threading";\nimport { square, fail, leave } from "./tasks.mjs";\n${program}`;
const cjs = `const { ${names} } = require("ungil");\nconst { currentProcess, Process, Queue } = require("ungil/multiprocessing");\nconst { ${ofThreads} } = require("ungil/threading");\nconst { square, fail, leave } = require("./tasks.cjs");\n${program}`;
const cjsTasks = `${tasks.replaceAll("export ", "")}\nmodule.exports = { square, fail, leave };\n`;

const user = installInto(
  "user",
  packed,
  {},
  {
    "main.mjs": esm,
    "tasks.mjs": tasks,
    "main.cjs": cjs,
    "tasks.cjs": cjsTasks,
  },
);

/** Runs a program and checks its one line; warnings on stderr count as failure. */
function checkRun(folder: string, ...args: string[]): void {
  const { status, stdout, stderr } = node(folder, ...args);
  assert.equal(stderr, "");
  assert.equal(status, 0, stdout);
  assert.deepEqual(JSON.parse(stdout), expected);
}

test("an ES module that imports the installed package runs tasks on every executor", () => {
  checkRun(user, "main.mjs");
});

test("a CommonJS program that requires the installed package runs tasks on every executor", () => {
  // Node 20 and 22.12 announce require(esm) with a warning that says nothing about the package
  checkRun(user, "--disable-warning=ExperimentalWarning", "main.cjs");
});

test("a script given on the command line runs tasks", () => {
  const script = `import { ThreadPoolExecutor } from "ungil";
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const two = 2;
    console.log(await pool.submit((n) => n * two, 21));
    await pool.shutdown();`;
  const { status, stdout, stderr } = node(user, "--input-type=module", "--eval", script);
  assert.equal(stderr, "");
  assert.equal(status, 0);
  assert.equal(stdout, "42\n");
});

test("the installed command answers with its version and its help", () => {
  const command = path.join(user, "node_modules/ungil/dist/node/cli.js");
  const version = node(user, command, "--version");
  assert.equal(version.status, 0, version.stderr);
  assert.match(version.stdout, /\d+\.\d+\.\d+/);
  const help = node(user, command, "--help");
  assert.equal(help.status, 0, help.stderr);
  assert.match(help.stdout, /Usage: ungil[^]*\bmap\b/);
});

test("a process that only imports the package ends by itself, and one that forgets shutdown too", () => {
  const idle = node(user, "--input-type=module", "--eval", `import "ungil"; import "ungil/threading";`);
  assert.deepEqual([idle.status, idle.stderr], [0, ""]);
  const forgetful = node(
    user,
    "--input-type=module",
    "--eval",
    `import { ThreadPoolExecutor } from "ungil";
     console.log(await new ThreadPoolExecutor().submit(Math.max, 1, 2));`,
  );
  assert.deepEqual([forgetful.status, forgetful.stderr, forgetful.stdout], [0, "", "2\n"]);
});

const typescript = `
import { ${names}, type Executor, type Future, task, withCaptures, currentTask } from "ungil";
import "ungil/asyncio";
import "ungil/testing";
import "ungil/multiprocessing";
import "ungil/threading";

const executor: Executor = new ThreadPoolExecutor({ maxWorkers: 2 });
const future: Future<number> = executor.submit(async (n: number) => n + 1, 1);
const all: string[] = await executor.map((n: number, index: number) => \`\${n}\${index}\`, [1, 2]);
for await (const outcome of executor.map((n: number) => n, [1], { errors: "settle" })) {
  if (outcome.status === "fulfilled") outcome.value.toFixed();
}
const { done } = await wait([future]);
for await (const each of asCompleted(done)) (await each).toFixed();
// @ts-expect-error: the function takes a number
executor.submit((n: number) => n, "one");
void [all, AsyncExecutor, InlineExecutor, task, transfer, withCaptures, currentTask];
`;

test("TypeScript sees the installed package's types from ES modules and CommonJS, its declarations checked", () => {
  const folder = path.join(user, "typed");
  const commonjs = typescript
    .replace(/^const executor/m, "async function main() {\nconst executor")
    .concat("}\nvoid main();\n");
  write(folder, {
    "main.mts": typescript,
    "main.cts": commonjs,
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        module: "nodenext",
        target: "es2022",
        lib: ["es2023", "esnext.disposable"],
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        skipLibCheck: false,
        typeRoots: [path.join(root, "node_modules/@types")],
        types: ["node"],
      },
      include: ["*.mts", "*.cts"],
    }),
  });
  const require = createRequire(import.meta.url);
  const tsc = path.join(path.dirname(require.resolve("@typescript/native/package.json")), "bin/tsc");
  const { status, stdout, stderr } = node(folder, tsc, "-p", ".");
  assert.equal(stdout + stderr, "");
  assert.equal(status, 0);
});

for (const { format, minify, conditions } of [
  { format: "esm", minify: false, conditions: ["module"] },
  { format: "esm", minify: true, conditions: ["module"] },
  { format: "cjs", minify: false, conditions: ["module"] },
  { format: "cjs", minify: true, conditions: ["module"] },
  // a bundler that does not know the condition takes the files that are meant for Node
  { format: "esm", minify: false, conditions: [] },
  { format: "cjs", minify: true, conditions: [] },
] as const) {
  const files = conditions.length > 0 ? "" : ", of the files for Node";
  const kind = `${minify ? "minified " : ""}${format}${files}`;
  test(`a program bundled with the package into one file (${kind}) runs without node_modules`, async () => {
    const folder = path.join(work, `bundle-${format}-${minify ? "minified" : "plain"}-${conditions.length}`);
    mkdirSync(folder);
    const outfile = path.join(folder, format === "esm" ? "app.mjs" : "app.cjs");
    const { warnings } = await build({
      entryPoints: [path.join(user, "main.mjs")],
      outfile,
      bundle: true,
      minify,
      format,
      conditions: [...conditions],
      platform: "node",
      target: "node20",
      logLevel: "silent",
    });
    assert.deepEqual(
      warnings.map(({ text }) => text),
      [],
    );
    checkRun(folder, outfile);
  });
}

test("what a bundled program can't send for the inside of a package is refused with the remedy that helps", async () => {
  const folder = path.join(work, "bundle-inside");
  mkdirSync(folder);
  const outfile = path.join(folder, "app.mjs");
  await build({
    stdin: {
      contents: `import { ThreadPoolExecutor } from "ungil";
        import { sleep } from "ungil/asyncio";
        try { new ThreadPoolExecutor().submit(async () => await sleep(1)); } catch (error) { console.log(error.message); }`,
      resolveDir: user,
    },
    outfile,
    bundle: true,
    format: "esm",
    conditions: ["module"],
    platform: "node",
    target: "node20",
    logLevel: "silent",
  });
  assert.match(node(folder, outfile).stdout, /`sleep` → .*keep the package out of the bundle/);
});
