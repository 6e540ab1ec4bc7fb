import PQueue from "p-queue";

export function createLimiter(concurrency) {
  const queue = new PQueue({ concurrency });
  return (fn, argument) => queue.add(() => fn(argument));
}

export function mapAll(items, fn, concurrency) {
  return new PQueue({ concurrency }).addAll(items.map((item, index) => () => fn(item, index)));
}
