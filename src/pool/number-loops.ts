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

/**
 * Runs one item. A number that is whole is passed as such by a call of its own: V8 would make doubles of all, were
 * they joined before.
 * @param place - an expression that gives its place.
 */
const itemText = (place: string): string => `
    cells[${cell.running}] = ${place} + 1;
    if (cells[${cell.stop}] !== 0) {
      cells[${cell.running}] = ${place};
      state.at = ${place};
      return false;
    }
    {
      const item = items[${place}];
      const whole = item | 0;
      const value =
        whole === item && (whole !== 0 || 1 / item > 0) ? fn(whole, first + ${place}) : fn(item, first + ${place});
      if (typeof value !== "number") {
        state.at = ${place};
        state.odd = value;
        return true;
      }
      results[${place}] = value;
    }`;

const turnText = Array.from({ length: itemsInTurn }, (_, i) => itemText(`i + ${i}`)).join("");

const loopText = `(state, fn, items, results, from, to, first, cells) => {
  let i = from;
  for (const last = to - ${itemsInTurn}; i <= last; i += ${itemsInTurn}) {${turnText}
  }
  for (; i < to; i++) {${itemText("i")}
  }
  state.at = i;
  return false;
}`;

const loops = new WeakMap<AnyFunction, NumberLoop>();
let compiled = 0;

function compileLoop(): NumberLoop {
  // equal texts share their compiled code
  compiled += 1;
  return new Script(`${loopText} // ${compiled}`).runInThisContext() as NumberLoop;
}

const sharedLoop = compileLoop();

/** The loop for a function: one of its own where so many items are worth it. */
export function loopFor(fn: AnyFunction, count: number): NumberLoop {
  const own = loops.get(fn);
  if (own) return own;
  if (count < leastForOwnLoop) return sharedLoop;
  const loop = compileLoop();
  loops.set(fn, loop);
  return loop;
}
