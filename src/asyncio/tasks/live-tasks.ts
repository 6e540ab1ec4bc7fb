/**
 * The tasks that are not done, and which of them created which: what it takes to tell what hangs. A task that ends
 * leaves its children to its own parent, so that nothing is kept of it.
 *
 * @module
 */

/** A live task among the others. */
export interface TaskNode {
  /** The live task that created it. */
  parent: TaskNode | undefined;
  children: Set<TaskNode> | undefined;
}

const live = new Set<TaskNode>();

/** A task was created; by a live one or by none. */
export function joinTree(node: TaskNode, parent: TaskNode | undefined): void {
  live.add(node);
  if (!parent || !live.has(parent)) return;
  node.parent = parent;
  (parent.children ??= new Set()).add(node);
}

/** A task is done. */
export function leaveTree(node: TaskNode): void {
  live.delete(node);
  const { parent, children } = node;
  node.parent = undefined;
  node.children = undefined;
  parent?.children?.delete(node);
  if (!children) return;
  for (const child of children) {
    child.parent = parent;
    if (parent) (parent.children ??= new Set()).add(child);
  }
}

/** The live tasks in the order of their creation. */
export function liveNodes(): Iterable<TaskNode> {
  return live;
}
