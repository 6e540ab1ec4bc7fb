// The faults. `task` is run beside a neighbour and before queued tasks; other faults are a `scene` of their own.
// `after` is when the cause comes, in ms after the submission.

/**
 * @typedef {{ name: string, title: string, scene?: string, task?: string, after?: number,
 *   module?: string, heap?: number, initializer?: boolean }} Fault
 */

/** @type {Fault[]} */
export const faults = [
  { name: "none", title: "no fault, for comparison", task: "hold" },
  { name: "exit-now", title: "`process.exit(3)` at once in a task", task: "exitNow" },
  {
    name: "exit-timer",
    title: "`process.exit(3)` in a timer while the task awaits",
    task: "exitInTimer",
    after: 50,
  },
  { name: "exit-promise", title: "`process.exit(3)` in a promise chain", task: "exitInPromise" },
  {
    name: "throw-timer",
    title: "uncaught throw in a timer while the task awaits",
    task: "throwInTimer",
    after: 50,
  },
  {
    name: "unhandled-rejection",
    title: "unhandled rejection while the task awaits",
    task: "rejectUnhandled",
    after: 50,
  },
  { name: "stack-overflow", title: "stack overflow", task: "overflowStack" },
  { name: "heap", title: "heap exhausted, limit 32 MB", task: "exhaustHeap", heap: 32 },
  { name: "killed", title: "worker ended from outside", task: "hold", scene: "killed", after: 150 },
  {
    name: "endless-loop",
    title: "endless synchronous loop, stopped after 300 ms",
    task: "loopForever",
    scene: "stopped",
    after: 300,
  },
  {
    name: "abort-running",
    title: "a running task is aborted beside a neighbour",
    task: "hold",
    scene: "stopped",
    after: 300,
  },
  { name: "abort-queued", title: "a queued task is aborted", scene: "abortQueued" },
  { name: "aborted-before", title: "the signal is aborted before the submission", scene: "abortedBefore" },
  { name: "result-function", title: "the result can't be cloned (a function)", task: "returnFunction" },
  { name: "error-getter", title: "the error has a getter that throws", task: "throwGetter" },
  { name: "error-circular", title: "the error is its own cause", task: "throwCircular" },
  { name: "error-proxy", title: "the error is a Proxy whose traps throw", task: "throwProxy" },
  {
    name: "module-throws",
    title: "the worker's module throws at import",
    scene: "module",
    module: "module-throws",
  },
  {
    name: "module-hangs",
    title: "the worker's module hangs in top-level await",
    scene: "module",
    module: "module-hangs",
  },
  { name: "initializer", title: "the initializer fails", scene: "module", initializer: true },
  { name: "close", title: "graceful close: 2 tasks run, 2 wait", scene: "close" },
  { name: "terminate", title: "forced end: 2 tasks run, 2 wait", scene: "terminate" },
  { name: "submit-after-close", title: "submit after the close", scene: "submitAfterClose" },
  { name: "crash-loop", title: "20 tasks, each calls `process.exit(3)`", scene: "crashLoop" },
];
