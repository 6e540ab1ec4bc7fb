// Five workers that wait a second each, at the same time and on one thread.
import { gather, sleep } from "ungil/asyncio";

/** A worker that waits for a second, as one that asks a server does. */
async function worker(name, print) {
  print(`worker ${name} starts`);
  await sleep(1_000);
  print(`worker ${name} is done`);
  return name;
}

/** All five; their names in their order. */
export function main(print = console.log) {
  return gather(["A", "B", "C", "D", "E"].map((name) => () => worker(name, print)));
}
