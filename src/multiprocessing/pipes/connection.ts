import {
  BufferTooShortError,
  EOFError,
  InvalidArgumentError,
  InvalidStateError,
  TimeoutError,
} from "../../errors.js";
import { checkInteger, checkOptionNames, checkOptions } from "../../validate.js";
import { isPrimitive } from "../../wire/index.js";
import { iterate } from "../queues/iterate.js";
import { Carried, checkWait, type Endpoint, Handle, handleKind, type WaitOptions } from "../sharing/index.js";
import type { EndMethods } from "./pipe-served.js";

/** What handles of an end know. */
export interface EndDetails {
  readonly readable: boolean;
  readonly writable: boolean;
}

/** How a part of a buffer is sent. */
export interface SendBytesOptions extends WaitOptions {
  /** Where the message begins in the buffer, in bytes. Default 0. */
  readonly offset?: number | undefined;
  /** Its length in bytes. Default: up to the buffer's end. */
  readonly size?: number | undefined;
}

/** How a message is received into a buffer. */
export interface RecvBytesIntoOptions extends WaitOptions {
  /** Where it is written to in the buffer, in bytes. Default 0. */
  readonly offset?: number | undefined;
}

export const connectionKind = "Connection";

/** Makes the handle of an end. */
export let makeConnection: (endpoint: Endpoint) => Connection<never, never>;

/** Waits until something can be received. */
export let untilReadable: (connection: Connection<never>, signal: AbortSignal) => Promise<void>;

/**
 * One end of a pipe, made by {@link Pipe}: Python's `multiprocessing.connection.Connection`. What is sent into it is
 * received from the other end, message by message.
 *
 * An end may be sent to other processes and threads, and several of them may have it; each message is received once. When
 * all who have an end have closed it, let go of it or ended, the other end receives what is left, and then an
 * `EOFError`. So close your own copy of an end that you have given to a child.
 *
 * The process that made the pipe owns it: what is sent goes through it, and when it ends all who use the pipe get a
 * `ConnectionClosedError`.
 *
 * @typeParam Send - what is sent into it.
 * @typeParam Receive - what is received from it.
 */
export class Connection<Send = unknown, Receive = unknown> extends Handle implements AsyncIterable<Receive> {
  /** Only {@link Pipe} makes one. */
  private constructor(endpoint: Endpoint) {
    super(endpoint);
  }

  /** Whether anything can be received from it. */
  get readable(): boolean {
    return (this.details as EndDetails).readable;
  }

  /** Whether anything can be sent into it. */
  get writable(): boolean {
    return (this.details as EndDetails).writable;
  }

  /** Whether it was closed in this process (or thread). */
  get closed(): boolean {
    return this.hasLetGo;
  }

  /**
   * Sends a value, which is copied by the call. Waits while the pipe is full: as long as there are 64 KiB in it that were
   * not received. A message of any size goes into one that is not.
   * @param options - limits of the wait; `timeout` in ms.
   * @throws BrokenPipeError when the other end is closed; SerializationError for a value that can't be sent;
   *   InvalidStateError for an end that only receives, and after `close`; TimeoutError, CancelledError;
   *   ConnectionClosedError when the owner has ended. All from the promise.
   */
  async send(value: Send, options?: WaitOptions): Promise<void> {
    await this.#send(isPrimitive(value) ? value : Carried.of(value, "the message"), false, options);
  }

