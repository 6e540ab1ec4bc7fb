import type { Line } from "./limits.js";
import type { Asker } from "./messages.js";
import { callOwned, giveUpOwned } from "./own-calls.js";
import type { Owned } from "./owned.js";
import type { OwnerConnection } from "./owner-connection.js";
import type { Tie } from "./tie.js";

/** One call to an object of which this isolate has a tie. @param kind - how messages call the object. */
export function lineTo(tie: Tie, kind: string, method: string, args: readonly unknown[]): Line {
  const { owned, connection } = tie;
  return owned
    ? new OwnLine(owned, kind, method, args)
    : new ConnectionLine(tie, connection!, kind, method, args);
}

/** To an object of one's own. */
class OwnLine implements Line {
  readonly #owned: Owned;
  readonly #kind: string;
  readonly #method: string;
  readonly #args: readonly unknown[];
  #asker: Asker | undefined;

  constructor(owned: Owned, kind: string, method: string, args: readonly unknown[]) {
    this.#owned = owned;
    this.#kind = kind;
    this.#method = method;
    this.#args = args;
  }

  call(asker: Asker): void {
    this.#asker = asker;
    callOwned(this.#owned, this.#kind, this.#method, this.#args, asker);
  }

  giveUp(): void {
    if (this.#asker) giveUpOwned(this.#asker);
  }
}

/** To an object of another isolate. */
class ConnectionLine implements Line {
  readonly #tie: Tie;
  readonly #connection: OwnerConnection;
  readonly #kind: string;
  readonly #method: string;
  readonly #args: readonly unknown[];
  #call = 0;

  constructor(tie: Tie, connection: OwnerConnection, kind: string, method: string, args: readonly unknown[]) {
    this.#tie = tie;
    this.#connection = connection;
    this.#kind = kind;
    this.#method = method;
    this.#args = args;
  }

  call(asker: Asker): void {
    const { object } = this.#tie;
    this.#call = this.#connection.call(object, this.#kind, this.#method, this.#args, this.#tie, asker);
  }

  giveUp(): void {
    this.#connection.giveUp(this.#call);
  }
}
