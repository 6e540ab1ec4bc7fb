/** What each thread does: it tells who it is, and counts. */
import { currentThread } from "ungil/threading";

export function work(number, counter, times) {
  const { name, ident } = currentThread();
  console.log(`${name}: worker ${number} is thread ${ident}`);
  // `counter[0]++` would lose some: it reads, adds and writes, and others come between
  for (let i = 0; i < times; i++) Atomics.add(counter, 0, 1);
}
