/**
 * Workers must not outlive the program. One whose event loop runs notices by itself that its pipe has closed; one
 * that computes can't. A shell of a few hundred KB waits for the program's end, however it comes, kills them, and
 * removes the shared memory that they leave.
 *
 * On Windows the system does this: Node starts children in a job that ends with their parent.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { isMainThread } from "node:worker_threads";
import { outermostContext } from "../async-context.js";
import { programList } from "./identity.js";
import { cleanUpScript } from "./shared-memory/clean-up-script.js";

/** What the program may be ended by must not end the guard before it. */
const script = `${cleanUpScript}
trap '' INT TERM HUP QUIT
pids=" "
while read -r sign pid; do
  case $sign in
    +) pids="$pids$pid " ;;
    -) case $pids in *" $pid "*) pids="\${pids%% "$pid" *} \${pids#* "$pid" }" ;; esac ;;
  esac
done
for pid in $pids; do kill -KILL "$pid"; done 2>/dev/null
[ -z "$1" ] || clean_up "$1" "$pids $2 "
`;

/** The same for systems without a shell. */
const scriptForNode = `
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) process.on(signal, () => {});
const pids = new Set();
require("node:readline").createInterface({ input: process.stdin })
  .on("line", (line) => line[0] === "+" ? pids.add(+line.slice(2)) : pids.delete(+line.slice(2)))
  .on("close", () => {
    for (const pid of pids) try { process.kill(pid, "SIGKILL"); } catch {}
    process.exit();
  });
`;

/** What of shared memory it removes. The end of a thread is not the end of the process: it has blocks that others use. */
const ownMemory = (): string[] => (isMainThread ? [programList(), String(process.pid)] : []);

class OrphanGuard {
  #guard: ChildProcess | undefined;
  readonly #pids = new Set<number>();

  started(pid: number): void {
    this.#pids.add(pid);
    if (process.platform === "win32") return;
    if (this.#guard) this.#tell(`+ ${pid}\n`);
    else
      outermostContext.runInAsyncScope(() =>
        this.#start("/bin/sh", ["-c", script, "ungil-guard", ...ownMemory()]),
      );
  }

  ended(pid: number): void {
    this.#pids.delete(pid);
    this.#tell(`- ${pid}\n`);
  }

  #start(file: string, args: readonly string[]): void {
    const guard = spawn(file, args, { stdio: ["pipe", "ignore", "ignore"], windowsHide: true });
    this.#guard = guard;
    guard.stdin.on("error", () => {}); // its end says so
    guard.unref();
    (guard.stdin as unknown as { unref(): void }).unref();
    guard.on("error", () => {
      if (file !== process.execPath) this.#start(process.execPath, ["-e", scriptForNode]);
    });
    guard.on("exit", () => {
      // somebody ended it: the next worker brings another
      if (this.#guard === guard) this.#guard = undefined;
    });
    for (const pid of this.#pids) this.#tell(`+ ${pid}\n`);
  }

  #tell(line: string): void {
    this.#guard?.stdin!.write(line);
  }
}

/** The one of this process. */
export const orphanGuard = new OrphanGuard();
