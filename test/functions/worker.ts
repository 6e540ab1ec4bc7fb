// The other side of the harness: makes a function of what arrives, calls it, and sends the outcome back.
import { parentPort } from "node:worker_threads";
import {
  assertNotReviving,
  type CodeRecord,
  type FunctionGraph,
  FunctionReviver,
  inheritLoader,
  referenceTo,
} from "./api.js";

interface Call {
  readonly id: number;
  readonly codes: readonly CodeRecord[];
  readonly graph: FunctionGraph;
  readonly args: readonly unknown[];
}

await inheritLoader();
const reviver = new FunctionReviver();
(globalThis as Record<string, unknown>)["assertNotReviving"] = assertNotReviving;

async function answer({ id, codes, graph, args }: Call): Promise<object> {
  try {
    reviver.addCodes(codes);
    const fn = await reviver.revive(graph);
    return { id, value: await fn(...args) };
  } catch (thrown) {
    const { name, message, stack, constructor } = thrown as Error;
    return { id, error: { name, message, stack, reference: referenceTo(constructor) } };
  }
}

/** A result that can't be cloned is an error of that call, not of the worker. */
function post(send: (message: object) => void, message: object & { id?: number }): void {
  try {
    send(message);
  } catch (error) {
    send({ id: message.id, error: { name: "DataCloneError", message: String(error), stack: String(error) } });
  }
}

if (parentPort) {
  const port = parentPort;
  port.on("message", async (call: Call) => post((message) => port.postMessage(message), await answer(call)));
} else {
  process.on("message", async (call: Call) => post((message) => process.send?.(message), await answer(call)));
}
