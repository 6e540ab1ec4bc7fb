import { type Clock, systemClock } from "../clock.js";
import { SerializationError } from "../errors.js";
import { type PortableReference, portable } from "../portable.js";
import { checkClock, checkOptionNames } from "../validate.js";

/** Options of every primitive. */
export interface PrimitiveOptions {
  /** Source of time for waits with a timeout, for tests. */
  readonly clock?: Clock | undefined;
}

/** What all primitives have in common: they belong to the event loop on which they were made. */
export abstract class Primitive {
  /** The class, for messages. */
  abstract get [Symbol.toStringTag](): string;

  /**
   * A copy in another thread would keep nobody out, so there is none.
   * @throws SerializationError
   */
  [portable](): PortableReference {
    const kind = this[Symbol.toStringTag];
    throw new SerializationError(
      `a ${kind} of ungil/asyncio can't be sent: it is of use only on the event loop on which it was made. ` +
        "What has to hold between threads takes the primitives of ungil/threading",
      kind,
    );
  }
}

/** @throws InvalidArgumentError for an option that there is not, or a clock that is none. */
export function clockOf(options: PrimitiveOptions, others: readonly string[] = []): Clock {
  checkOptionNames("options", options, ["clock", ...others]);
  const { clock = systemClock } = options;
  checkClock(clock);
  return clock;
}
