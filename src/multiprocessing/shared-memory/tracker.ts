/**
 * Waits for the end of this process, however it comes, to remove the blocks that it leaves (rule 7). A shell of a
 * few hundred KB, whose input ends with the process: not with the thread that starts it, as a pipe of Node would.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { outermostContext } from "../../async-context.js";
import { programList } from "../identity.js";
import { sweep } from "./clean-up.js";
import { cleanUpScript } from "./clean-up-script.js";
import { entryFile, inList } from "./entries.js";
import { libc } from "./libc.js";

/** What the program may be ended by must not end the tracker before it. */
const script = `${cleanUpScript}
trap '' INT TERM HUP QUIT
while read -r nothing; do :; done
clean_up "$1" " $2 "
`;

let swept = false;

/** Sees to it that there is a tracker of this process: one, whichever of its threads asks. */
export function ensureTracker(): void {
  if (!swept) sweep(path.dirname(programList()));
  swept = true;
  // for all threads, in the form of an entry, so that it goes with the others
  const file = entryFile("0", "tracker");
  if (isTracker(file)) return;
  const pid = outermostContext.runInAsyncScope(start);
  if (pid !== undefined) inList(() => writeFileSync(file, String(pid)));
}

function isTracker(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    return pid > 0 && process.kill(pid, 0);
  } catch {
    // there was none yet, or somebody has ended it
    return false;
  }
}

/** @returns undefined on a system without a shell: the next program sweeps. */
function start(): number | undefined {
  const [reads, writes] = libc().pipe();
  const tracker = spawn("/bin/sh", ["-c", script, "ungil-tracker", programList(), String(process.pid)], {
    stdio: [reads, "ignore", "ignore"],
    // the program's folder may have to go before it
    cwd: "/",
  });
  tracker.on("error", () => {}); // one that has no pid
  tracker.unref();
  libc().close(reads);
  if (tracker.pid === undefined) libc().close(writes);
  return tracker.pid;
}
