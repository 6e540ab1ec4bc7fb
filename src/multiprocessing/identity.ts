/**
 * Which process this is, and whose child.
 *
 * @module
 */
import type { Socket } from "node:net";
import { availableParallelism } from "node:os";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { ownList } from "./program.js";

/** What a process knows of itself. */
export interface ProcessInfo {
  /** `"MainProcess"`, or the name it was started with. */
  readonly name: string;
  readonly pid: number;
  /** Whether it ends with its parent and may have no children of its own. */
  readonly daemon: boolean;
}

/** What a process is told of itself by the one that starts it. */
export interface Identity {
  readonly name: string;
  readonly daemon: boolean;
  /** Its number among the children of its parent, behind those of the parent itself. */
  readonly numbers: readonly number[];
  readonly parent: { readonly name: string; readonly pid: number } | null;
  /** The system's number of the parent as this process sees it: another one takes its place when it ends. */
  readonly ppid?: number;
  /** The folder with the list of shared memory of the program that it belongs to. */
  readonly program?: string;
}

// found by threads of this process, and by other copies of the package in it
const key = "ungil.process";
const pipeKey = Symbol.for("ungil.process.parentPipe");
const shared = globalThis as { [pipeKey]?: Socket };

const main: Identity = { name: "MainProcess", daemon: false, numbers: [], parent: null };

/** Who this process is. */
export const ownIdentity = (): Identity =>
  (getEnvironmentData(key) as unknown as Identity | undefined) ?? main;

/** The folder with the list of shared memory of this program. It is there once there is something in it. */
export const programList = (): string => ownIdentity().program ?? ownList();

/** Says who this process is. @param pipe - closes when the parent ends. */
export function identify(identity: Identity, pipe: Socket): void {
  setEnvironmentData(key, { ...identity, ppid: process.ppid });
  Object.defineProperty(globalThis, pipeKey, { value: pipe });
}

/** The pipe that closes when the parent ends; undefined in threads, and in the main process. */
export const parentPipe = (): Socket | undefined => shared[pipeKey];

let children = 0;

/** Who the next child is. @param nameOf - makes its name of its numbers. */
export function identityOfChild(nameOf: (numbers: string) => string, daemon?: boolean): Identity {
  const own = ownIdentity();
  const numbers = [...own.numbers, ++children];
  return {
    name: nameOf(numbers.join(":")),
    daemon: daemon ?? own.daemon,
    numbers,
    parent: { name: own.name, pid: process.pid },
    program: programList(),
  };
}

/**
 * The process that this call is made in: Python's `multiprocessing.current_process`.
 *
 * @example
 * const greet = () => console.log(`${currentProcess().name} is process ${currentProcess().pid}`);
 * new Process({ target: greet }).start(); // Process-1 is process 4711
 */
export function currentProcess(): ProcessInfo {
  const { name, daemon } = ownIdentity();
  return Object.freeze({ name, pid: process.pid, daemon });
}

/**
 * Cores that this process may use: Python's `multiprocessing.cpu_count`, and `os.availableParallelism()`.
 *
 * @example
 * const processes = Array.from({ length: cpuCount() }, () => new Process({ target: work }));
 */
export function cpuCount(): number {
  return availableParallelism();
}
