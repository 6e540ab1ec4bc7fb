import type { Task } from "./task.js";
import { TaskList } from "./task-list.js";

/** Tasks of one depth and priority, first in first out. */
class Level extends TaskList {
  readonly depth: number;
  readonly priority: number;

  constructor(depth: number, priority: number) {
    super();
    this.depth = depth;
    this.priority = priority;
  }
}

/**
 * The queue: nested tasks before those that wait for them, then by priority, then in order of submission.
 * Every operation but the first use of a new level takes constant time.
 */
export class TaskQueue {
  /** Levels in the order in which they are served. */
  readonly #levels: Level[] = [];
  /** Of tasks that are neither nested nor preferred: always there. */
  readonly #usual = new Level(0, 0);
  #size = 0;

  constructor() {
    this.#levels.push(this.#usual);
  }

  /** Number of tasks. */
  get size(): number {
    return this.#size;
  }

  /** The task that is next, left where it is. */
  get first(): Task | undefined {
    for (let at = 0; at < this.#levels.length; at++) {
      const { first } = this.#levels[at]!;
      if (first) return first;
    }
    return undefined;
  }

  /** Adds a task at the end of its level, or at the front when it was there before. */
  add(task: Task, front = false): void {
    const level = this.#levelOf(task);
    this.#size++;
    if (front) level.unshift(task);
    else level.push(task);
  }

  /** Takes a task out, wherever it stands. */
  remove(task: Task): void {
    const level = this.#levelOf(task);
    level.remove(task);
    this.#size--;
    this.#dropEmpty(level);
  }

  /** Moves so many tasks that are next to the end of a list. */
  moveTo(list: TaskList, first: Task, last: Task, count: number): void {
    const level = this.#levelOf(first);
    level.moveTo(list, last, count);
    this.#size -= count;
    this.#dropEmpty(level);
  }

  /** A worker has a task in hand no more. */
  released(_task: Task): void {
    // where nothing is limited, nobody waits for that
  }

  /** How many tasks with a key may run at once. @throws what a function of the user's does. */
  keyLimit(_key: unknown): number {
    return Number.POSITIVE_INFINITY;
  }

  /** All tasks in the order in which they would be served. */
  *[Symbol.iterator](): Generator<Task> {
    for (const level of [...this.#levels]) yield* level.toArray();
  }

  #dropEmpty(level: Level): void {
    if (level.size > 0 || level === this.#usual) return;
    this.#levels.splice(this.#levels.indexOf(level), 1);
  }

  #levelOf(task: Task): Level {
    const { depth } = task;
    const { priority } = task.kind.options;
    if (depth === 0 && priority === 0) return this.#usual;
    let at = 0;
    for (; at < this.#levels.length; at++) {
      const level = this.#levels[at]!;
      if (level.depth === depth && level.priority === priority) return level;
      if (level.depth < depth || (level.depth === depth && level.priority < priority)) break;
    }
    const level = new Level(depth, priority);
    this.#levels.splice(at, 0, level);
    return level;
  }
}
