import { Sema } from "async-sema";

export function createLimiter(concurrency) {
  const sema = new Sema(concurrency);
  return async (fn, argument) => {
    await sema.acquire();
    try {
      return await fn(argument);
    } finally {
      sema.release();
    }
  };
}

export function createLock() {
  const sema = new Sema(1);
  return async () => {
    await sema.acquire();
    return sema;
  };
}

export const release = (sema) => sema.release();
