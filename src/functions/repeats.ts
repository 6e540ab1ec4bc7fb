/**
 * Whether two captures gave the same: variables that may change mostly don't, and a worker that has the function
 * need not be sent it again then (rule 7).
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import type { FunctionGraph, GraphNode } from "./payload.js";

/** Nodes that mean the same whenever they are equal, and whose values tasks can't change for each other. */
const comparable = new Set<GraphNode["type"]>(["function", "global", "builtin", "module", "import"]);

/** Whether two graphs are equal, and revived functions of theirs can't be told apart. */
export const areEqual = (one: FunctionGraph, other: FunctionGraph): boolean =>
  one.root === other.root &&
  one.nodes.every(({ type }) => comparable.has(type)) &&
  isDeepStrictEqual(one.nodes, other.nodes);
