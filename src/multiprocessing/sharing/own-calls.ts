/**
 * Calls that an owner makes to its own objects: the same as those of others, without a socket.
 *
 * @module
 */
import type { Asker } from "./messages.js";
import type { Owned } from "./owned.js";
import { ownCaller } from "./served.js";
import { waitsHere } from "./server.js";
import { CallerSession } from "./session.js";

const session = new CallerSession<Asker>(ownCaller, (asker, outcome, receipt) => {
  session.arrived(receipt);
  waitsHere(-1);
  asker.ended(outcome);
});

/** Calls an object. */
export function callOwned(
  owned: Owned,
  what: string,
  method: string,
  args: readonly unknown[],
  asker: Asker,
): void {
  waitsHere(1);
  session.call(asker, owned, what, method, args);
}

/** @param asker - who made the call. */
export function giveUpOwned(asker: Asker): void {
  session.giveUp(asker);
}
