/** `createRequire` of `node:module`, which few workers need, and which leads to a lot. */
export const createRequire: typeof import("node:module").createRequire = (from) =>
  process.getBuiltinModule("node:module").createRequire(from);
