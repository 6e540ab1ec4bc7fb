/**
 * How many tasks go to a worker together (rule 13).
 *
 * @module
 */
import type { ChunkCall } from "./chunk-call.js";
import type { Task } from "./task.js";
import type { TaskKind } from "./task-kind.js";

/** Aim for the running time of one batch in ms, and its most tasks. */
const batchTime = 0.5;
const batchLimit = 512;

/** Below this estimate in ms, what waits is not worth being shared out among the workers. */
const smallWork = 0.05;

/** What the size of a batch depends on beside its tasks. */
export interface BatchingConditions {
  /** Tasks in the queue. */
  readonly waiting: number;
  /** Workers that share them. */
  readonly workers: number;
  /** Most tasks that the worker may still be given. */
  readonly room: number;
  /** Whether other tasks may run on the worker at the same time. */
  readonly shared: boolean;
}

/**
 * The tasks that go to a worker together: those that follow each other in the queue, as many as take about
 * half a millisecond; less of them towards the end, so that no worker is left with a batch while others have
 * nothing (guided self-scheduling: Polychronopoulos and Kuck, 1987). One whose cost is not known goes alone.
 */
export function takeBatch(first: Task, conditions: BatchingConditions): Task[] {
  const tasks = [first];
  if (!first.isPlain || first.kind.isChunk) return tasks;
  const { group } = first.kind;
  const { waiting, workers, room, shared } = conditions;
  if (group && group.chunksize !== "auto") {
    const most = Math.min(group.chunksize, room);
    for (let { next } = first; next && next.group === group && tasks.length < most; next = next.next)
      tasks.push(next);
    return tasks;
  }
  const { mean } = first.kind.cost;
  if (mean === undefined || (shared && first.kind.cost.waits)) return tasks;
  let most = Math.min(batchLimit, room);
  if (mean * waiting > smallWork) most = Math.min(most, Math.ceil(waiting / (2 * workers)));
  let cost = mean;
  let more = mean;
  let { kind } = first;
  for (let { next } = first; next && tasks.length < most; next = next.next) {
    if (next.kind !== kind) {
      kind = next.kind;
      if (!mayFollow(kind, shared)) break;
      more = kind.cost.mean!;
    }
    cost += more;
    if (cost > batchTime || !next.isPlain) break;
    tasks.push(next);
  }
  return tasks;
}

/** Whether tasks may stand in a batch behind others. */
function mayFollow({ cost, group, isChunk }: TaskKind, shared: boolean): boolean {
  if (cost.mean === undefined || (shared && cost.waits) || isChunk) return false;
  return group === undefined || group.chunksize === "auto";
}

/** Estimated running time of tasks in ms; Infinity where it is not known. */
export function costOf(tasks: readonly Task[]): number {
  let cost = 0;
  for (let at = 0; at < tasks.length; at++) {
    const { fn, isChunk, cost: known } = tasks[at]!.kind;
    // chunks of one map differ in length
    cost += isChunk ? (fn as ChunkCall).request.estimate : (known.mean ?? Number.POSITIVE_INFINITY);
  }
  return cost;
}
