// Targets of the tests: exports, so that processes import them from here.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { ThreadPoolExecutor } from "ungil";
import { activeChildren, currentProcess, Process, parentProcess } from "ungil/multiprocessing";
import { addToCell, type Cells } from "ungil/testing";
import { block } from "./tasks.js";

/** Writes a value where the test finds it, whole or not at all. */
export function tell(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, JSON.stringify(value));
  renameSync(`${file}.new`, file);
}

export function nothing(): void {}

export function tellWhoIAm(file: string): void {
  const parent = parentProcess();
  tell(file, {
    ...currentProcess(),
    parent: parent && { name: parent.name, pid: parent.pid, isAlive: parent.isAlive() },
  });
}

/** Tells it of a thread, of a worker of a pool of processes, and of a child of its own. */
export async function tellOfOthers(file: string, childFile: string): Promise<void> {
  await using threads = new ThreadPoolExecutor({ maxWorkers: 1 });
  const ofThread = await threads.submit(currentProcess);
  const child = new Process({ target: tellWhoIAm, args: [childFile] });
  child.start();
  const active = activeChildren().map(({ name }) => name);
  await child.join();
  tell(file, { ofThread, child: child.name, active, exitCode: child.exitCode });
}

/** Tells of what `use` throws. */
export function tellError(file: string, use: () => unknown): void {
  try {
    use();
    tell(file, "nothing was thrown");
  } catch (error) {
    const { name, code, message } = error as Error & { code: unknown };
    tell(file, { name, code, message });
  }
}

export function tellStdin(file: string): void {
  tell(file, readFileSync(0, "utf8"));
}

/** Ends with a code of its own by SIGINT. */
export async function endByInterrupt(cells: Cells): Promise<void> {
  const ticking = setInterval(() => {}, 1_000);
  process.once("SIGINT", () => {
    clearInterval(ticking);
    process.exitCode = 5;
  });
  addToCell(cells, 1, 1);
}

/** Returns, while something it began goes on. */
export function goOnAfterReturn(file: string): void {
  setTimeout(() => tell(file, "later"), 50);
}

export async function waitForever(): Promise<void> {
  await new Promise(() => {});
}

/** Holds the process at a gate, and answers afterwards. */
export function exitAtGate(cells: Cells, code: number): void {
  block(cells, undefined);
  process.exit(code);
}
