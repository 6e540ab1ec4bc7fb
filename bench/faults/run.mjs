// node bench/faults/run.mjs [--pool=] [--fault=] [--rounds=1] [--limit=5000] [--jobs=2] [--print] [--render]
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "../runner/machine.mjs";
import { faults } from "./faults.mjs";
import { report } from "./report.mjs";

const { values } = parseArgs({
  options: {
    pool: { type: "string", multiple: true },
    fault: { type: "string", multiple: true },
    rounds: { type: "string", default: "1" },
    limit: { type: "string", default: "5000" },
    jobs: { type: "string", default: "2" },
    print: { type: "boolean" },
    render: { type: "boolean" },
  },
});
const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const python = spawnSync("python3", ["--version"], { encoding: "utf8" });
const known = [
  "ungil",
  "piscina",
  "tinypool",
  "workerpool",
  "poolifier",
  ...(python.error ? [] : ["python"]),
];
const limit = Number(values.limit);

/** Runs one fault in a process of its own, and tells what it wrote and how it ended. */
function runCase(pool, fault) {
  const [command, script] =
    pool === "python" ? ["python3", ["child.py"]] : [process.execPath, ["child.mjs", pool]];
  const child = spawn(command, [file(script[0]), ...script.slice(1), fault.name, String(limit)], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    detached: true,
  });
  let text = "";
  child.stderr.resume();
  child.stdio[3].on("data", (data) => {
    text += data;
  });
  let killed = false;
  const kill = () => {
    killed = true;
    try {
      process.kill(-Number(child.pid), "SIGKILL");
    } catch {
      // It has ended in the meantime.
    }
  };
  const timer = setTimeout(kill, 8 * limit);
  let ending;
  child.stdio[3].on("data", () => {
    if (text.includes('"done"')) ending ??= setTimeout(kill, 3_000);
  });
  return new Promise((resolve) => {
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      clearTimeout(ending);
      setTimeout(() => {
        const seen = Object.assign(
          {},
          ...text
            .split("\n")
            .filter(Boolean)
            .map((line) => JSON.parse(line)),
        );
        resolve({ pool, fault: fault.name, ...seen, killed, exit: code ?? signal });
      }, 20);
    });
  });
}

const resultsFile = file("results.json");
const old = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, "utf8")) : { cases: [] };
if (!values.render) {
  const plan = Array.from({ length: Number(values.rounds) }, () =>
    faults
      .filter(({ name }) => !values.fault || values.fault.includes(name))
      .flatMap((fault) =>
        known.filter((name) => !values.pool || values.pool.includes(name)).map((pool) => ({ pool, fault })),
      ),
  ).flat();
  const cases = [];
  const work = async () => {
    for (let next = plan.shift(); next; next = plan.shift()) {
      const seen = await runCase(next.pool, next.fault);
      cases.push(seen);
      console.log(JSON.stringify(seen));
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  const again = new Set(cases.map(({ pool, fault }) => `${pool} ${fault}`));
  old.cases = [...old.cases.filter(({ pool, fault }) => !again.has(`${pool} ${fault}`)), ...cases];
  const { devDependencies } = JSON.parse(readFileSync(file("../package.json"), "utf8"));
  Object.assign(old, {
    limit,
    jobs: Number(values.jobs),
    node: process.version,
    python: python.stdout?.trim(),
    machine: describeMachine(),
    versions: devDependencies,
  });
}
if (!values.print) {
  // Messages name files of the machine: they are only printed.
  const kept = (key, value) => (key === "message" ? undefined : value);
  writeFileSync(resultsFile, `${JSON.stringify(old, kept, 2)}\n`);
  writeFileSync(file("README.md"), report(old));
}
