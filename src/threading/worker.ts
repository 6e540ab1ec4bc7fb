/**
 * The entry file of a worker thread.
 *
 * @module
 */
import { workerData } from "node:worker_threads";
import { inheritLoader } from "../functions/index.js";
import { WorkerRuntime } from "../pool/worker-runtime.js";
import { outputHandedIn } from "./output.js";
import type { ThreadData, ToThread } from "./thread-host.js";

const { port, setup } = (workerData as ThreadData).ungil;
const runtime = new WorkerRuntime(
  { post: (message, transfer) => port.postMessage(message, transfer as never[]), close: () => port.close() },
  setup,
);
// finished results that wait to travel together must not go down with a thread that exits
process.on("exit", () => runtime.flush());
port.on("message", (message: ToThread) => {
  if (message.kind !== "handIn") return runtime.receive(message);
  void outputHandedIn().then(() => port.postMessage({ kind: "handedIn" }));
});
port.on("messageerror", (error: unknown) => {
  // nobody can say which task it was: those that have not begun go elsewhere
  throw error;
});
void inheritLoader().then(() => runtime.start());
