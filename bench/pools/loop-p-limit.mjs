import pLimit from "p-limit";

export function createLimiter(concurrency) {
  const limit = pLimit(concurrency);
  return (fn, argument) => limit(fn, argument);
}

export function mapAll(items, fn, concurrency) {
  return pLimit(concurrency).map(items, fn);
}
