import { ChunkCall } from "./chunk-call.js";
import type { FunctionCost } from "./cost.js";
import type { Prepared } from "./host.js";
import type { ResolvedTaskOptions } from "./options.js";
import type { TaskGroup, TaskOwner } from "./task.js";

/** What the limits of an executor mean to tasks. */
export interface KindLimits {
  /** Whether each has to be sent by itself, when it is its time. */
  readonly isLimited: boolean;
  /** How many tasks with the same key may run at once. */
  readonly keyLimit: number;
}

const unlimited: KindLimits = { isLimited: false, keyLimit: Number.POSITIVE_INFINITY };

/** What tasks of one function, submitted with the same options, have in common. */
export class TaskKind {
  readonly owner: TaskOwner;
  readonly name: string;
  readonly fn: Prepared;
  readonly options: ResolvedTaskOptions;
  readonly cost: FunctionCost;
  readonly group: TaskGroup | undefined;
  /** Whether it is a chunk of a map. */
  readonly isChunk: boolean;
  /** How many tasks with the same key may run at once. */
  readonly keyLimit: number;
  /** Whether such tasks may share a batch with others: nothing about them has to be timed or moved by itself. */
  readonly isPlain: boolean;

  constructor(
    owner: TaskOwner,
    name: string,
    fn: Prepared,
    options: ResolvedTaskOptions,
    cost: FunctionCost,
    group: TaskGroup | undefined,
    limits: KindLimits = unlimited,
  ) {
    this.owner = owner;
    this.name = name;
    this.fn = fn;
    this.options = options;
    this.cost = cost;
    this.group = group;
    this.isChunk = fn instanceof ChunkCall;
    this.keyLimit = limits.keyLimit;
    this.isPlain =
      !limits.isLimited && options.timeout === Number.POSITIVE_INFINITY && options.transfer === undefined;
  }
}
