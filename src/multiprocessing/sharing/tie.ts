/**
 * What ties an isolate to an object: as long as it is there, the object stays. Handles have one, and so has what lies
 * in between with handles in it.
 *
 * @module
 */
import { nextId } from "../../functions/index.js";
import { toOwner } from "./messages.js";
import { Owned, ownedById } from "./owned.js";
import { connectionTo, type OwnerConnection } from "./owner-connection.js";
import { noteReference, type OwnerAddress, ownId, type SharedReference } from "./reference.js";
import { ownCaller, type Served } from "./served.js";

/** Tells the owner of an object who has it; the owner may be this isolate. */
interface Way {
  readonly object: number;
  hold(ticket: number, handles: 0 | 1): void;
  drop(): void;
  leaves(ticket: number): void;
  sent(ticket: number): void;
}

const wayTo = (owned: Owned): Way => ({
  object: owned.id,
  hold: (ticket, handles) => owned.hold(ownCaller, ticket, handles),
  drop: () => void owned.drop(ownCaller),
  leaves: (ticket) => owned.leaves(ticket),
  sent: (ticket) => owned.sent(ticket),
});

const wayBy = (connection: OwnerConnection, object: number): Way => ({
  object,
  hold: (ticket, handles) => connection.post([toOwner.hold, object, ticket, handles]),
  drop: () => connection.post([toOwner.drop, object]),
  leaves: (ticket) => connection.post([toOwner.leaves, object, ticket]),
  sent: (ticket) => connection.post([toOwner.sent, object, ticket]),
});

/** Ties to objects that others know, by the number of the object. */
const ties = new Map<number, WeakRef<Tie>>();

/** A tie that nobody has any more lets go of its object. */
const collected = new FinalizationRegistry<Way>((way) => {
  if (ties.get(way.object)?.deref() === undefined) ties.delete(way.object);
  way.drop();
});

/** A reference that whoever sent it has no longer is on its way, or lost. */
const departed = new FinalizationRegistry<{ readonly way: Way; readonly ticket: number }>(({ way, ticket }) =>
  way.sent(ticket),
);

/** As long as a reference is here, so is its tie. */
const kept = new WeakMap<SharedReference, Tie>();

export class Tie {
  /** The object, where it is this isolate's own; else there is a connection. */
  readonly owned: Owned | undefined;
  readonly connection: OwnerConnection | undefined;
  readonly #way: Way;
  #isKnown = false;
  #isReleased = false;
  /** The handle that was made of it, so that an object has one handle here. */
  handle: WeakRef<object> | undefined;

  private constructor(way: Way, owned: Owned | undefined, connection?: OwnerConnection) {
    this.#way = way;
    this.owned = owned;
    this.connection = connection;
  }

  /** To a new object of this isolate. */
  static toNew(served: Served): Tie {
    const owned = new Owned(served);
    const tie = new Tie(wayTo(owned), owned);
    if (served.unheld) tie.#watch();
    return tie;
  }

  /**
   * To the object that a reference names.
   * @returns undefined for one of this isolate that is not there any more.
   */
  static to({ owner, object, ticket }: SharedReference): Tie | undefined {
    const known = ties.get(object)?.deref();
    if (known) {
      known.#way.hold(ticket, 0);
      return known;
    }
    const tie = Tie.#made(owner, object);
    if (!tie) return undefined;
    tie.#way.hold(ticket, 1);
    tie.#makeKnown();
    return tie;
  }

  /** The same, for whoever asks alone: the release of others leaves it as it is. */
  static apart({ owner, object, ticket }: SharedReference): Tie | undefined {
    const tie = Tie.#made(owner, object);
    if (!tie) return undefined;
    tie.#way.hold(ticket, 1);
    tie.#watch();
    return tie;
  }

  static #made(owner: OwnerAddress, object: number): Tie | undefined {
    if (owner.id === ownId) {
      const owned = ownedById(object);
      return owned && new Tie(wayTo(owned), owned);
    }
    const connection = connectionTo(owner);
    return new Tie(wayBy(connection, object), undefined, connection);
  }

  get object(): number {
    return this.#way.object;
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** What names the object elsewhere. @param here - where this isolate is reached. */
  reference(kind: string, details: unknown, here: () => OwnerAddress): SharedReference {
    const owner = this.connection?.owner ?? here();
    const ticket = nextId();
    const reference: SharedReference = { kind, owner, object: this.object, ticket, details };
    if (!this.#isKnown) this.#makeKnown();
    this.#way.leaves(ticket);
    kept.set(reference, this);
    departed.register(reference, { way: this.#way, ticket });
    noteReference(reference);
    return reference;
  }

  /** A reference that lay here leaves once more. */
  leaves(ticket: number): void {
    this.#way.leaves(ticket);
  }

  /** It has not got anywhere. */
  comesBack(ticket: number): void {
    this.#way.hold(ticket, 0);
  }

  /** It is here no longer, and was all that this tie is for. */
  hasLeft(ticket: number): void {
    this.#way.sent(ticket);
    this.release();
  }

  /** Lets go of the object now. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    collected.unregister(this);
    if (ties.get(this.object)?.deref() === this) ties.delete(this.object);
    this.#way.drop();
  }

  #makeKnown(): void {
    this.#isKnown = true;
    ties.set(this.object, new WeakRef(this));
    this.#watch();
  }

  #watch(): void {
    collected.unregister(this);
    collected.register(this, this.#way, this);
  }
}
