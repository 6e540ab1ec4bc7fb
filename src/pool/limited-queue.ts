import type { Clock, Timer } from "../clock.js";
import { checkInteger } from "../validate.js";
import { KeyPlaces, type MaxPerKey } from "./key-limit.js";
import type { ResolvedExecutorOptions } from "./options.js";
import { StartTimes } from "./rate-limit.js";
import type { Task } from "./task.js";
import type { TaskList } from "./task-list.js";
import { TaskQueue } from "./task-queue.js";

/**
 * The queue of an executor with a rate limit, or a limit for each key. To the dispatcher, tasks that may not start yet
 * are not there; to all others they wait as any do. Nothing else in the scheduler knows of the limits.
 */
export class LimitedQueue extends TaskQueue {
  readonly #clock: Clock;
  readonly #starts: StartTimes | undefined;
  readonly #maxPerKey: MaxPerKey | undefined;
  readonly #wake: () => void;
  readonly #keys = new Map<unknown, KeyPlaces>();
  #held = 0;
  #timer: Timer | undefined;

  /** @param wake - called when there may be a task to start. */
  constructor({ clock, rateLimit, maxPerKey }: ResolvedExecutorOptions, wake: () => void) {
    super();
    this.#clock = clock;
    this.#starts = rateLimit && new StartTimes(rateLimit);
    this.#maxPerKey = maxPerKey;
    this.#wake = wake;
  }

  override get size(): number {
    return super.size + this.#held;
  }

  override get first(): Task | undefined {
    const first = super.first;
    if (first === undefined || this.#starts === undefined) return first;
    const wait = this.#starts.wait(this.#clock.now());
    if (wait === 0) return first;
    // what waits for its time is unfinished work: it keeps the process alive
    this.#timer ??= this.#clock.setTimer(this.#due, wait, true);
    return undefined;
  }

  readonly #due = (): void => {
    this.#timer = undefined;
    this.#wake();
  };

  override add(task: Task, front = false): void {
    const { key } = task.options;
    if (key === undefined || this.#maxPerKey === undefined) return super.add(task, front);
    let places = this.#keys.get(key);
    if (places === undefined) {
      places = new KeyPlaces(task.kind.keyLimit);
      this.#keys.set(key, places);
    }
    if (places.admit(task)) return super.add(task, front);
    this.#held++;
    const last = places.lowerThan(task);
    if (last === undefined) return places.hold(task, front);
    super.remove(last);
    places.replace(last, task);
    super.add(task, front);
  }

  override remove(task: Task): void {
    const places = this.#placesOf(task);
    if (places === undefined) super.remove(task);
    else if (places.leave(task)) {
      super.remove(task);
      this.#giveBack(task, places);
    } else {
      this.#held--;
      this.#forgetUnused(task, places);
    }
    this.#restWhenEmpty();
  }

  override moveTo(list: TaskList, first: Task, last: Task, count: number): void {
    super.moveTo(list, first, last, count);
    for (let task: Task | undefined = first; task; task = task.next) {
      this.#starts?.started(this.#clock.now());
      this.#placesOf(task)?.begin(task);
    }
    this.#restWhenEmpty();
  }

  override released(task: Task): void {
    const places = this.#placesOf(task);
    if (places) this.#giveBack(task, places);
  }

  override *[Symbol.iterator](): Generator<Task> {
    yield* super[Symbol.iterator]();
    for (const places of [...this.#keys.values()]) yield* places.held;
  }

  override keyLimit(key: unknown): number {
    if (key === undefined || this.#maxPerKey === undefined) return Number.POSITIVE_INFINITY;
    const limit: unknown = typeof this.#maxPerKey === "function" ? this.#maxPerKey(key) : this.#maxPerKey;
    return checkInteger("what maxPerKey answers", limit, 1, true);
  }

  #giveBack(task: Task, places: KeyPlaces): void {
    const admitted = places.release(task);
    for (const each of admitted) super.add(each);
    this.#held -= admitted.length;
    this.#forgetUnused(task, places);
    if (admitted.length > 0) this.#wake();
  }

  #forgetUnused(task: Task, places: KeyPlaces): void {
    if (places.unused) this.#keys.delete(task.options.key);
  }

  #placesOf(task: Task): KeyPlaces | undefined {
    const { key } = task.options;
    return key === undefined ? undefined : this.#keys.get(key);
  }

  #restWhenEmpty(): void {
    if (this.#timer === undefined || this.size > 0) return;
    this.#timer.cancel();
    this.#timer = undefined;
  }
}

/** The queue that an executor's limits ask for. @param wake - called when there may be a task to start. */
export function queueFor(options: ResolvedExecutorOptions, wake: () => void): TaskQueue {
  return isLimited(options) ? new LimitedQueue(options, wake) : new TaskQueue();
}

/** Whether tasks of such an executor have to be sent one by one, when it is their time. */
export function isLimited({ rateLimit, maxPerKey }: ResolvedExecutorOptions): boolean {
  return rateLimit !== undefined || maxPerKey !== undefined;
}
