/**
 * What there is to see of live tasks; contract item Q5.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.js";
import type { FutureState } from "../../futures/future.js";
import { liveNodes, type TaskNode } from "./live-tasks.js";
import type { Task, TaskOwner } from "./task.js";

/** A live task, as {@link taskTree} shows it. */
export interface TaskInfo {
  readonly name: string;
  /** `"pending"` before it begins, then `"running"`. */
  readonly state: FutureState;
  /** ms since it was created. */
  readonly age: number;
  /** How often it was asked to stop. */
  readonly cancelling: number;
  /**
   * What it waits for by functions of ungil. Empty while its code runs, or waits for a promise of other making.
   */
  readonly waitingFor: readonly string[];
  /** The live tasks that it created, and those of tasks that it created and that have ended. */
  readonly children: readonly TaskInfo[];
}

/**
 * All tasks of this thread that are not done, in the order of their creation.
 *
 * @example
 * for (const task of allTasks()) task.cancel("shutting down");
 */
export function allTasks(): Task<unknown>[] {
  return Array.from(liveNodes(), (node) => (node as TaskOwner).task);
}

/**
 * The live tasks of this thread, each below the one that created it: names, ages, and what they wait for, to find out
 * what hangs. A plain copy, made when it is asked for.
 *
 * @example
 * setTimeout(() => console.error(formatTaskTree()), 10_000).unref();
 */
export function taskTree(): TaskInfo[] {
  return Array.from(liveNodes())
    .filter(({ parent }) => parent === undefined)
    .map(infoOf);
}

function infoOf(node: TaskNode): TaskInfo {
  const { task, futureName, work, clock, createdAt, requests, children } = node as TaskOwner;
  const waitingFor = work?.waits() ?? [];
  return {
    name: futureName,
    state: task.state,
    age: clock.now() - createdAt,
    cancelling: requests,
    waitingFor,
    children: children ? Array.from(children, infoOf) : [],
  };
}

/**
 * A tree of tasks as text, a line for each.
 * @param tree - what {@link taskTree} answered; by default that of now.
 * @throws InvalidArgumentError for what is no list.
 * @example
 * console.error(formatTaskTree());
 * // server  running 12.0 s  waits for sleep(60000)
 * // └─ request  running 3.1 s, asked to stop  waits for <Task load state=running>
 */
export function formatTaskTree(tree: readonly TaskInfo[] = taskTree()): string {
  if (!Array.isArray(tree)) throw new InvalidArgumentError("tree", tree, "a list, as taskTree returns it");
  const lines: string[] = [];
  const add = (info: TaskInfo, first: string, rest: string): void => {
    lines.push(`${first}${lineOf(info)}`);
    for (const [index, child] of info.children.entries()) {
      const last = index === info.children.length - 1;
      add(child, `${rest}${last ? "└─ " : "├─ "}`, `${rest}${last ? "   " : "│  "}`);
    }
  };
  for (const info of tree) add(info, "", "");
  return lines.join("\n");
}

function lineOf({ name, state, age, cancelling, waitingFor }: TaskInfo): string {
  const asked = cancelling > 0 ? ", asked to stop" : "";
  const waits = waitingFor.length > 0 ? `waits for ${waitingFor.join(", ")}` : "";
  const running = state === "pending" ? "has not begun" : "runs, or waits for a promise of other making";
  return `${name}  ${state} ${(age / 1_000).toFixed(1)} s${asked}  ${waits || running}`;
}
