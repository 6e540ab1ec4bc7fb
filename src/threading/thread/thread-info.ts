import type { JoinOptions } from "../../target/ending.js";

/** A thread as every thread of the program sees it: what `currentThread`, `mainThread` and `enumerate` answer. */
export interface ThreadInfo {
  /** `"MainThread"`, what the thread was started with, or the name of a pool's worker: `"ThreadPoolExecutor-1_0"`. */
  readonly name: string;
  /** Whether it ends with who started it instead of keeping that alive; so do the workers of pools. */
  readonly daemon: boolean;
  /** Its number, unique among the threads of the program: Node's `threadId`, 0 for the main one. `null` before it starts. */
  readonly ident: number | null;
  /**
   * The number that the system has for it, as tools like `top` show it; `null` before it starts, and where the system
   * does not tell (it does on Linux), or the thread has not: a pool's worker does once a task in it uses this chapter.
   */
  readonly nativeId: number | null;
  /**
   * Whether it was started and has not ended.
   * @throws InvalidStateError for a thread of another process, or one that ungil did not start.
   */
  isAlive(): boolean;
  /**
   * Waits for its end, and keeps the waiting thread alive until then.
   * @param options - limit of the wait in ms, and a signal that ends it.
   * @returns Whether it has ended: `false` after the time has passed.
   * @throws InvalidStateError before it is started, for the current thread and those that have started it, which
   *   can't end before; InvalidArgumentError for a bad option; both from the call. CancelledError when `signal` aborts.
   */
  join(options?: JoinOptions): Promise<boolean>;
}
