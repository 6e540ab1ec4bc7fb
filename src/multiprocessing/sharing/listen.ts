/**
 * Where an owner is reached: a named pipe on Windows, on Linux a socket that has a name and no file, elsewhere a
 * socket in a folder that nobody else may enter.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/** How an owner can be reached. */
export type Way = "pipe" | "abstract" | "folder";

/** Most bytes of a socket's path: 104 on macOS, with the zero at its end. */
const longestPath = 103;

/** Connections that wait while the event loop is busy; the system refuses more. */
const mostWaiting = 4_096;

const folderName = (pid: number | string): string => `ungil-socket-${pid}-`;

/**
 * Makes a server listen, before it returns.
 * @param ways - tried in turn.
 * @returns the path of its socket.
 * @throws Error where no way is open.
 */
export function listen(server: Server, ways: readonly Way[] = waysHere()): string {
  const failures: string[] = [];
  for (const way of ways) {
    const at = placeOf(way);
    // `error` would come later, and the answer is known before
    const ignore = (error: Error): void => void failures.push(error.message);
    server.once("error", ignore);
    try {
      // a worker of a cluster would ask its primary for it
      server.listen({ path: at, exclusive: true, backlog: mostWaiting });
    } catch (error) {
      failures.push((error as Error).message);
    }
    if (server.listening) {
      server.off("error", ignore);
      return at;
    }
  }
  throw new Error(`no socket could be made that other processes can reach: ${failures.join("; ")}`);
}

function waysHere(): readonly Way[] {
  if (process.platform === "win32") return ["pipe"];
  return process.platform === "linux" ? ["abstract", "folder"] : ["folder"];
}

function placeOf(way: Way): string {
  const name = `ungil-${process.pid}-${randomBytes(12).toString("hex")}`;
  if (way === "pipe") return `\\\\.\\pipe\\${name}`;
  return way === "abstract" ? `\0${name}` : path.join(makeFolder(), "s");
}

/** A folder of our own, which goes with this process. */
function makeFolder(): string {
  // what `mkdtemp` adds, and the socket's own name
  const fits = path.join(tmpdir(), folderName(process.pid)).length + "XXXXXX/s".length <= longestPath;
  const parent = fits ? tmpdir() : "/tmp";
  removeLeftFolders(parent);
  const folder = mkdtempSync(path.join(parent, folderName(process.pid)));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Removes what killed processes of ours have left. */
function removeLeftFolders(parent: string): void {
  for (const each of readdirSync(parent)) {
    const pid = /^ungil-socket-(\d+)-/.exec(each)?.[1];
    if (pid === undefined || runs(Number(pid))) continue;
    try {
      rmSync(path.join(parent, each), { recursive: true, force: true });
    } catch {
      // another user's: theirs to remove
    }
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
