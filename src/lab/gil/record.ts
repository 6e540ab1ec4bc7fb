/**
 * What a Gil knows of its past, in memory that all its threads share: figures for each thread, and a ring of the last
 * events.
 *
 * @module
 */
import { threadId } from "node:worker_threads";
import type { GilWatcher } from "./core.js";
import { mostSeats } from "./layout.js";

/** A word of 64 bits for each, of a seat; times in ns. */
const figure = {
  thread: 0,
  takes: 1,
  switches: 2,
  forced: 3,
  requests: 4,
  abandoned: 5,
  held: 6,
  waited: 7,
  heldSince: 8,
  waitingSince: 9,
} as const;
const figuresOfSeat = 10;
const figureWords = (mostSeats + 1) * figuresOfSeat;

/** Of the ring: how many events there were. Then for each its number, its kind, its seat's thread, and its time. */
const ringHeader = 1;
const eventWords = 3;

/** What can happen to a {@link Gil}. */
export type GilEventKind = "wait" | "take" | "request" | "drop";

/** In the order of the numbers that stand for them. */
const eventKinds: readonly GilEventKind[] = ["wait", "take", "request", "drop"];

/** What is written down of an event; the time is in ns of the process's clock. */
export interface RecordedEvent {
  readonly kind: GilEventKind;
  readonly thread: number;
  readonly time: bigint;
}

/** The figures of a seat; times in ns. */
export type SeatFigures = Readonly<Record<keyof typeof figure, bigint>>;

/** Bytes that a record takes which keeps so many events. */
export const recordBytes = (events: number): number =>
  8 * (figureWords + (events > 0 ? ringHeader + events * eventWords : 0));

export class GilRecord implements GilWatcher {
  readonly #words: BigInt64Array;
  readonly #ring: BigInt64Array;
  /** How many events are kept. */
  readonly capacity: number;

  /** @param at - where in the memory it begins, in bytes. */
  constructor(memory: SharedArrayBuffer, at: number, capacity: number) {
    this.#words = new BigInt64Array(memory, at, figureWords);
    this.#ring = new BigInt64Array(
      memory,
      at + 8 * figureWords,
      capacity > 0 ? ringHeader + capacity * eventWords : 0,
    );
    this.capacity = capacity;
  }

  /** The time in ns, the same for all threads. */
  get now(): bigint {
    return process.hrtime.bigint();
  }

  seated(seat: number): void {
    for (const at of Object.values(figure)) this.#set(seat, at, 0n);
    this.#set(seat, figure.thread, BigInt(threadId));
  }

  took(seat: number, switched: boolean, abandoned: boolean): void {
    const { now } = this;
    this.#set(seat, figure.heldSince, now);
    this.#count(seat, figure.takes);
    if (switched) this.#count(seat, figure.switches);
    if (abandoned) this.#count(seat, figure.abandoned);
    this.#note("take", now);
  }

  drops(seat: number): void {
    const { now } = this;
    this.#add(seat, figure.held, now - this.#get(seat, figure.heldSince));
    this.#set(seat, figure.heldSince, 0n);
    this.#note("drop", now);
  }

  forced(seat: number): void {
    this.#count(seat, figure.forced);
  }

  asked(seat: number): void {
    this.#count(seat, figure.requests);
    this.#note("request", this.now);
  }

  /** A thread begins to wait. */
  waits(seat: number): void {
    const { now } = this;
    this.#set(seat, figure.waitingSince, now);
    this.#note("wait", now);
  }

  /** A thread waits no longer. */
  waited(seat: number): void {
    const since = this.#get(seat, figure.waitingSince);
    if (since === 0n) return;
    this.#set(seat, figure.waitingSince, 0n);
    this.#add(seat, figure.waited, this.now - since);
  }

  /** The figures of a seat; those of seat 0 are of all threads there ever were. */
  figuresOf(seat: number): SeatFigures {
    const figures = Object.entries(figure).map(([name, at]) => [name, this.#get(seat, at)] as const);
    return Object.fromEntries(figures) as SeatFigures;
  }

  /** The events that are kept, oldest first, and how many there were before them. */
  events(): { events: RecordedEvent[]; lost: number } {
    if (this.capacity === 0) return { events: [], lost: 0 };
    const next = Number(Atomics.load(this.#ring, 0));
    const first = Math.max(0, next - this.capacity);
    const events: RecordedEvent[] = [];
    for (let number = first; number < next; number++) {
      const event = this.#read(number);
      if (event) events.push(event);
    }
    return { events, lost: next - events.length };
  }

  #note(kind: GilEventKind, time: bigint): void {
    if (this.capacity === 0) return;
    const ring = this.#ring;
    const number = Number(Atomics.add(ring, 0, 1n));
    const at = this.#at(number);
    // whoever reads meanwhile sees by the number that it is not whole
    Atomics.store(ring, at, 0n);
    Atomics.store(ring, at + 1, BigInt(threadId * eventKinds.length + eventKinds.indexOf(kind)));
    Atomics.store(ring, at + 2, time);
    Atomics.store(ring, at, BigInt(number + 1));
  }

  #read(number: number): RecordedEvent | undefined {
    const ring = this.#ring;
    const at = this.#at(number);
    const whole = BigInt(number + 1);
    if (Atomics.load(ring, at) !== whole) return undefined;
    const what = Number(Atomics.load(ring, at + 1));
    const time = Atomics.load(ring, at + 2);
    if (Atomics.load(ring, at) !== whole) return undefined;
    const kind = eventKinds[what % eventKinds.length]!;
    return { kind, thread: Math.floor(what / eventKinds.length), time };
  }

  #at(number: number): number {
    return ringHeader + (number % this.capacity) * eventWords;
  }

  #get(seat: number, at: number): bigint {
    return Atomics.load(this.#words, seat * figuresOfSeat + at);
  }

  #set(seat: number, at: number, value: bigint): void {
    Atomics.store(this.#words, seat * figuresOfSeat + at, value);
  }

  #count(seat: number, at: number): void {
    this.#add(seat, at, 1n);
  }

  #add(seat: number, at: number, amount: bigint): void {
    Atomics.add(this.#words, seat * figuresOfSeat + at, amount);
    Atomics.add(this.#words, at, amount);
  }
}
