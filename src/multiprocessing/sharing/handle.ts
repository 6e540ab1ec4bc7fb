/**
 * Handles: what users have of an object that one isolate owns.
 *
 * @module
 */
import { inspect } from "node:util";
import { ConnectionClosedError, InvalidStateError } from "../../errors.js";
import { joinStacks } from "../../pool/join-stacks.js";
import { captureOrigin, type Origin } from "../../pool/origin.js";
import { type PortableReference, portable, registerReviver } from "../../portable.js";
import type { WaitOptions } from "../../sync/wait-options.js";
import { isPrimitive } from "../../wire/index.js";
import { Carried, carried } from "./carried.js";
import { callWithin, checkWait, type Ending } from "./limits.js";
import { lineTo } from "./line.js";
import { type SharedReference, sharedReviver } from "./reference.js";
import type { Served } from "./served.js";
import { ownAddress } from "./server.js";
import { Tie } from "./tie.js";

/** What a handle is made of: by {@link own} for a new object, or of a reference. */
export class Endpoint {
  readonly kind: string;
  readonly tie: Tie;
  /** What handles know without asking; the same for all handles of an object. */
  readonly details: unknown;

  constructor(kind: string, tie: Tie, details: unknown) {
    this.kind = kind;
    this.tie = tie;
    this.details = details;
  }
}

/** Makes an object that this isolate owns. @param details - anything that structured clone takes. */
export function own(kind: string, served: Served, details?: unknown): Endpoint {
  return new Endpoint(kind, Tie.toNew(served), details);
}

const kinds = new Map<string, (endpoint: Endpoint) => Handle>();

/** Says how handles of a kind are made of what has arrived. A second registration replaces the first. */
export function handleKind(name: string, make: (endpoint: Endpoint) => Handle): void {
  kinds.set(name, make);
}

registerReviver(sharedReviver, (data) => {
  const reference = data as SharedReference;
  const { kind, owner, details } = reference;
  const make = kinds.get(kind);
  if (!make)
    throw new TypeError(`this side does not know how to make a ${kind}: its version of ungil is another`);
  const tie = Tie.to(reference);
  if (!tie) {
    throw new ConnectionClosedError(
      `the ${kind} that comes back is not there any more: nobody had a handle to it for some time`,
      { object: kind, ownerPid: owner.pid },
    );
  }
  return tie.handle?.deref() ?? make(new Endpoint(kind, tie, details));
});

const isSent = (arg: unknown): boolean => isPrimitive(arg) || arg instanceof Carried;

/** The end of a call that a handle has made. */
class HandleEnding implements Ending {
  readonly answered: Ending["answered"];
  readonly ended: Ending["ended"];
  readonly #handle: Handle;
  readonly #kind: string;
  readonly #method: string;
  readonly #origin: Origin;

  constructor(
    handle: Handle,
    kind: string,
    method: string,
    origin: Origin,
    answered: Ending["answered"],
    ended: Ending["ended"],
  ) {
    this.#handle = handle;
    this.#kind = kind;
    this.#method = method;
    this.#origin = origin;
    this.answered = answered;
    this.ended = ended;
  }

  get what(): string {
    return `${this.#kind}.${this.#method}()`;
  }

  failed(error: unknown): unknown {
    joinStacks(error, this.#origin, this.#handle.toString());
    return error;
  }
}

/**
 * Base of handles: knows whether the object is this isolate's own or another's, and calls its methods.
 */
export abstract class Handle {
  readonly #endpoint: Endpoint;

  protected constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    endpoint.tie.handle = new WeakRef(this);
  }

  /** What was given to `own`. */
  protected get details(): unknown {
    return this.#endpoint.details;
  }

  /** Whether the object is this isolate's own. */
  protected get isOwn(): boolean {
    return this.#endpoint.tie.owned !== undefined;
  }

  /** Whether this isolate has let go of the object. */
  protected get hasLetGo(): boolean {
    return this.#endpoint.tie.isReleased;
  }

  /**
   * Calls a method of the object.
   * @param args - copied, unless they are `Carried`.
   * @param made - makes of the answer what the caller gets; may be a promise.
   * @param ended - called when the call has ended, in whatever way.
   * @throws InvalidArgumentError for a bad option, SerializationError for arguments that can't be sent, both from the
   *   call. The promise is rejected with what the object throws; TimeoutError, CancelledError; ConnectionClosedError
   *   when the owner has ended; InvalidStateError after `letGo`.
   */
  protected call<R>(
    method: string,
    args: readonly unknown[],
    wait?: WaitOptions,
    made?: (answer: unknown) => R | PromiseLike<R>,
    ended?: () => void,
  ): Promise<R> {
    const limits = checkWait(wait);
    const { kind, tie } = this.#endpoint;
    if (tie.isReleased) {
      ended?.();
      return Promise.reject(new InvalidStateError(`this ${kind} is closed`));
    }
    const sent = args.every(isSent)
      ? args
      : args.map((arg, at) => carried(arg, `argument ${at} of ${kind}.${method}()`));
    const ending = new HandleEnding(this, kind, method, captureOrigin(this.call, this), made, ended);
    return callWithin<R>(limits, lineTo(tie, kind, method, sent), ending);
  }

  /** Lets go of the object now, and not when the handle is collected. */
  protected letGo(): void {
    this.#endpoint.tie.release();
  }

  /** A handle that is sent arrives as a handle to the same object. */
  [portable](): PortableReference {
    const { kind, tie, details } = this.#endpoint;
    if (tie.isReleased) throw new InvalidStateError(`this ${kind} can't be sent: it is closed`);
    return {
      reviver: sharedReviver,
      entry: "multiprocessing",
      data: tie.reference(kind, details, ownAddress),
    };
  }

  /** `<Queue of process 4711>` */
  toString(): string {
    const { kind, tie } = this.#endpoint;
    return `<${kind} of process ${tie.connection?.owner.pid ?? process.pid}>`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
