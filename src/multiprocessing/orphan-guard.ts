/**
 * Workers must not outlive the program. One whose event loop runs notices by itself that its pipe has closed; one
 * that computes can't. A shell of a few hundred KB waits for the program's end, however it comes, and kills them.
 *
 * On Windows the system does this: Node starts children in a job that ends with their parent.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { outermostContext } from "../async-context.js";

/** What the program may be ended by must not end the guard before it. */
const script = `
trap '' INT TERM HUP QUIT
pids=" "
while read -r sign pid; do
  case $sign in
    +) pids="$pids$pid " ;;
    -) case $pids in *" $pid "*) pids="\${pids%% "$pid" *} \${pids#* "$pid" }" ;; esac ;;
  esac
done
for pid in $pids; do kill -KILL "$pid"; done 2>/dev/null
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

class OrphanGuard {
  #guard: ChildProcess | undefined;
  readonly #pids = new Set<number>();

  started(pid: number): void {
    this.#pids.add(pid);
    if (process.platform === "win32") return;
    if (this.#guard) this.#tell(`+ ${pid}\n`);
    else outermostContext.runInAsyncScope(() => this.#start("/bin/sh", ["-c", script]));
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
