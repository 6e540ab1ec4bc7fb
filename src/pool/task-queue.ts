import type { Task } from "./task.js";

/** Tasks of one depth and priority, first in first out. */
interface Level {
  readonly depth: number;
  readonly priority: number;
  head: Task | undefined;
  tail: Task | undefined;
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
    return this.#levels.find((level) => level.head)?.head;
  }

  /** Adds a task at the end of its level, or at the front when it was there before. */
  add(task: Task, front = false): void {
    const level = this.#levelOf(task);
    this.#size++;
    const neighbour = front ? level.head : level.tail;
    if (!neighbour) {
      level.head = level.tail = task;
    } else if (front) {
      task.next = neighbour;
      neighbour.previous = task;
      level.head = task;
    } else {
      task.previous = neighbour;
      neighbour.next = task;
      level.tail = task;
    }
  }

  /** Takes a task out, wherever it stands. */
  remove(task: Task): void {
    const level = this.#levelOf(task);
    if (task.previous) task.previous.next = task.next;
    else level.head = task.next;
    if (task.next) task.next.previous = task.previous;
    else level.tail = task.previous;
    task.previous = task.next = undefined;
    this.#size--;
    if (!level.head && (level.depth > 0 || level.priority !== 0)) {
      this.#levels.splice(this.#levels.indexOf(level), 1);
    }
  }

  /** All tasks in the order in which they would be served. */
  *[Symbol.iterator](): Generator<Task> {
    for (const level of [...this.#levels]) {
      for (let task = level.head; task; ) {
        const { next }: Task = task;
        yield task;
        task = next;
      }
    }
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
    const level: Level = { depth, priority, head: undefined, tail: undefined };
    this.#levels.splice(at, 0, level);
    return level;
  }
}
