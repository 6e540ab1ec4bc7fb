import type { FunctionReviver } from "../functions/index.js";
import { type DecodeHooks, decode } from "../wire/decode.js";
import type { WorkerSetup } from "./protocol.js";
import type { TaskLock } from "./task-lock.js";

/** What a worker does before its first task: takes in what tasks run under, and runs the initializer. */
export async function initialize(
  { executionLock, initializer }: WorkerSetup,
  lock: TaskLock,
  reviver: FunctionReviver,
  inbound: DecodeHooks,
): Promise<void> {
  await lock.takeIn(executionLock, inbound);
  if (!initializer) return;
  reviver.addCodes(initializer.codes);
  const fn = await reviver.revive(initializer.graph);
  const args = initializer.marked ? await decode(initializer.args, inbound) : initializer.args;
  await lock.run(() => fn(...(args as unknown[])));
}
