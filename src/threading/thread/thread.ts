import { type InspectOptions, inspect } from "node:util";
import { InvalidStateError, WorkerExitError } from "../../errors.js";
import type { Future } from "../../futures/future.js";
import { portable } from "../../portable.js";
import type { JoinOptions } from "../../target/ending.js";
import type { Work } from "../../target/send-target.js";
import { checkBoolean } from "../../validate.js";
import { tellExcepthook } from "./excepthook.js";
import { receiveThreads, referenceToThread, rememberThread } from "./foreign-thread.js";
import { receiveLocals } from "./local.js";
import { ownThread, type ThreadIdentity } from "./own-thread.js";
import type { ThreadInfo } from "./thread-info.js";
import { checkOptionsOfThread, type ThreadOptions, type ThreadSettings } from "./thread-options.js";
import { type StartedThread, startThread, type ThreadExit } from "./thread-start.js";
import { noSeat, threadTable } from "./thread-table.js";

/** Seats of threads that nobody can start any more. */
const dropped = new FinalizationRegistry<number>((seat) => threadTable().end(seat));

/**
 * A function in a thread of its own: Python's `threading.Thread`, and it does run beside the others.
 *
 * The target may be any function: an export is imported there, any other is sent with what it captures, and so are
 * functions in `args`; what `start` sends is their state at that moment. Data is copied; what `transfer` marks is moved,
 * and a `SharedArrayBuffer` shared. A promise that the target returns is awaited. After it the thread ends as a Node
 * program does, when nothing keeps its event loop. What it prints goes to this thread's stdout and stderr. What the
 * target returns goes nowhere: `ThreadPoolExecutor` is for results.
 *
 * An error that nobody catches ends the thread, and not the program: it is told to the {@link setExcepthook | excepthook},
 * which prints it.
 *
 * A thread keeps the thread that started it, and so the program, until it has ended. One with `daemon` does not: it
 * ends with the one that started it.
 *
 * @example
 * await using thread = new Thread({ target: (name: string) => console.log(`hello ${name}`), args: ["you"] });
 * thread.start();
 * await thread.join();
 */
export class Thread<A extends readonly unknown[] = readonly unknown[]> implements ThreadInfo {
  readonly #settings: ThreadSettings;
  readonly #name: string;
  #daemon: boolean;
  #seat = noSeat;
  /** What it is to run; nothing of it is kept once it was started. */
  #work: Work | undefined;
  #started: StartedThread | undefined;

  /**
   * @throws InvalidArgumentError for a bad option. What can't be sent is found by `start`.
   */
  constructor(options: ThreadOptions<A>) {
    checkOptionsOfThread(options as never);
    const { target, args = [], name, daemon, ...settings } = options as unknown as ThreadOptions<unknown[]>;
    this.#work = { target, args };
    this.#settings = settings;
    this.#name = name ?? `Thread-${threadTable().nextNumber()}`;
    this.#daemon = daemon ?? ownThread().daemon;
  }

  /** What it is called: `"Thread-1"` unless it was given a name. */
  get name(): string {
    return this.#name;
  }

  /**
   * Whether it ends with the thread that starts it and does not keep that one. By default that is so in a daemonic
   * thread only, which the workers of pools are too. Can be set before `start`; then an `InvalidStateError` is thrown.
   */
  get daemon(): boolean {
    return this.#daemon;
  }

