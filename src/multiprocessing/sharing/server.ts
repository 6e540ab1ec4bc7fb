/**
 * This isolate as an owner: its server, made when the first handle is sent, and those who are connected.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { outermostContext } from "../../async-context.js";
import { systemClock } from "../../clock.js";
import { BatchReader, type Message } from "./batches.js";
import { OwnerHandshake } from "./handshake.js";
import { type Incoming, readAccepted } from "./incoming.js";
import { listen } from "./listen.js";
import { fromOwner, toOwner } from "./messages.js";
import { Outbox } from "./outbox.js";
import { ownedById } from "./owned.js";
import { type OwnerAddress, ownId } from "./reference.js";
import type { Caller } from "./served.js";
import { CallerSession } from "./session.js";

/** ms that the other side has to prove who it is. */
const patience = 10_000;

/** Connections that have proved nothing: of more than these, more than come at once, the oldest is closed. */
const mostStrangers = 512;

let own: { readonly server: Server; readonly address: OwnerAddress } | undefined;
let waits = 0;

/** Where this isolate is reached. @throws Error where no socket can be made. */
export function ownAddress(): OwnerAddress {
  // a server outlives the call that makes it, and would keep the stores of that call's context
  own ??= outermostContext.runInAsyncScope(start);
  return own.address;
}

/** Somebody here begins to wait for what others do (1), or does not any more (-1): until then the process goes on. */
export function waitsHere(change: 1 | -1): void {
  waits += change;
  if (waits === 0) own?.server.unref();
  else if (waits === change) own?.server.ref();
}

function start(): { readonly server: Server; readonly address: OwnerAddress } {
  const key = randomBytes(32).toString("hex");
  const strangers = new Set<Socket>();
  const server = createServer({ noDelay: false, pauseOnConnect: true }, (socket) =>
    accept(socket, key, strangers),
  );
  const path = listen(server);
  // one connection that could not be taken is lost for whoever made it, and told there
  server.on("error", () => {});
  if (waits === 0) server.unref();
  return { server, address: { id: ownId, path, key, pid: process.pid } };
}

function accept(accepted: Socket, key: string, strangers: Set<Socket>): void {
  let connection: Connected | undefined;
  const shake = (piece: Uint8Array): void => {
    const rest = handshake.push(piece);
    if (rest === undefined) return;
    timer.cancel();
    strangers.delete(socket);
    connection = new Connected(socket);
    if (rest.length > 0) connection.came(rest);
  };
  const understood = (read: () => void): void => {
    try {
      read();
    } catch {
      // not one of ours, or out of step: nothing that it says can be understood any more
      socket.destroy();
    }
  };
  const socket = readAccepted(accepted, {
    get place() {
      return connection?.place;
    },
    took: (length) => understood(() => connection!.took(length)),
    came: (piece) => understood(() => (connection ? connection.came(piece) : shake(piece))),
  });
  socket.unref();
  strangers.add(socket);
  for (const oldest of strangers) {
    if (strangers.size <= mostStrangers) break;
    oldest.destroy();
    strangers.delete(oldest);
  }
  const timer = systemClock.setTimer(() => socket.destroy(), patience);
  const handshake = new OwnerHandshake(key, (bytes) => socket.write(bytes));
  socket.on("error", () => {}); // `close` follows
  socket.on("close", () => {
    timer.cancel();
    strangers.delete(socket);
    connection?.closed();
  });
}

let callers = 0;

/** One that has proved who it is. */
class Connected implements Incoming {
  readonly #caller: Caller = Object.freeze({ id: ++callers });
  readonly #reader = new BatchReader();
  readonly #outbox = new Outbox();
  readonly #session: CallerSession<number>;
  /** Objects that it has handles to. */
  readonly #objects = new Set<number>();
  /** References that it has sent and that are still with it. */
  readonly #sending = new Map<number, number>();

  constructor(socket: Socket) {
    this.#outbox.open(socket);
    this.#session = new CallerSession(this.#caller, (call, outcome, receipt) => {
      if (outcome.kind === "answer") this.#outbox.post([fromOwner.answer, call, outcome.value, receipt]);
      else if (outcome.kind === "failure") this.#outbox.post([fromOwner.failure, call, outcome.error]);
      else this.#outbox.post([fromOwner.givenUp, call]);
    });
  }

  get place(): Uint8Array | undefined {
    return this.#reader.place;
  }

  took(length: number): void {
    this.#readAll(this.#reader.took(length));
  }

  came(piece: Uint8Array): void {
    this.#readAll(this.#reader.push(piece));
  }

  #readAll(batches: readonly (readonly Message[])[]): void {
    for (const batch of batches) for (const message of batch) this.#read(message);
  }

  closed(): void {
    this.#session.end();
    for (const [ticket, object] of this.#sending) ownedById(object)?.sent(ticket);
    for (const object of this.#objects) ownedById(object)?.leave(this.#caller);
  }

  #read(message: Message): void {
    const [kind, first, second, third] = message as readonly number[];
    switch (kind) {
      case toOwner.call: {
        const [, call, object, what, method] = message as [0, number, number, string, string];
        return this.#session.call(call, ownedById(object), what, method, message.slice(5));
      }
      case toOwner.giveUp:
        return this.#session.giveUp(first!);
      case toOwner.arrived:
        return this.#session.arrived(first!);
      case toOwner.hold:
        this.#objects.add(first!);
        return ownedById(first!)?.hold(this.#caller, second!, third!);
      case toOwner.drop:
        if (ownedById(first!)?.drop(this.#caller) !== false) this.#objects.delete(first!);
        return;
      case toOwner.leaves:
        this.#sending.set(second!, first!);
        return ownedById(first!)?.leaves(second!);
      case toOwner.sent:
        this.#sending.delete(second!);
        return ownedById(first!)?.sent(second!);
      default:
        throw new Error(`a message of kind ${kind} is not one of ungil's`);
    }
  }
}
