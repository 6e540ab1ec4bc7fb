import { InvalidStateError } from "../../errors.js";
import { type FrameMemory, type FrameSource, frameMemory } from "../../wire/codec/frame-memory.js";
import type { Transferable } from "../../wire/index.js";
import type { AtomicsLike } from "./atomics.js";
import { firstByte, frameBuffer } from "./frame-layout.js";
import { firstCount, type LinkMemory, type LinkSide, ringTo } from "./memory.js";
import { type FrameReceiver, RingReader, RingWriter, type WantsFrame } from "./ring.js";
import { SleepStates } from "./sleep-states.js";

/** One end of a pair of message ports. Messages arrive in the order in which they were posted. */
export interface LinkPort {
  /** @throws DataCloneError for what can't be cloned; then nothing is sent. */
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
  /** A message that has arrived and was not delivered as an event, taken by hand. */
  receive(): { readonly message: unknown } | undefined;
  /** Sends what it has gathered: one that gathers messages also sends them soon by itself. */
  flush?(): void;
}

/** What arrives, in the order in which it was sent. */
export interface LinkReceiver<In> extends FrameReceiver {
  message(message: In): void;
}

/** A message on the port, behind the number of frames that the ring took before it (rule 2). */
type Envelope<Message> =
  | readonly [framesBefore: number, message: Message]
  /** A frame that the ring didn't take (rule 4). */
  | FrameEnvelope;

/** A frame that travels as a message. The receiver's port may give it as part of a larger memory. */
export type FrameEnvelope = readonly [
  framesBefore: number,
  frame: ArrayBuffer | FrameMemory,
  wordCount: number,
  byteCount: number,
  /** Its place in the memory; even. Default 0. */
  firstWord?: number,
];

/** A message that carries nothing: it only wakes. */
const bell = null;

const nothing: readonly Transferable[] = [];

/**
 * One side of the link between a scheduler and a worker: messages by a port and, where memory is shared, frames
 * by two rings, in one exact order. The rules in this folder's README are its contract.
 */
export class Link<Out, In> {
  readonly #port: LinkPort;
  readonly #receiver: LinkReceiver<In>;
  readonly #writer: RingWriter | undefined;
  readonly #reader: RingReader | undefined;
  readonly #states: SleepStates | undefined;
  /** Frames that the ring took. All four counts wrap at 2 ** 32 and are only ever compared for equality. */
  #framesSent = firstCount;
  #messagesSent = firstCount;
  #framesTaken = firstCount;
  #messagesTaken = firstCount;
  /** Messages that have left the port and wait for the frames before them. */
  readonly #held: Envelope<In>[] = [];
  #taking = false;
  /** Frames were sent, and the other side may not have noticed. */
  #unannounced = false;
  /** A wake-up was spent since `ring` was last called. */
  #woken = false;

  /**
   * @param memory - undefined where none is shared: then all frames travel as messages.
   * @param atomics - for tests that explore the orders of steps.
   */
  constructor(
    side: LinkSide,
    memory: LinkMemory | undefined,
    port: LinkPort,
    receiver: LinkReceiver<In>,
    atomics: AtomicsLike = Atomics,
  ) {
    this.#port = port;
    this.#receiver = receiver;
    if (memory === undefined) return;
    const views = frameMemory(memory.buffer);
    const other = side === "scheduler" ? "worker" : "scheduler";
    this.#writer = new RingWriter(views, ringTo(other, memory), atomics);
    this.#reader = new RingReader(views, ringTo(side, memory), atomics);
    this.#states = new SleepStates(views.words, side, atomics);
  }

  /** Whether something waits that no event announces: one atomic load, for spinning. */
  get pending(): boolean {
    return this.#held.length > 0 || this.#reader?.waiting === true;
  }

  /** Whether the other side has taken all frames that were sent to it: one atomic load, for spinning. */
  get allTaken(): boolean {
    return this.#writer?.taken !== false;
  }

  /** Whether the other side sleeps, as it seems now: what is sent to it would have to wake it. */
  get otherSleeps(): boolean {
    return this.#states?.otherSleeps === true;
  }

  /**
   * Sends a message behind everything sent before. Its event wakes the other side by itself.
   *
   * @param transfer - what moves instead of being copied.
   * @throws DataCloneError: nothing was sent, and the order is as before.
   */
  post(message: Out, transfer: readonly Transferable[] = nothing): void {
    this.#post([this.#framesSent, message], transfer);
  }

  /**
   * Sends a frame behind everything sent before; `ring` wakes the other side for it. The frame's buffers are
   * the caller's again at once.
   */
  send(frame: FrameSource): void {
    if (this.#writer?.write(frame, this.#messagesSent) === true) {
      this.#framesSent = (this.#framesSent + 1) | 0;
      this.#unannounced = true;
      return;
    }
    const buffer = frameBuffer(frame);
    this.#post([this.#framesSent, buffer, frame.wordCount, frame.byteCount], [buffer]);
  }

