import { partsOf } from "./emit-vector.js";
import type { Vector } from "./vector.js";

/** What a graph is made of. */
export interface Graph {
  /** Its nodes, each once. */
  readonly nodes: readonly Vector[];
  /** How many nodes are in each other at most. */
  readonly levels: number;
}

/** Without calling itself: the graph may be deeper than the stack. */
export function graphOf(root: Vector): Graph {
  const nodes = new Map<Vector["form"], Vector>();
  const levels = new Map<Vector["form"], number>();
  const open: Vector[] = [root];
  for (let vector = open.at(-1); vector; vector = open.at(-1)) {
    const { form } = vector;
    nodes.set(form, vector);
    const parts = levels.has(form) ? [] : partsOf(form);
    const missing = parts.filter((part) => !levels.has(part.form));
    if (missing.length > 0) {
      open.push(...missing);
      continue;
    }
    if (!levels.has(form)) levels.set(form, 1 + Math.max(0, ...parts.map((part) => levels.get(part.form)!)));
    open.pop();
  }
  return { nodes: [...nodes.values()], levels: levels.get(root.form)! };
}
