import type { Task } from "./task.js";

/** Tasks in a row, chained through the tasks themselves: each is in at most one list, the queue's or a worker's. */
export class TaskList {
  first: Task | undefined;
  last: Task | undefined;
  size = 0;

  /** Adds a task at the end. */
  push(task: Task): void {
    const { last } = this;
    task.previous = last;
    if (last) last.next = task;
    else this.first = task;
    this.last = task;
    this.size++;
  }

  /** Adds a task at the front. */
  unshift(task: Task): void {
    const { first } = this;
    task.next = first;
    if (first) first.previous = task;
    else this.last = task;
    this.first = task;
    this.size++;
  }

  /** Moves the first tasks of this list to the end of another. @param last - the last of them. */
  moveTo(other: TaskList, last: Task, count: number): void {
    const first = this.first!;
    const { next } = last;
    this.first = next;
    if (next) next.previous = undefined;
    else this.last = undefined;
    this.size -= count;
    last.next = undefined;
    const before = other.last;
    first.previous = before;
    if (before) before.next = first;
    else other.first = first;
    other.last = last;
    other.size += count;
  }

  /** Takes a task out, wherever it stands. */
  remove(task: Task): void {
    const { previous, next } = task;
    if (previous) previous.next = next;
    else this.first = next;
    if (next) next.previous = previous;
    else this.last = previous;
    task.previous = task.next = undefined;
    this.size--;
  }

  /** The tasks as they stand now: they may leave while somebody goes through them. */
  toArray(): Task[] {
    const tasks: Task[] = [];
    for (let task = this.first; task; task = task.next) tasks.push(task);
    return tasks;
  }
}