  /**
   * Rings if the other side sleeps and frames were sent since.
   *
   * @returns whether a wake-up was spent since the last call, by this bell or by a message: it is dear, and the
   *   answer will not come soon. Without shared memory nobody knows who sleeps, and it is always false.
   */
  ring(): boolean {
    if (this.#unannounced && this.#claimWakeUp()) this.#port.postMessage(bell);
    this.#port.flush?.();
    const woken = this.#woken;
    this.#woken = false;
    return woken;
  }

  /**
   * The port's event handler hands each message here: takes in everything that has arrived, in order. This side
   * counts as awake from now on, until it calls `sleep` again.
   *
   * @throws whatever the receiver throws; what is left is taken in by the next call of this or `drain`.
   */
  received(envelope: unknown): void {
    this.hold(envelope);
    this.#takeIn(Number.POSITIVE_INFINITY);
  }

  /** The same for a message that is to be taken in by the next `drain`: it has left the port. */
  hold(envelope: unknown): void {
    this.wake();
    if (envelope !== bell) this.#held.push(envelope as Envelope<In>);
  }

  /**
   * Takes in what has arrived when it is called, in order: frames, and the messages that were sent before them.
   * A call from within the receiver returns 0 and leaves it to the outer one.
   *
   * @param limit - stop after about as many frames.
   * @returns how many frames and messages there were.
   * @throws whatever the receiver throws; what is left is taken in by the next call of this or `received`.
   */
  drain(limit = Number.POSITIVE_INFINITY): number {
    return this.pending ? this.#takeIn(limit) : 0;
  }

  /**
   * Takes in frames while this side does something else, in order, and no messages: up to the first that is not wanted
   * now, or has a message before it. What is left is taken in by the next `drain` as ever. Nothing happens within the
   * receiver.
   *
   * @returns whether nothing is left of the frames that were there when it was called.
   */
  takeAhead(wants: WantsFrame): boolean {
    const reader = this.#reader;
    if (this.#taking || reader === undefined || this.#held.length > 0) return false;
    this.#taking = true;
    try {
      reader.look();
      while (!reader.empty) {
        if (reader.messagesBefore() !== this.#messagesTaken || !reader.isWanted(wants)) return false;
        this.#framesTaken = (this.#framesTaken + 1) | 0;
        reader.read(this.#receiver);
      }
      return true;
    } finally {
      reader.release();
      this.#taking = false;
    }
  }

  /**
   * Makes room for the other side where this one has no time to take in what has arrived: it is taken in by the
   * next `drain` as ever. Nothing happens within the receiver.
   */
  relieve(): void {
    if (!this.#taking) this.#reader?.relieve();
  }

  /**
   * From now on this side needs a bell.
   *
   * @returns false when something has arrived meanwhile: it stays awake and has to drain again.
   */
  sleep(): boolean {
    if (this.#taking || this.#held.length > 0) return false;
    if (this.#states === undefined || this.#reader === undefined) return true;
    this.#states.sleep();
    // rule 7: look again, now that the other side can see the state
    if (!this.#reader.waiting) return true;
    this.#states.stayAwake();
    return false;
  }

  /** This side looks by itself again, and calls `sleep` before it stops to; no bell needed. */
  wake(): void {
    this.#states?.wake();
  }

  #post(envelope: Envelope<Out>, transfer: readonly Transferable[]): void {
    // rule 8: claimed before posting, because the event may be over afterwards, and the other side asleep again
    const wakes = this.#claimWakeUp();
    try {
      this.#port.postMessage(envelope, transfer);
    } catch (error) {
      if (wakes) this.#port.postMessage(bell);
      throw error;
    }
    this.#messagesSent = (this.#messagesSent + 1) | 0;
  }

  /** Whether the other side sleeps and it falls to the caller to wake it. If not, it looks before it sleeps. */
  #claimWakeUp(): boolean {
    this.#unannounced = false;
    // rule 6: whatever was sent was published before this look
    if (this.#states?.claimWakeUp() !== true) return false;
    this.#woken = true;
    return true;
  }

  #takeIn(limit: number): number {
    if (this.#taking) return 0;
    const reader = this.#reader;
    let frames = 0;
    let messages = 0;
    this.#taking = true;
    try {
      reader?.look();
      for (;;) {
        const holds = this.#held.length > 0;
        if (holds && this.#held[0]![0] === this.#framesTaken) {
          messages++;
          this.#takeMessage(this.#held.shift()!);
        } else if (!holds && (reader === undefined || reader.empty || frames >= limit)) {
          return frames + messages;
        } else if (reader === undefined || (reader.empty && !reader.look())) {
          throw new InvalidStateError("the frames before a message have not arrived: the link is broken");
        } else if (reader.messagesBefore() === this.#messagesTaken) {
          frames++;
          this.#framesTaken = (this.#framesTaken + 1) | 0;
          reader.read(this.#receiver);
        } else this.#held.push(this.#fetch());
      }
    } finally {
      // rule 10
      reader?.release();
      this.#taking = false;
    }
  }

  #takeMessage(envelope: Envelope<In>): void {
    this.#messagesTaken = (this.#messagesTaken + 1) | 0;
    if (envelope.length === 2) this.#receiver.message(envelope[1]);
    else {
      const [, frame, wordCount, byteCount, word = 0] = envelope;
      const memory = frame instanceof ArrayBuffer ? frameMemory(frame) : frame;
      this.#receiver.frame(memory, word, wordCount, firstByte(word, wordCount), byteCount);
    }
  }

  /** The next message; it was posted before the frame that needs it was published (rule 3). */
  #fetch(): Envelope<In> {
    for (;;) {
      const arrived = this.#port.receive();
      if (arrived === undefined) {
        throw new InvalidStateError(
          "the messages before a frame can't be had: the port was closed, or its messages taken elsewhere",
        );
      }
      if (arrived.message !== bell) return arrived.message as Envelope<In>;
    }
  }
}
