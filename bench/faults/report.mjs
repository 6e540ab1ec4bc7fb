import { faults } from "./faults.mjs";

const names = ["ungil", "piscina", "tinypool", "workerpool", "poolifier", "python"];

/** The verdict of one case in few words. */
function verdict(seen) {
  if (!seen) return "not run";
  if (seen.skip) return `– (${seen.skip})`;
  const words = [];
  const { settle, neighbours, running, waiting, recover, close } = seen;
  if (!settle) words.push("no verdict");
  else if (settle.hangs) words.push(settle.of ? `**hangs** (${settle.of})` : "**hangs**");
  else {
    const how = settle.error
      ? `${settle.error}${settle.code === undefined ? "" : ` ${settle.code}`}`
      : settle.call
        ? "done"
        : "a value, no error";
    words.push(`settles${settle.ms === undefined ? "" : ` ${settle.ms} ms`}, ${how}`);
  }
  if (settle?.started) words.push("**the task ran**");
  for (const [what, kept] of Object.entries({ running, waiting })) {
    if (!kept) continue;
    words.push(
      `${what}: ${kept.done} done, ${kept.failed} failed${kept.hang ? `, **${kept.hang} hang**` : ""}`,
    );
  }
  if (neighbours?.some(({ error }) => error)) words.push("**kills neighbours**");
  if (neighbours?.some(({ hangs }) => hangs)) words.push("**neighbours hang**");
  if (recover === "no") words.push("**does not recover**");
  if (recover === "partly" && seen.pool !== "poolifier") words.push("**recovers in part**");
  if (close?.hangs) words.push("**close hangs**");
  if (seen.killed) words.push(seen.done ? "**no exit**" : "**process hangs**");
  else if (!seen.done) words.push(`**parent ends early** (${seen.exit})`);
  return words.join("; ");
}

/** README.md of the faults. */
export function report({ cases, limit, jobs, node, python, machine, versions }) {
  const head = names.map((name) =>
    name === "python" ? "Python ProcessPoolExecutor" : `${name}${versions[name] ? ` ${versions[name]}` : ""}`,
  );
  const cell = (fault, pool) => {
    const all = cases.filter((one) => one.fault === fault && one.pool === pool).map(verdict);
    return [...new Set(all)].join(" / ") || "not run";
  };
  const rows = faults.map(
    ({ name, title }) => `| ${title} | ${names.map((pool) => cell(name, pool)).join(" | ")} |`,
  );
  return `# Faults

The same faults in ungil and other pools, measured by \`npm run bench:faults\`; written by it, don't edit.
Node ${node}, ${python || "no Python"}, ${machine.system}, ${machine.cores} cores.

Each cell is a fresh process with a pool of two workers, ${jobs} such processes at a time, on a shared machine:
times are rough. Beside the task that meets the fault, one task runs on the other worker, and three wait.
"Hangs" means: not settled ${limit} ms after the cause (of the 20 crashes: ${4 * limit} ms after they were submitted). Peers are threads; Python's are processes, and \`process.exit\`
is \`os._exit\` there.

<!-- prettier-ignore -->
| fault | ${head.join(" | ")} |
| --- | ${names.map(() => "---").join(" | ")} |
${rows.join("\n")}

- **settles**: ms from the cause, and the class of the error with its exit code or code. "A value, no error": the task
  ended as if nothing had happened, which is right for a task that is not hurt, and for a pool that can't see the fault.
- Where nothing else is said, neighbours and queued tasks were unharmed, the pool then ran two tasks on two workers at
  once, and the process ended by itself.
- **kills neighbours**: a task that had no part in it failed. **recovers in part**: two tasks at once did not run on two workers in four
  goes; not said of poolifier, which does so without a fault too.
- **no exit**: the process did not end within 3 s of its last statement. **parent ends early**: the process that owns
  the pool ended before the case was over, with the exit code in brackets.
- **–**: left out, for the reason in brackets.
`;
}
