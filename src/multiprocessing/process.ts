import { type InspectOptions, inspect } from "node:util";
import { InvalidStateError } from "../errors.js";
import type { Future } from "../futures/future.js";
import { portable } from "../portable.js";
import type { JoinOptions } from "../target/ending.js";
import type { Work } from "../target/send-target.js";
import { checkBoolean } from "../validate.js";
import { receiveProcesses, referenceToProcess } from "./foreign-process.js";
import { type Identity, identityOfChild, ownIdentity } from "./identity.js";
import { checkOptionsOfProcess, type ProcessOptions, type ProcessSettings } from "./process-options.js";
import { type ProcessExit, type StartedProcess, startProcess } from "./process-start.js";

/** Those that were started here and have not ended. */
const running = new Set<Process>();

/**
 * A function in a process of its own: Python's `multiprocessing.Process`.
 *
 * The target may be any function: an export is imported there, any other is sent with what it captures, and so are
 * functions in `args`; what `start` sends is their state at that moment. What the target prints goes to this process's
 * stdout and stderr, at once; its stdin is empty; a promise that it returns is awaited. After it the process ends as a
 * Node program does, when nothing keeps its event loop. An error that nobody catches is printed there, with its stack,
 * and the exit code is 1. What the target returns goes nowhere: `ProcessPoolExecutor` is for results.
 *
 * A process keeps this program until it has ended. One with `daemon` does not: it ends with the program, however that
 * ends. Any other outlives a program that is killed or calls `process.exit` (except on Windows, which ends it too).
 *
 * @example
 * await using worker = new Process({ target: (name: string) => console.log(`hello ${name}`), args: ["you"] });
 * worker.start();
 * await worker.join();
 * console.log(worker.exitCode); // 0
 */
export class Process<A extends readonly unknown[] = readonly unknown[]> {
  readonly #settings: ProcessSettings;
  #identity: Identity;
  /** What it is to run; nothing of it is kept once it was started. */
  #work: Work | undefined;
  #started: StartedProcess | undefined;
  #closed = false;

  /**
   * @throws InvalidArgumentError for a bad option. What can't be sent is found by `start`.
   */
  constructor(options: ProcessOptions<A>) {
    checkOptionsOfProcess(options as never);
    const { target, args = [], name, daemon, ...settings } = options as unknown as ProcessOptions<unknown[]>;
    this.#work = { target, args };
    this.#settings = settings;
    this.#identity = identityOfChild((numbers) => name ?? `Process-${numbers}`, daemon);
  }

  /** What it is called: `"Process-1"` unless it was given a name. */
  get name(): string {
    return this.#identity.name;
  }

  /**
   * Whether it ends with this program, does not keep it, and may have no children of its own. By default that is
   * so in a daemonic process only. Can be set before `start`; then an `InvalidStateError` is thrown.
   */
  get daemon(): boolean {
    return this.#identity.daemon;
  }

