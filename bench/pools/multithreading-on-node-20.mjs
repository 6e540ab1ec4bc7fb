// multithreading counts on two things that Node has from 21 and 22 on; threads load this file as well.
import os from "node:os";

globalThis.navigator ??= { hardwareConcurrency: os.availableParallelism() };
Promise.withResolvers ??= function withResolvers() {
  let resolve;
  let reject;
  const promise = new this((...settlers) => {
    [resolve, reject] = settlers;
  });
  return { promise, resolve, reject };
};
