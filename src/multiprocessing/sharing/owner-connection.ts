/**
 * The way to objects of another isolate: one connection for all of one owner.
 *
 * @module
 */
import { connect, type Socket } from "node:net";
import { outermostContext } from "../../async-context.js";
import { systemClock } from "../../clock.js";
import { ConnectionClosedError } from "../../errors.js";
import { BatchReader, type Message } from "./batches.js";
import { CallerHandshake } from "./handshake.js";
import { type Incoming, reading } from "./incoming.js";
import { type Asker, fromOwner, toOwner } from "./messages.js";
import { Outbox } from "./outbox.js";
import type { OwnerAddress } from "./reference.js";

interface Pending {
  /** How messages call the object. */
  readonly what: string;
  readonly asker: Asker;
  /** What has to be kept until then: the handle, so that the owner does not think it is gone. */
  readonly tie: unknown;
}

/** ms until the next try with an owner who has not taken in those who came before. */
const busyPause = 10;

/** Tries until an owner that closes every connection counts as gone: another may have taken its place. */
const mostRefusals = 500;

/** ms that a process which has nothing else to do waits for an owner to take its connection. */
const mostSilence = 1_000;

const codeOf = (failure: unknown): string | undefined => (failure as NodeJS.ErrnoException | undefined)?.code;

/** Whether an owner is there and has no room for one more connection: Linux says so instead of waiting. */
const isBusy = (failure: unknown): boolean => codeOf(failure) === "EAGAIN";

/** Whether the other side has closed a connection. One that closes because it ends is not there at the next try. */
const wasClosed = (failure: unknown): boolean =>
  failure === undefined || codeOf(failure) === "ECONNRESET" || codeOf(failure) === "EPIPE";

const connections = new Map<string, OwnerConnection>();

/** The connection to an owner, made now unless there is one. */
export function connectionTo(owner: OwnerAddress): OwnerConnection {
  const known = connections.get(owner.id);
  if (known) return known;
  // it outlives the call that makes it, and would keep the stores of that call's context
  const made = outermostContext.runInAsyncScope(() => new OwnerConnection(owner));
  connections.set(owner.id, made);
  return made;
}

export class OwnerConnection {
  readonly owner: OwnerAddress;
  #socket: Socket;
  readonly #outbox = new Outbox();
  readonly #reader = new BatchReader();
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #isOpen = false;
  #refusals = 0;
  /** Why there is no connection (any more). */
  #lost: { readonly cause?: unknown } | undefined;

  constructor(owner: OwnerAddress) {
    this.owner = owner;
    this.#socket = this.#connect();
  }

  #connect(): Socket {
    const { path, key } = this.owner;
    let failure: unknown;
    const understood = (read: () => void): void => {
      try {
        read();
      } catch (error) {
        // out of step: nothing more can be understood
        failure ??= error;
        socket.destroy();
      }
    };
    const shake = (piece: Uint8Array): void => {
      const rest = handshake.push(piece);
      if (rest === undefined) return;
      this.#isOpen = true;
      this.#outbox.open(socket);
      patience.cancel();
      this.#rest(socket);
      this.#receive(this.#reader.push(rest));
    };
    const reader = this.#reader;
    const incoming: Incoming = {
      get place() {
        return reader.place;
      },
      took: (length) => understood(() => this.#receive(reader.took(length))),
      came: (piece) => understood(() => (this.#isOpen ? this.#receive(reader.push(piece)) : shake(piece))),
    };
    const socket = connect({ path, onread: reading(incoming) });
    // the process goes on until the owner has been told what arrived here, or is too busy to be told
    const patience = systemClock.setTimer(() => this.#rest(socket), mostSilence);
    socket.on("error", (error) => {
      failure = error;
    });
    socket.on("close", () => {
      patience.cancel();
      if (isBusy(failure) || this.#wasRefused(failure)) this.#connectLater();
      else this.#close(failure);
    });
    const handshake = new CallerHandshake(key, (bytes) => socket.write(bytes));
    return socket;
  }

  /** A connection keeps the process only for what is asked. */
  #rest(socket: Socket): void {
    if (this.#pending.size === 0) socket.unref();
  }

  /** Of more than it has room for an owner closes those that have not proved who they are yet. */
  #wasRefused(failure: unknown): boolean {
    return !this.#isOpen && wasClosed(failure) && ++this.#refusals < mostRefusals;
  }

  #connectLater(): void {
    const again = (): void => {
      this.#socket = this.#connect();
    };
    systemClock.setTimer(again, busyPause, true);
  }

  /** Says something that has no answer. */
  post(message: Message): void {
    if (!this.#lost) this.#outbox.post(message);
  }

  /** @returns the number of the call. */
  call(
    object: number,
    what: string,
    method: string,
    args: readonly unknown[],
    tie: unknown,
    asker: Asker,
  ): number {
    const call = ++this.#calls;
    if (this.#lost) {
      const error = this.#lostError(what);
      queueMicrotask(() => asker.ended({ kind: "failure", error }));
      return call;
    }
    if (this.#pending.size === 0) this.#socket.ref();
    this.#pending.set(call, { what, asker, tie });
    this.#outbox.post([toOwner.call, call, object, what, method, ...args]);
    return call;
  }

  giveUp(call: number): void {
    if (this.#pending.has(call)) this.post([toOwner.giveUp, call]);
  }

  #receive(batches: readonly (readonly Message[])[]): void {
    for (const batch of batches) {
      const receipt = lastReceipt(batch);
      if (receipt > 0) {
        // before anybody sees the answers: who then ends the process has them (rule 5)
        this.#outbox.post([toOwner.arrived, receipt]);
        this.#outbox.flush();
      }
      for (const message of batch) this.#read(message);
    }
  }

  #read([kind, call, content]: Message): void {
    const pending = this.#pending.get(call as number);
    if (!pending) throw new Error(`nothing was asked that ${String(call)} answers`);
    this.#pending.delete(call as number);
    this.#rest(this.#socket);
    const { asker } = pending;
    if (kind === fromOwner.answer) asker.ended({ kind: "answer", value: content });
    else if (kind === fromOwner.failure) asker.ended({ kind: "failure", error: content });
    else asker.ended({ kind: "given up" });
  }

  #close(cause: unknown): void {
    this.#lost = cause === undefined ? {} : { cause };
    // what is made again of a reference tries it once more
    if (connections.get(this.owner.id) === this) connections.delete(this.owner.id);
    for (const { what, asker } of this.#pending.values())
      asker.ended({ kind: "failure", error: this.#lostError(what) });
    this.#pending.clear();
  }

  #lostError(what: string): ConnectionClosedError {
    const { pid } = this.owner;
    return new ConnectionClosedError(
      `${what} can't be used any more: the process or thread that owns it (process ${pid}) has ended or can't be reached`,
      { ...this.#lost, object: what, ownerPid: pid },
    );
  }
}

/** The number of the last answer in a batch that has to be acknowledged. */
function lastReceipt(batch: readonly Message[]): number {
  for (let at = batch.length - 1; at >= 0; at--) {
    const [kind, , , receipt] = batch[at]!;
    if (kind === fromOwner.answer && (receipt as number) > 0) return receipt as number;
  }
  return 0;
}
