import { type Clock, systemClock } from "../../clock.js";

/**
 * How long an object stays for references that may be on their way: nobody can see into the pipes of others. An
 * object, so that tests can move its time by hand.
 */
export const lease: { ms: number; clock: Clock } = { ms: 60_000, clock: systemClock };
