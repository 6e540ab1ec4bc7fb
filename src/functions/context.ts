/**
 * One capture under way: the graph as it grows, and what is learnt about its stability.
 *
 * @module
 */
import type { MemberTree, TextAnalysis } from "./analysis/text.js";
import type { ScopeSnapshot } from "./inspector.js";
import type { CodeRecord, FunctionNode, GraphNode, Slot } from "./payload.js";
import type { Trail } from "./trail.js";

/** Whether functions travel as references to an export. */
export type ByReference = "auto" | "never" | "only";

/** A variable that a function captured by value. */
export interface CapturedVariable {
  readonly name: string;
  readonly scope: ScopeSnapshot;
  /** Same for two functions exactly when both see the same module scope; undefined for any other scope. */
  readonly moduleScope: string | undefined;
  readonly assigned: boolean;
}

/** A function captured by value, with what the search for shared variables needs. */
export interface CapturedFunction {
  readonly node: FunctionNode;
  readonly fn: object;
  readonly analysis: TextAnalysis;
  readonly trail: Trail;
  readonly variables: CapturedVariable[];
}

/** Turns a value that is not a primitive into a node and answers its index. */
export type NodeMaker = (
  context: CaptureContext,
  value: object | symbol,
  trail: Trail,
  members?: MemberTree,
) => number;

/** The state of one capture. */
export class CaptureContext {
  readonly nodes: GraphNode[] = [];
  readonly codes = new Map<number, CodeRecord>();
  readonly functions: CapturedFunction[] = [];
  /** Nodes whose value structured clone has to copy now, with the way to them. */
  readonly copied: { readonly node: { value: unknown }; readonly trail: Trail }[] = [];
  /** false as soon as a second capture of the same function could give anything else (rule 7). */
  stable = true;
  /** Whether all that a second capture could give otherwise are values of variables. */
  varies = false;
  readonly #indexes = new Map<unknown, number>();
  readonly #makeNode: NodeMaker;

  constructor(
    makeNode: NodeMaker,
    /** Whether the inspector can be used. */
    readonly full: boolean,
    readonly byReference: ByReference,
  ) {
    this.#makeNode = makeNode;
  }

  /** A value as part of the graph. The same object becomes the same node, however often it is met. */
  slot(value: unknown, trail: Trail, members?: MemberTree): Slot {
    switch (typeof value) {
      case "object":
        if (value === null) return { v: null };
        return { i: this.node(value, trail, members) };
      case "function":
      case "symbol":
        return { i: this.node(value, trail, members) };
      default:
        return { v: value as string | number | boolean | bigint | undefined };
    }
  }

  node(value: object | symbol, trail: Trail, members?: MemberTree): number {
    // a pruned namespace is specific to one use, so that it never stands for the whole
    return (members ? undefined : this.#indexes.get(value)) ?? this.#makeNode(this, value, trail, members);
  }

  /** Adds a node for a value. Add it before its parts, so that a cycle finds it. */
  add(value: unknown, node: GraphNode): number {
    const index = this.nodes.push(node) - 1;
    if (value !== undefined) this.#indexes.set(value, index);
    return index;
  }

  /** The index of a value that is part of the graph already. */
  indexOf(value: unknown): number | undefined {
    return this.#indexes.get(value);
  }
}