  set daemon(daemon: boolean) {
    this.#assertOpen();
    checkBoolean("daemon", daemon);
    if (this.#started)
      throw new InvalidStateError(`${this.name} has been started: set daemon before start()`);
    this.#identity = { ...this.#identity, daemon };
  }

  /** The system's number of the process; `null` before `start`. @throws InvalidStateError after `close`. */
  get pid(): number | null {
    this.#assertOpen();
    return this.#started?.pid ?? null;
  }

  /**
   * 0 after its work, 1 after an error that nobody caught, 13 where what the target awaits never comes, else what
   * `process.exit` was given; `null` until it has ended, and for one that a signal ended. Python has the negative
   * number of the signal instead. @throws InvalidStateError after `close`.
   */
  get exitCode(): number | null {
    this.#assertOpen();
    return this.#started?.exit?.exitCode ?? null;
  }

  /** The signal that ended it, `"SIGTERM"` for one; else `null`. @throws InvalidStateError after `close`. */
  get signal(): NodeJS.Signals | null {
    this.#assertOpen();
    return this.#started?.exit?.signal ?? null;
  }

  /**
   * Its end as a future, for `wait`, `asCompleted` and `Promise.race`: the process to end first is found so. Unlike
   * `join` it does not keep the program for a daemonic process, and it can't be cancelled.
   * @throws InvalidStateError before `start` and after `close`.
   * @example
   * const { done } = await wait([one.sentinel, other.sentinel], { returnWhen: "FIRST_COMPLETED" });
   */
  get sentinel(): Future<ProcessExit> {
    return this.#running("has no sentinel").ending.future;
  }

  /**
   * Starts the process. The target and its arguments are sent as they are now, and released.
   * @throws CaptureError for a target that can't be sent, SerializationError for arguments that can't;
   *   WorkerExitError where the system does not start the process, with its reason as `cause`; InvalidStateError for
   *   one that was started before or is closed, and in a daemonic process, which may have no children;
   *   BrokenExecutorError in a module that a process is importing just now for its own target.
   */
  start(): void {
    this.#assertOpen();
    if (!this.#work) throw new InvalidStateError(`${this.name} has been started: a process starts only once`);
    if (ownIdentity().daemon) {
      throw new InvalidStateError(
        `${this.name} can't be started: ${ownIdentity().name} is daemonic, and a daemonic process may have no children`,
      );
    }
    this.#started = startProcess(this.#identity, this.#work, this.#settings, () => running.delete(this));
    this.#work = undefined;
    running.add(this);
  }

  /**
   * Waits for its end, and keeps the program until then. It can be called as often as one likes.
   * @param options - limit of the wait in ms, and a signal that ends it.
   * @returns Whether it has ended: `false` after the time has passed.
   * @throws InvalidStateError before `start` and after `close`; InvalidArgumentError for a bad option; both from the
   *   call. CancelledError when `signal` aborts.
   * @example
   * if (!(await worker.join({ timeout: 5_000 }))) worker.terminate();
   */
  join(options?: JoinOptions): Promise<boolean> {
    return this.#running("can't be joined").ending.join(options);
  }

  /** Whether it was started and has not ended. @throws InvalidStateError after `close`. */
  isAlive(): boolean {
    this.#assertOpen();
    return this.#started !== undefined && this.#started.exit === undefined;
  }

  /**
   * Ends it by SIGTERM, which it may refuse. Its children are not ended, unless they are daemonic. Does nothing to a
   * process that has ended.
   * @throws InvalidStateError before `start` and after `close`.
   */
  terminate(): void {
    this.#running("can't be ended").kill("SIGTERM");
  }

  /** The same by SIGKILL, which no process can refuse. */
  kill(): void {
    this.#running("can't be ended").kill("SIGKILL");
  }

  /** The same by SIGINT, as Ctrl-C does; a target that listens to it can end well. */
  interrupt(): void {
    this.#running("can't be interrupted").kill("SIGINT");
  }

  /**
   * Releases what is kept of the process. Afterwards its name and `daemon` can be read, and anything else throws an
   * `InvalidStateError` but a second `close`.
   * @throws InvalidStateError while it runs.
   */
  close(): void {
    if (this.#closed) return;
    if (this.isAlive())
      throw new InvalidStateError(
        `${this.name} can't be closed while it runs: join() or terminate() it first`,
      );
    this.#closed = true;
    this.#started = undefined;
    this.#work = undefined;
  }

  /** Waits for the end of a process that was started. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#started?.ending.join();
  }

  /** `<Process Process-1 pid=4711 parent=4710 running>`, as Python's repr tells it. */
  toString(): string {
    const started = this.#started;
    const pids = started ? ` pid=${started.pid} parent=${process.pid}` : "";
    const daemon = this.daemon ? " daemon" : "";
    return `<Process ${this.name}${pids} ${this.#state}${daemon}>`;
  }

  [inspect.custom](
    _depth: number,
    options: InspectOptions & { stylize?: (text: string, style: "special") => string },
  ): string {
    return options.stylize ? options.stylize(this.toString(), "special") : this.toString();
  }

  get #state(): string {
    if (this.#closed) return "closed";
    if (!this.#started) return "initial";
    const { exit } = this.#started;
    return exit ? `ended exitcode=${exit.signal ?? exit.exitCode}` : "running";
  }

  #assertOpen(): void {
    if (this.#closed) throw new InvalidStateError(`${this.name} is closed`);
  }

  /** The process that was started. */
  #running(complaint: string): StartedProcess {
    this.#assertOpen();
    if (!this.#started) throw new InvalidStateError(`${this.name} ${complaint}: call start() first`);
    return this.#started;
  }

  static {
    receiveProcesses();
    // how it travels is nobody's business but the wire's
    Object.defineProperty(this.prototype, portable, {
      value(this: Process) {
        return referenceToProcess({ name: this.name, daemon: this.daemon, pid: this.#started?.pid ?? null });
      },
    });
  }
}

/**
 * The processes that were started here and run: Python's `multiprocessing.active_children`. One that has ended is not
 * among them any more.
 *
 * @example
 * for (const child of activeChildren()) child.terminate();
 */
export function activeChildren(): Process[] {
  return [...running];
}
