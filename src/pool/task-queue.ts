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
  #size = 0;

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
    if (level.size === 0 && (level.depth > 0 || level.priority !== 0)) {
      this.#levels.splice(this.#levels.indexOf(level), 1);
    }
  }

  /** All tasks in the order in which they would be served. */
  *[Symbol.iterator](): Generator<Task> {
    for (const level of [...this.#levels]) yield* level.toArray();
  }

  #levelOf(task: Task): Level {
    const { depth } = task;
    const { priority } = task.options;
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
