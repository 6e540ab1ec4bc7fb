import { BrokenPipeError, EOFError, InvalidStateError } from "../../errors.js";
import { Fifo } from "../../fifo.js";
import { type WaitingCall, WaitingCalls } from "../queues/waiting-calls.js";
import { Carried, type Served } from "../sharing/index.js";

/** How a call to an end is made: name of the method, arguments, answer. */
export interface EndMethods {
  send(content: unknown, isBytes: boolean): undefined;
  recv(): unknown;
  recvBytes(): unknown;
  poll(): true;
}

interface PipeMessage {
  readonly content: unknown;
  /** Whether it was sent as bytes, and may be received as such. */
  readonly isBytes: boolean;
  /** In bytes, about. */
  readonly size: number;
}

/** A message is taken in as long as fewer bytes than these lie in the pipe: as much as pipes of Linux hold. */
const roomBytes = 64 * 1024;

/**
 * One direction of a pipe.
 *
 * 1. Messages are there, or somebody waits for one, never both.
 * 2. Who sends into a full pipe waits; each that leaves lets in those who have waited longest.
 * 3. Its end has come when nobody can send any more and nothing is left: those who wait then are told.
 */
class Direction {
  readonly #messages = new Fifo<PipeMessage>();
  #bytes = 0;
  readonly #receivers = new WaitingCalls<{ readonly bytesOnly: boolean }>();
  readonly #pollers = new WaitingCalls();
  readonly #senders = new WaitingCalls<PipeMessage>();
  #isClosedForSending = false;
  #isClosedForReceiving = false;

  send(message: PipeMessage, signal: AbortSignal): unknown {
    if (this.#isClosedForReceiving) throw new BrokenPipeError();
    if (this.#bytes >= roomBytes) return this.#senders.wait(message, signal);
    this.#accept(message);
    return undefined;
  }

  receive(bytesOnly: boolean, signal: AbortSignal): unknown {
    if (this.#messages.size === 0) {
      if (this.#hasEnded) throw new EOFError();
      return this.#receivers.wait({ bytesOnly }, signal);
    }
    const message = this.#messages.peek()!;
    if (bytesOnly && !message.isBytes) throw notBytes();
    this.#messages.shift();
    this.#bytes -= message.size;
    this.#letIn();
    return message.content;
  }

  poll(signal: AbortSignal): unknown {
    if (this.#messages.size > 0 || this.#hasEnded) return true;
    return this.#pollers.wait(undefined, signal);
  }

  /** A message has not arrived. */
  giveBack(content: unknown): void {
    if (this.#isClosedForReceiving) return;
    const message = messageOf(content);
    this.#messages.unshift(message);
    this.#bytes += message.size;
    // older ones may follow, for which others wait just as long
    queueMicrotask(() => this.#serve());
  }

  /** Gives what is there to those who wait. */
  #serve(): void {
    for (
      let message = this.#messages.peek();
      message && this.#hand(message);
      message = this.#messages.peek()
    ) {
      this.#messages.shift();
      this.#bytes -= message.size;
    }
    if (this.#messages.size > 0) this.#tellPollers();
    this.#letIn();
  }

  /** Nobody has the end any more by which messages come in. */
  closeForSending(): void {
    this.#isClosedForSending = true;
    this.#lookForEnd();
  }

  /** Nobody has the end any more by which they go out. */
  closeForReceiving(): void {
    this.#isClosedForReceiving = true;
    this.#messages.clear();
    this.#bytes = 0;
    for (const sender of this.#senders.drain()) sender.refuse(new BrokenPipeError());
    for (const waiting of [this.#receivers, this.#pollers])
      for (const each of waiting.drain())
        each.refuse(new InvalidStateError("this end of the pipe was closed"));
  }

  get #hasEnded(): boolean {
    return this.#isClosedForSending && this.#senders.size === 0;
  }

  #accept(message: PipeMessage): void {
    if (this.#hand(message)) return;
    this.#messages.push(message);
    this.#bytes += message.size;
    this.#tellPollers();
  }

  /** Gives a message to whoever waits. @returns whether somebody has it. */
  #hand(message: PipeMessage): boolean {
    for (let receiver = this.#receivers.shift(); receiver; receiver = this.#receivers.shift()) {
      if (receiver.wanted.bytesOnly && !message.isBytes) receiver.refuse(notBytes());
      else {
        receiver.resolve(message.content);
        return true;
      }
    }
    return false;
  }

  #letIn(): void {
    while (this.#senders.size > 0 && this.#bytes < roomBytes) {
      const sender = this.#senders.shift() as WaitingCall<PipeMessage>;
      this.#accept(sender.wanted);
      sender.resolve(undefined);
    }
    this.#lookForEnd();
  }

  #lookForEnd(): void {
    if (!this.#hasEnded || this.#messages.size > 0) return;
    for (const receiver of this.#receivers.drain()) receiver.refuse(new EOFError());
    this.#tellPollers();
  }

  #tellPollers(): void {
    for (const poller of this.#pollers.drain()) poller.resolve(true);
  }
}

/** One end of a pipe as its owner keeps it. */
export class ServedEnd implements Served {
  readonly #incoming: Direction | undefined;
  readonly #outgoing: Direction | undefined;

  constructor(incoming: Direction | undefined, outgoing: Direction | undefined) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  call(method: keyof EndMethods, args: readonly unknown[], _caller: unknown, signal: AbortSignal): unknown {
    const [content, isBytes] = args as [unknown, boolean];
    switch (method) {
      case "send":
        if (isBytes) sentAsBytes.add(content as Carried);
        return this.#outgoing!.send(messageOf(content), signal);
      case "recv":
        return this.#incoming!.receive(false, signal);
      case "recvBytes":
        return this.#incoming!.receive(true, signal);
      case "poll":
        return this.#incoming!.poll(signal);
    }
  }

  gives(method: string): boolean {
    return method === "recv" || method === "recvBytes";
  }

  undeliverable(method: string, content: unknown): void {
    if (this.gives(method)) this.#incoming?.giveBack(content);
  }

  unheld(): void {
    this.#outgoing?.closeForSending();
    this.#incoming?.closeForReceiving();
  }
}

/** The two ends of a pipe. @param duplex - false: the first only receives, the second only sends. */
export function servedEnds(duplex: boolean): readonly [ServedEnd, ServedEnd] {
  const toFirst = new Direction();
  const toSecond = duplex ? new Direction() : undefined;
  return [new ServedEnd(toFirst, toSecond), new ServedEnd(toSecond, toFirst)];
}

/** Bytes on their way, which may come back from one who received them as a value. */
const sentAsBytes = new WeakSet<Carried>();

const messageOf = (content: unknown): PipeMessage => ({
  content,
  isBytes: content instanceof Carried && sentAsBytes.has(content),
  size: sizeOf(content),
});

function sizeOf(content: unknown): number {
  if (content instanceof Carried) return content.size;
  return typeof content === "string" ? 2 * content.length : 8;
}

const notBytes = (): InvalidStateError =>
  new InvalidStateError("the next message is a value, not bytes: receive it by recv()");
