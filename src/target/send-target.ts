/**
 * How the target of a `Process` or a `Thread` and its arguments are sent: as they are when it is started.
 *
 * @module
 */
import { SerializationError } from "../errors.js";
import { analyseModule, analyseText } from "../functions/analysis/index.js";
import {
  assertNotReviving,
  type CodeRecord,
  captureFunction,
  type FunctionGraph,
  provideAnalysis,
} from "../functions/index.js";
import { outbound } from "../pool/outbound.js";
import { encode, refusal, type Transferable } from "../wire/index.js";
import { refuseExecutors } from "./executors-refused.js";

/** What is to run. */
export interface Work {
  readonly target: (...args: never[]) => unknown;
  readonly args: readonly unknown[];
}

/** A target on its way. */
export interface ShippedTarget {
  readonly graph: FunctionGraph;
  readonly codes: readonly CodeRecord[];
}

/** Its arguments, apart so that an error can tell which of the two could not be sent. */
export interface ShippedArguments {
  readonly args: unknown;
  readonly marked: boolean;
}

/** What is started, and what runs its tasks where an executor can't follow. */
interface Destination {
  /** `"Process"`. */
  readonly what: string;
  /** `"process"`. */
  readonly owner: string;
  /** `"ProcessPoolExecutor"`. */
  readonly instead: string;
}

export const toProcess: Destination = { what: "Process", owner: "process", instead: "ProcessPoolExecutor" };
export const toThread: Destination = { what: "Thread", owner: "thread", instead: "ThreadPoolExecutor" };

const reasonOf = ({ what, owner, instead }: Destination): string =>
  `an executor in it runs tasks for the ${owner} that made it, and a ${what} is another one. Make one inside the ` +
  `target, or submit the target to a ${instead}`;

/**
 * Captures a target and hands it to `send`, whose error names it.
 * @throws CaptureError, SerializationError for what can't be sent; BrokenExecutorError in a module that is being
 *   imported for another target.
 */
export function shipTarget<T>(
  target: Work["target"],
  destination: Destination,
  send: (shipped: ShippedTarget) => T,
): T {
  assertNotReviving();
  provideAnalysis({ analyseModule, analyseText });
  const { name, graph, codes } = captureFunction(target);
  const what = `the target ${name}`;
  refuseExecutors(graph.nodes, what, reasonOf(destination));
  try {
    return send({ graph, codes });
  } catch (cause) {
    throw new SerializationError(`${what} can't be sent: ${(cause as Error).message}`, what, { cause });
  }
}

/** Hands arguments to `send`, whose error names their path. @throws SerializationError for what can't be sent. */
export function shipArguments<T>(
  given: readonly unknown[],
  destination: Destination,
  send: (shipped: ShippedArguments, transfer: readonly Transferable[]) => T,
): T {
  const { value: args, marked, transfer } = encode([...given], "args", outbound);
  if (marked) refuseExecutors(args, "args", reasonOf(destination));
  try {
    return send({ args, marked }, transfer);
  } catch (error) {
    throw refusal(args, "args", error);
  }
}
