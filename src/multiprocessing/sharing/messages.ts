/** Kinds of messages: the first element of each. */

/** To an owner. */
export const toOwner = {
  /** number of the call, object, what messages call it, method, …arguments */
  call: 0,
  /** number of the call */
  giveUp: 1,
  /** number of the last answer that has arrived */
  arrived: 2,
  /** object, ticket, 1 for one more handle, 0 for one that was there */
  hold: 3,
  /** object */
  drop: 4,
  /** object, ticket */
  leaves: 5,
  /** object, ticket */
  sent: 6,
} as const;

/** From an owner. */
export const fromOwner = {
  /** number of the call, answer, number of the answer or 0 */
  answer: 0,
  /** number of the call, error */
  failure: 1,
  /** number of the call: it counts as not called */
  givenUp: 2,
} as const;

/** Who has made a call. */
export interface Asker {
  /** Called once, when the call has ended: as soon as it is made at the earliest, and then from within. */
  ended(outcome: Outcome): void;
}

/** How a call ended. */
export type Outcome =
  | { readonly kind: "answer"; readonly value: unknown }
  | { readonly kind: "failure"; readonly error: unknown }
  | { readonly kind: "given up" };
