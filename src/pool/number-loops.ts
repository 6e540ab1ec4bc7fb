/**
 * The loops over numbers in an array whose results go to another, or to the same.
 *
 * V8 optimises a loop for the functions and arrays that it has seen. One that serves all functions calls each of
 * them, at a cost of several nanoseconds an item; one of its own is compiled together with its function.
 *
 * Each turn of a loop runs several items: what V8 checks of the arrays again in each turn then is checked once for
 * all of them, which makes it twice as fast for short functions. Each item is begun as `begins` does it.
 *
 * @module
 */
import { Script } from "node:vm";
import { cell } from "../futures/chunks.js";

export type AnyFunction = (item: unknown, index: number) => unknown;

/** Runs items on numbers of one array, results to another; see `ChunkLoops.store`. */
export type NumberLoop = (
  state: { at: number; odd: unknown },
  fn: AnyFunction,
  items: Float64Array,
  results: Float64Array,
  from: number,
  to: number,
  first: number,
  cells: Int32Array,
) => boolean;

/** So many items are worth the compilation of a loop. */
const leastForOwnLoop = 1_024;

/** Items in a turn. */
const itemsInTurn = 8;

/** How a loop passes numbers to the function. */
export type Passing =
  /** One that is whole as a small integer, for which V8 compiles quicker code where the function computes much. */
  | "whole"
  /** As the array gives it, like a loop of the user's own: the look whether it is whole takes longer than a short function. */
  | "plain";

/** Calls the function by a call of its own for each kind: V8 would make doubles of all, were they joined before. */
const callText: Record<Passing, (place: string) => string> = {
  whole: (place) => {
    const isWhole = "whole === item && (whole !== 0 || 1 / item > 0)";
    return `${isWhole} ? fn(whole, first + ${place}) : fn(item, first + ${place})`;
  },
  plain: (place) => `fn(item, first + ${place})`,
};

/**
 * Runs one item.
 * @param place - an expression that gives its place.
 */
const itemText = (place: string, passing: Passing): string => `
    cells[${cell.running}] = ${place} + 1;
    if (cells[${cell.stop}] !== 0) {
      cells[${cell.running}] = ${place};
      state.at = ${place};
      return false;
    }
    {
      const item = items[${place}];
      ${passing === "whole" ? "const whole = item | 0;" : ""}
      const value = ${callText[passing](place)};
      if (typeof value !== "number") {
        state.at = ${place};
        state.odd = value;
        return true;
      }
      results[${place}] = value;
    }`;

const turnText = (passing: Passing): string =>
  Array.from({ length: itemsInTurn }, (_, i) => itemText(`i + ${i}`, passing)).join("");

const loopText = (passing: Passing): string => `(state, fn, items, results, from, to, first, cells) => {
  let i = from;
  for (const last = to - ${itemsInTurn}; i <= last; i += ${itemsInTurn}) {${turnText(passing)}
  }
  for (; i < to; i++) {${itemText("i", passing)}
  }
  state.at = i;
  return false;
}`;

let compiled = 0;

function compileLoop(passing: Passing): NumberLoop {
  // equal texts share their compiled code
  compiled += 1;
  return new Script(`${loopText(passing)} // ${compiled}`).runInThisContext() as NumberLoop;
}

const sharedLoop = compileLoop("whole");
const ownLoops = {
  whole: new WeakMap<AnyFunction, NumberLoop>(),
  plain: new WeakMap<AnyFunction, NumberLoop>(),
} as const;

/** The loop for a function: one of its own where so many items are worth it. */
export function loopFor(fn: AnyFunction, count: number, passing: Passing): NumberLoop {
  const loops = ownLoops[passing];
  const own = loops.get(fn);
  if (own) return own;
  if (count < leastForOwnLoop) return sharedLoop;
  const loop = compileLoop(passing);
  loops.set(fn, loop);
  return loop;
}
