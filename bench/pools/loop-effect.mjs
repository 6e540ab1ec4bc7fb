import { Effect, Semaphore } from "effect";

export function createLimiter(concurrency) {
  const permit = Semaphore.makeUnsafe(concurrency).withPermits(1);
  return (fn, argument) => Effect.runPromise(permit(Effect.promise(() => fn(argument))));
}

export function mapAll(items, fn, concurrency) {
  const effect = Effect.forEach(items, (item, index) => Effect.promise(() => fn(item, index)), {
    concurrency,
  });
  return Effect.runPromise(effect);
}

export function createLock() {
  const semaphore = Semaphore.makeUnsafe(1);
  const take = semaphore.take(1);
  return () => Effect.runPromise(take).then(() => semaphore);
}

export const release = (semaphore) => Effect.runPromise(semaphore.release(1));
