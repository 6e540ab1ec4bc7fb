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

if (parentPort) {
  const port = parentPort;
  port.on("message", async (call: Call) => port.postMessage(await answer(call)));
} else {
  process.on("message", async (call: Call) => process.send?.(await answer(call)));
}
