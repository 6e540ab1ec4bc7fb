/**
 * The process that started this one, and whether it still runs.
 *
 * @module
 */
import type { Socket } from "node:net";
import { InvalidStateError } from "../errors.js";
import { Ending, type JoinOptions } from "../target/ending.js";
import { ownIdentity, parentPipe } from "./identity.js";

/** The process that started this one. */
export interface ParentProcess {
  readonly name: string;
  readonly pid: number;
  /** Whether it runs. */
  isAlive(): boolean;
  /**
   * Waits for its end, and keeps this process alive meanwhile.
   * @returns Whether it has ended.
   * @throws InvalidArgumentError for a bad option; InvalidStateError in a thread other than the main one;
   *   CancelledError when `signal` aborts.
   */
  join(options?: JoinOptions): Promise<boolean>;
}

/**
 * The process that started this one; `null` in the main process. Python's `multiprocessing.parent_process`.
 *
 * @example
 * const watch = async () => {
 *   await parentProcess()?.join();
 *   console.log("on my own now");
 * };
 */
export function parentProcess(): ParentProcess | null {
  const { parent, ppid } = ownIdentity();
  return parent && (known ??= new Parent(parent, ppid));
}

let known: Parent | undefined;

class Parent implements ParentProcess {
  readonly name: string;
  readonly pid: number;
  readonly #ppid: number | undefined;
  readonly #pipe: Socket | undefined = parentPipe();
  readonly #ending: Ending<void>;

  constructor({ name, pid }: { readonly name: string; readonly pid: number }, ppid: number | undefined) {
    this.name = name;
    this.pid = pid;
    this.#ppid = ppid;
    const pipe = this.#pipe;
    this.#ending = new Ending(name, (alive) => (alive ? pipe?.ref() : pipe?.unref()));
    if (pipe?.closed) this.#ending.come();
    else pipe?.once("close", () => this.#ending.come());
  }

  isAlive(): boolean {
    // the loop that hears of the pipe may not have had a turn, the system knows at once
    return this.#pipe?.destroyed !== true && (process.platform === "win32" || process.ppid === this.#ppid);
  }

  join(options?: JoinOptions): Promise<boolean> {
    if (!this.#pipe) {
      throw new InvalidStateError(
        "only the main thread of a process can wait for its parent: call join there",
      );
    }
    return this.#ending.join(options);
  }
}
