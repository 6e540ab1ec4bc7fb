import { InvalidStateError } from "../../errors.js";
import { whileBlocked } from "../../pool/execution-lock.js";
import { block, type Waiting } from "./waiting.js";

let mayBlock: boolean | undefined;

/**
 * Some threads may never block: those of a browser's windows, and what is built on them.
 * @throws InvalidStateError
 */
export function checkMayBlock(form: string): void {
  if (mayBlock === undefined) {
    try {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
      mayBlock = true;
    } catch {
      mayBlock = false;
    }
  }
  if (!mayBlock) throw new InvalidStateError(`this thread must not block: use ${form}, and await it`);
}

/**
 * Blocks the thread.
 * @param form - how to wait without blocking, for the error where blocking is not allowed.
 * @returns what it has come to; 0 when the time is up.
 */
export function blockFor(waiting: Waiting, timeout: number, form: string): number {
  if (timeout <= 0) return block(waiting, timeout);
  checkMayBlock(form);
  // what is there at once needs no turn of others
  return waiting.look() || whileBlocked(() => block(waiting, timeout));
}
