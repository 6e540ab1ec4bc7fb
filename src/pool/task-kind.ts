import { ChunkCall } from "./chunk-call.js";
import type { FunctionCost } from "./cost.js";
import type { Prepared } from "./host.js";
import type { ResolvedTaskOptions } from "./options.js";
import type { TaskGroup, TaskOwner } from "./task.js";

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
  /** Whether such tasks may share a batch with others: nothing about them has to be timed or moved by itself. */
  readonly isPlain: boolean;

  constructor(
    owner: TaskOwner,
    name: string,
    fn: Prepared,
    options: ResolvedTaskOptions,
    cost: FunctionCost,
    group: TaskGroup | undefined,
  ) {
    this.owner = owner;
    this.name = name;
    this.fn = fn;
    this.options = options;
    this.cost = cost;
    this.group = group;
    this.isChunk = fn instanceof ChunkCall;
    this.isPlain = options.timeout === Number.POSITIVE_INFINITY && options.transfer === undefined;
  }
}
