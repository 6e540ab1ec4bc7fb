// What is measured, in the order of the table; goals are ratios of time to NumPy's, with one thread and with two.

/** Elements of the arrays of most rows. */
const million = 1_000_000;

const fast = { one: 0.6, two: 0.35 };
const level = { one: 1, two: 0.55 };
const cached = { one: 1.3, two: 0.8 };
const transcendental = { one: 2, two: 1.1 };

/** A row for each type of elements. */
const both = (operation, goal, n = million) =>
  ["float64", "float32"].map((dtype) => ({ operation, dtype, n, goal }));

export const rows = [
  ...["sum", "mean", "std", "var", "cumsum", "histogram", "sort", "argsort", "random"].flatMap((operation) =>
    both(operation, fast),
  ),
  { operation: "random-numpy", dtype: "float64", n: million, goal: { one: 1.1, two: 0.6 } },
  ...["fused", "sqrt", "count"].flatMap((operation) => both(operation, level)),
  ...["min", "max", "dot"].flatMap((operation) => both(operation, cached)),
  ...["exp", "log", "sin"].flatMap((operation) => both(operation, transcendental)),
  // what a call costs where the work is small
  ...["sum", "mean", "cumsum", "count", "random"].map((operation) => ({
    operation,
    dtype: "float64",
    n: 10_000,
    goal: { one: 1 },
  })),
  // out of the caches
  ...["sum", "fused", "sqrt", "triad"].map((operation) => ({
    operation,
    dtype: "float64",
    n: 10_000_000,
    goal: undefined,
  })),
  ...both("matmul", { one: 3, two: 1.5, relaxed: { one: 2.3, two: 1.15 } }, 1024),
  ...both("matmul-blas", { one: 1.1, two: 0.55 }, 1024),
];

/** What is asked of a row: a stricter goal where products and sums are rounded once, as Node 22 and newer can. */
export const goalOf = ({ goal }, { node }) =>
  goal?.relaxed && Number.parseInt(node, 10) >= 22 ? goal.relaxed : goal;

/** How late a timer of 1 ms is during asynchronous products that take a second or more, and with nothing to do. */
export const eventLoopRows = [
  { operation: "idle", dtype: "float64", n: 1, timer: true },
  { operation: "matmul", dtype: "float64", n: 3072, timer: true },
  { operation: "matmul-blas", dtype: "float64", n: 4096, timer: true },
];

/** The 99th percentile of the time between two calls of that timer, in microseconds. */
export const mostGap = 5000;

/** How a row is called in the table. */
export const nameOf = ({ operation, dtype, n, timer }) =>
  timer
    ? `timer, ${operation}${n > 1 ? ` ${dtype} ${n}` : ""}`
    : `${operation} ${dtype} ${n.toExponential(0).replace("e+", "e")}`;

/** Bytes that a row has to move, for those that are bound by memory. */
export const bytesMoved = { sum: 8, fused: 32, sqrt: 16, triad: 24 };

/** Rows of operations that the memory bounds. */
export const isLarge = ({ operation, n }) => n === 10_000_000 && operation in bytesMoved;

/** Which part of what STREAM's triad moves in a second they are to move. */
export const leastOfTriad = 0.85;
