/**
 * Tools for tests of programs that use executors, and for those who write an executor: the contract and
 * faults as test suites, time moved by hand, gates in shared memory, waiting for states.
 *
 * @module
 */

export {
  addToCell,
  type Cells,
  type FileCells,
  fileCells,
  loadCell,
  sharedCells,
  storeCell,
  waitForCell,
} from "./cells.js";
export type {
  ContractCapabilities,
  ContractExecutorOptions,
  DescribeFunction,
  ExecutorContract,
  TestFunction,
} from "./contract/context.js";
export { executorContract } from "./contract/index.js";
export type { ExecutorFaults, FaultCapabilities, FaultExecutorOptions } from "./faults/context.js";
export { executorFaults } from "./faults/index.js";
export { Gate } from "./gate.js";
export { type ManualClock, manualClock } from "./manual-clock.js";
export { until } from "./until.js";
