export * from "./errors.js";
export { Future } from "./futures/future.js";
