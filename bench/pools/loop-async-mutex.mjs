import { Mutex, Semaphore } from "async-mutex";

export function createLimiter(concurrency) {
  const semaphore = new Semaphore(concurrency);
  return (fn, argument) => semaphore.runExclusive(() => fn(argument));
}

export function createLock() {
  const mutex = new Mutex();
  return () => mutex.acquire();
}

export const release = (done) => done();
