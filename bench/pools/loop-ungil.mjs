import { AsyncExecutor, Lock } from "../../dist/node/asyncio.js";

export function createLimiter(concurrency) {
  const executor = new AsyncExecutor({ maxWorkers: concurrency });
  return (fn, argument) => executor.submit(fn, argument);
}

export function mapAll(items, fn, concurrency) {
  return new AsyncExecutor({ maxWorkers: concurrency }).map(fn, items);
}

export function createLock() {
  const lock = new Lock();
  return () => lock.acquire();
}

export const release = (guard) => guard.release();