  /**
   * Waits for the next message.
   * @param options - limits of the wait; `timeout` in ms.
   * @throws EOFError when the other end is closed and nothing is left; InvalidStateError for an end that only sends, and
   *   after `close`; TimeoutError, CancelledError: then no message is lost; ConnectionClosedError.
   */
  async recv(options?: WaitOptions): Promise<Receive> {
    return (await opened(await this.#receive("recv", options))) as Receive;
  }

  /**
   * Sends bytes as one message, to be received by `recvBytes`, `recvBytesInto`, or `recv`.
   * @param buffer - or any other view; a part of it with `offset` and `size`.
   * @throws InvalidArgumentError for what is no buffer, or a part that is not in it; else as `send`.
   */
  async sendBytes(buffer: ArrayBufferView | ArrayBuffer, options: SendBytesOptions = {}): Promise<void> {
    checkOptionNames("options", options, ["offset", "size", "timeout", "signal"]);
    const { offset = 0, size, ...wait } = options;
    const bytes = bytesOf("buffer", buffer);
    checkPart("offset", offset, bytes.length);
    if (size !== undefined) checkPart("size", size, bytes.length - offset);
    const part = bytes.slice(offset, size === undefined ? undefined : offset + size);
    await this.#send(Carried.of(part, "the message"), true, wait);
  }

  /**
   * Waits for the next message, which was sent by `sendBytes`.
   * @throws InvalidStateError when it is a value: then it stays for `recv`; else as `recv`.
   */
  async recvBytes(options?: WaitOptions): Promise<Uint8Array> {
    return (await opened(await this.#receive("recvBytes", options))) as Uint8Array;
  }

  /**
   * Waits for the next message, which was sent by `sendBytes`, and writes it into a buffer.
   * @param buffer - or any other view, of which `offset` bytes stay as they are.
   * @returns its length in bytes.
   * @throws BufferTooShortError, with the message, when there is too little room; else as `recvBytes`.
   */
  async recvBytesInto(
    buffer: ArrayBufferView | ArrayBuffer,
    options: RecvBytesIntoOptions = {},
  ): Promise<number> {
    checkOptionNames("options", options, ["offset", "timeout", "signal"]);
    const { offset = 0, ...wait } = options;
    const target = bytesOf("buffer", buffer);
    checkPart("offset", offset, target.length);
    const bytes = await this.recvBytes(wait);
    if (bytes.length > target.length - offset) {
      throw new BufferTooShortError(
        `the message has ${bytes.length} bytes, and the buffer room for ${target.length - offset}; it is in error.bytes`,
        bytes,
      );
    }
    target.set(bytes, offset);
    return bytes.length;
  }

  /**
   * Whether there is something to be received: a message, or the end. Waits for it as long as `timeout` says.
   * @param options - `timeout` in ms: 0, the default, or less answers at once; Infinity waits until there is something.
   * @throws InvalidStateError for an end that only sends, and after `close`; CancelledError; ConnectionClosedError.
   */
  async poll(options: WaitOptions = {}): Promise<boolean> {
    checkOptions("options", options);
    try {
      return await this.#receive<true>("poll", { ...options, timeout: options.timeout ?? 0 });
    } catch (error) {
      if (error instanceof TimeoutError) return false;
      throw error;
    }
  }

  /** Closes this process's (or thread's) copy of the end. What was sent is received. May be called again. */
  close(): void {
    this.letGo();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The messages, as `recv` would give them, until the other end is closed. Leaving the loop takes none with it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Receive, undefined, void> {
    return iterate(
      (signal) => this.recv({ signal }),
      (error) => error instanceof EOFError,
    );
  }

  async #send(content: unknown, isBytes: boolean, wait: WaitOptions | undefined): Promise<void> {
    checkWait(wait);
    if (!this.writable && !this.closed)
      throw new InvalidStateError("this end of the pipe only receives: send into the other one");
    await this.call("send" satisfies keyof EndMethods, [content, isBytes], wait);
  }

  async #receive<R>(method: Exclude<keyof EndMethods, "send">, wait: WaitOptions | undefined): Promise<R> {
    checkWait(wait);
    if (!this.readable && !this.closed)
      throw new InvalidStateError("this end of the pipe only sends: receive from the other one");
    return this.call<R>(method, [], wait);
  }

  static {
    makeConnection = (endpoint) => new Connection(endpoint);
    untilReadable = async (connection, signal) => {
      await connection.#receive("poll", { signal });
    };
  }
}

handleKind(connectionKind, (endpoint) => makeConnection(endpoint));

function opened(content: unknown): unknown {
  return content instanceof Carried ? content.open() : content;
}

function bytesOf(argument: string, buffer: unknown): Uint8Array {
  if (ArrayBuffer.isView(buffer)) return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer);
  throw new InvalidArgumentError(argument, buffer, "a buffer: a typed array, a DataView or an ArrayBuffer");
}

function checkPart(argument: string, value: number, most: number): void {
  checkInteger(argument, value, 0);
  if (value > most)
    throw new InvalidArgumentError(argument, value, `at most ${most}, what is left of the buffer`);
}
