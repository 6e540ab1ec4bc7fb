import { Worker } from "node:worker_threads";
import * as Comlink from "comlink/dist/esm/comlink.mjs";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";

const script = new URL("../workers/comlink.mjs", import.meta.url);

/** Comlink has no pool: its workers take turns. */
export function createPool(workers) {
  const remotes = Array.from({ length: workers }, () => Comlink.wrap(nodeEndpoint(new Worker(script))));
  let turn = 0;
  return {
    run: (name, argument, transfer) =>
      remotes[turn++ % workers][name](transfer ? Comlink.transfer(argument, transfer) : argument),
  };
}
