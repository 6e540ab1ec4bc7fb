// Who is measured: a process for each, kept alive, that is asked for a row by a line of JSON and answers with one.
import { spawn, spawnSync } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), "engines");

export class Engine {
  /**
   * @param options - `env`: beside what this process has; `asked`: of which rows it is, of all without it.
   */
  constructor(name, [command, ...args], { env = {}, asked = () => true } = {}) {
    this.name = name;
    this.asked = asked;
    this.child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"], env: { ...process.env, ...env } });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.child.on("error", () => {});
    this.child.stdin.on("error", () => {});
  }

  async next() {
    const { value, done } = await this.lines.next();
    return done ? undefined : JSON.parse(value);
  }

  /** Its name with the version; undefined where it does not start. */
  async start() {
    const line = await this.next();
    return line?.ready;
  }

  async ask(question) {
    this.child.stdin.write(`${JSON.stringify(question)}\n`);
    return (await this.next())?.times;
  }

  end() {
    this.child.stdin.end();
  }
}

/** The major version of NumPy that a Python has; undefined where it has none. */
function numpyOf(command) {
  const { status, stdout } = spawnSync(command, ["-c", "import numpy; print(numpy.__version__)"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return status === 0 ? Number.parseInt(stdout, 10) : undefined;
}

const blasRows = ({ operation }) => ["dot", "matmul", "matmul-blas"].includes(operation);
const sortRows = ({ operation }) => ["sort", "argsort"].includes(operation);
const blasThreads = (count) => ({ OPENBLAS_NUM_THREADS: `${count}`, OMP_NUM_THREADS: `${count}` });
const node = (file, ...args) => [process.execPath, path.join(folder, file), ...args];

/** NumPy, as the anchor of all ratios, with more threads for its BLAS, and as version 2, which sorts in another way. */
function numpys(python2) {
  const script = path.join(folder, "with_numpy.py");
  const candidates = ["/usr/bin/python3", "python3", "python"];
  const anchor = candidates.find((command) => numpyOf(command) !== undefined);
  if (!anchor) return [];
  const second = (python2 ? [python2] : candidates).find((command) => numpyOf(command) >= 2);
  return [
    new Engine("NumPy", [anchor, script], { env: blasThreads(1) }),
    new Engine("NumPy (2 BLAS threads)", [anchor, script], { env: blasThreads(2), asked: blasRows }),
    ...(second && numpyOf(anchor) < 2
      ? [new Engine("NumPy 2", [second, script], { env: blasThreads(1), asked: sortRows })]
      : []),
  ];
}

/**
 * Starts those who are there.
 * @param names - of those that are wanted; all if there are none.
 * @param python2 - a Python that has NumPy 2; it is looked for without one.
 */
export async function startEngines(names, python2) {
  const all = [
    ...numpys(python2),
    new Engine("ungil 1t", node("ungil.mjs", "1")),
    new Engine("ungil 2t", node("ungil.mjs", "2")),
    new Engine("loop", node("loop.mjs")),
    new Engine("numpy-ts", node("numpy-ts.mjs")),
    new Engine("tfjs", node("tfjs.mjs")),
    new Engine("jax-js", node("jax.mjs")),
    new Engine("stdlib", node("stdlib.mjs")),
  ];
  if (all[0].name !== "NumPy") console.error("no python3 with NumPy was found: times stand by themselves");
  const engines = [];
  for (const engine of all) {
    if (names.length > 0 && !names.includes(engine.name)) {
      engine.end();
      continue;
    }
    const version = await engine.start();
    if (version) engines.push(Object.assign(engine, { version }));
    else console.error(`${engine.name} did not start: it is left out (npm ci in bench/)`);
  }
  return engines;
}

/** Who tells how long the event loop is held up. */
export function startEventLoop() {
  return new Engine("event loop", node("event-loop.mjs"));
}
