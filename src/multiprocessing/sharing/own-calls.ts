/**
 * Calls that an owner makes to its own objects: the same as those of others, without a socket.
 *
 * @module
 */
import type { Outcome } from "./messages.js";
import type { Owned } from "./owned.js";
import { ownCaller } from "./served.js";
import { waitsHere } from "./server.js";
import { CallerSession } from "./session.js";

const pending = new Map<number, (outcome: Outcome) => void>();
let calls = 0;

const session = new CallerSession(ownCaller, (call, outcome, receipt) => {
  session.arrived(receipt);
  waitsHere(-1);
  const ended = pending.get(call)!;
  pending.delete(call);
  ended(outcome);
});

/** @returns the number of the call. */
export function callOwned(
  owned: Owned,
  method: string,
  args: readonly unknown[],
  ended: (outcome: Outcome) => void,
): number {
  const call = ++calls;
  pending.set(call, ended);
  waitsHere(1);
  session.call(call, owned, method, args, () => new Error("an object of one's own is always there"));
  return call;
}

export function giveUpOwned(call: number): void {
  session.giveUp(call);
}