  set daemon(daemon: boolean) {
    checkBoolean("daemon", daemon);
    if (this.#started)
      throw new InvalidStateError(`${this.name} has been started: set daemon before start()`);
    this.#daemon = daemon;
    if (this.#seat !== noSeat) threadTable().setDaemon(this.#seat, daemon);
  }

  /**
   * Its number, unique among the threads of the program: Node's `threadId`. `null` before `start`; in a bundled program
   * a moment longer.
   */
  get ident(): number | null {
    return this.#started?.ident ?? null;
  }

  /**
   * The number that the system has for it, as tools like `top` show it. `null` until the thread has begun to run, and
   * where the system does not tell: it does on Linux.
   */
  get nativeId(): number | null {
    if (!this.#started) return null;
    return this.#started.nativeId ?? threadTable().read(this.#seat)?.nativeId ?? null;
  }

  /**
   * 0 after its work, 1 after an error that nobody caught and for one that was ended, 13 where what the target awaits
   * never comes, else what `process.exit` was given there; `null` until its end was seen here.
   */
  get exitCode(): number | null {
    return this.#started?.exit?.exitCode ?? null;
  }

  /**
   * Its end as a future, for `wait`, `asCompleted` and `Promise.race`: the thread to end first is found so. It tells how
   * the thread ended and never fails. Unlike `join` it does not keep the program for a daemonic thread, and it can't be
   * cancelled.
   * @throws InvalidStateError before `start`.
   * @example
   * const { reason, error } = await thread.sentinel;
   */
  get sentinel(): Future<ThreadExit> {
    return this.#running("has no sentinel").ending.future;
  }

  /**
   * Starts the thread. The target and its arguments are sent as they are now, and released.
   * @throws CaptureError for a target that can't be sent, SerializationError for arguments that can't; WorkerExitError
   *   where Node does not start the thread, with its reason as `cause`; InvalidStateError for one that was started
   *   before; BrokenExecutorError in a module that a thread is importing just now for its own target.
   */
  start(): void {
    if (!this.#work) throw new InvalidStateError(`${this.name} has been started: a thread starts only once`);
    this.#started = startThread(
      this.#work,
      this.#settings,
      () => this.#identity(),
      (exit) => {
        if ("error" in exit) tellExcepthook({ error: exit.error, thread: this });
      },
    );
    this.#work = undefined;
    dropped.unregister(this);
  }

  /**
   * Waits for its end, and keeps the program until then. It can be called as often as one likes.
   * @param options - limit of the wait in ms, and a signal that ends it.
   * @returns Whether it has ended: `false` after the time has passed.
   * @throws InvalidStateError before `start`; InvalidArgumentError for a bad option; both from the call. CancelledError
   *   when `signal` aborts.
   * @example
   * if (!(await thread.join({ timeout: 5_000 }))) thread.terminate();
   */
  join(options?: JoinOptions): Promise<boolean> {
    return this.#running("can't be joined").ending.join(options);
  }

  /** Whether it was started and has not ended. */
  isAlive(): boolean {
    return this.#started !== undefined && this.#started.exit === undefined && this.#phase === "alive";
  }

  /**
   * Ends it, whatever it does, and the threads that it has started: nothing in it should need to be finished. Python
   * can't. Does nothing to a thread that has ended.
   * @throws InvalidStateError before `start`.
   */
  terminate(): void {
    const started = this.#running("can't be ended");
    if (!started.exit) started.terminate();
  }

  /** Waits for the end of a thread that was started. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#started?.ending.join();
  }

  /** `<Thread Thread-1 ident=3 running>`, much as Python's repr tells it. */
  toString(): string {
    const ident = this.ident === null ? "" : ` ident=${this.ident}`;
    const daemon = this.daemon ? " daemon" : "";
    return `<Thread ${this.name}${ident} ${this.#state}${daemon}>`;
  }

  [inspect.custom](
    _depth: number,
    options: InspectOptions & { stylize?: (text: string, style: "special") => string },
  ): string {
    return options.stylize ? options.stylize(this.toString(), "special") : this.toString();
  }

  get #state(): string {
    if (!this.#started) return "initial";
    const { exit } = this.#started;
    return exit ? `ended exitcode=${exit.exitCode}` : "running";
  }

  get #phase(): string {
    return threadTable().phaseOf(this.#seat);
  }

  /** Takes a seat: from now on others can see it. */
  #identity(): ThreadIdentity {
    if (this.#seat === noSeat) {
      this.#seat = threadTable().take(this.#name, this.#daemon);
      if (this.#seat === noSeat) {
        throw new WorkerExitError(
          `${this.name} can't be started or sent: the program has thousands of threads. Wait for some of them with join()`,
          { reason: "exit" },
        );
      }
      rememberThread(this.#seat, this);
      dropped.register(this, this.#seat, this);
    }
    return { name: this.#name, daemon: this.#daemon, seat: this.#seat };
  }

  /** The thread that was started. */
  #running(complaint: string): StartedThread {
    if (!this.#started) throw new InvalidStateError(`${this.name} ${complaint}: call start() first`);
    return this.#started;
  }

  static {
    receiveThreads();
    receiveLocals();
    // how it travels is nobody's business but the wire's
    Object.defineProperty(this.prototype, portable, {
      value(this: Thread) {
        return referenceToThread({ ...this.#identity(), ident: this.ident });
      },
    });
  }
}
