// Starts measurements, each in a process of its own, and gets their answers.
import { fork, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { contenders } from "../contenders.mjs";

const measurement = fileURLToPath(new URL("measure.mjs", import.meta.url));
const python = fileURLToPath(new URL("../python/peers.py", import.meta.url));

/** Limit of one measurement, in ms. */
const usualLimit = 90_000;

/**
 * Without certificates that the machine adds to Node's: each process that is started reads them first, which takes
 * longer than all else, except those of pools that hand no environment down.
 */
const { NODE_EXTRA_CA_CERTS: _certificates, ...environment } = process.env;

/** The version of a Node binary, such as "v20.20.2". */
export function nodeVersion(binary) {
  const { stdout, status, error } = spawnSync(binary, ["--version"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${binary} does not run: ${error?.message ?? `exit code ${status}`}`);
  return stdout.trim();
}

/** python3's version, or `undefined` where there is none. */
export function pythonVersion() {
  const { stdout, status } = spawnSync("python3", ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim().replace("Python ", "") : undefined;
}

/** Measures one contender in one row: `{ metrics }`, `{ failed }` or `{ unavailable }`. */
export function measureInProcess({ binary, nodeMajor, request, limit = usualLimit }) {
  const contender = contenders[request.contender];
  if (contender?.kind === "python") return measureInPython(request, limit);
  const preload = contender?.preloadBefore;
  const execArgv = ["--expose-gc"];
  if (preload && nodeMajor < preload.major) execArgv.push("--import", preload.module);
  const child = fork(measurement, [JSON.stringify(request)], {
    execPath: binary,
    execArgv,
    env: environment,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  return new Promise((resolve) => {
    let outcome;
    let complaint = "";
    const timer = setTimeout(() => {
      outcome = { failed: `not done within ${limit / 1_000} s` };
      child.kill("SIGKILL");
    }, limit);
    child.stderr.on("data", (chunk) => {
      complaint += chunk;
    });
    child.on("message", (message) => {
      outcome ??= message;
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const last = complaint.trim().split("\n").at(-1);
      resolve(outcome ?? { failed: `ended with ${signal ?? `code ${code}`} before it answered: ${last}` });
    });
  });
}

function measureInPython({ row, contender, size, workers }, limit) {
  const { stdout, stderr, status, error } = spawnSync(
    "python3",
    [python, row, contender, String(workers), JSON.stringify(size)],
    { encoding: "utf8", timeout: limit, killSignal: "SIGKILL" },
  );
  if (status === 0) return { metrics: JSON.parse(stdout) };
  return { failed: error?.message ?? stderr.trim().split("\n").at(-1) };
}
