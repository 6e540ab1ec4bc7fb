/**
 * The threads of this process, in memory that all of them share: who there is, who lives, and what each is called. A
 * thread has a seat from before it starts until its end was seen; the number of a seat also tells how often the place
 * was given away, so that it never stands for another thread.
 *
 * @module
 */
import { getEnvironmentData, setEnvironmentData, threadId } from "node:worker_threads";
import { systemThreadId } from "./system-thread-id.js";

/** Where threads find the memory of the thread that started them. */
const environmentKey = "ungil.threads";

const places = 4_096;
/** Words of a place, and where in it what is. The first place holds the main thread; in it, one word counts names. */
const placeWords = 64;
const stateAt = 0;
const identAt = 1;
const starterAt = 2;
const systemIdAt = 3;
const daemonAt = 4;
const lengthAt = 5;
const nameAt = 6;
const namedWord = placeWords - 1;
/** Longest name that others can read here, in UTF-16 units. */
const longestName = 2 * (namedWord - nameAt);

/** States: a phase in the two lowest bits, above it how often the place was given away. */
const free = 0;
const changing = 1;
const initial = 2;
const alive = 3;
const generations = 2 ** 29;

/** An ident that nobody has told yet. */
const unknown = -1;

/** The seat of the main thread. */
export const mainSeat = 0;
/** Of a thread that has none: nobody else can tell whether it lives. */
export const noSeat = -1;

/** What is known of a thread. */
export interface ThreadRecord {
  readonly name: string;
  readonly daemon: boolean;
  /** Node's `threadId`; `null` before it was started. */
  readonly ident: number | null;
  /** The system's number for it; `null` where nobody has told it. */
  readonly nativeId: number | null;
}

/** Phases of a thread as others see it. */
export type Phase = "initial" | "alive" | "ended";

interface WaitAsync {
  waitAsync(
    words: Int32Array,
    index: number,
    expected: number,
  ): { readonly async: false } | { readonly async: true; readonly value: Promise<unknown> };
}

class ThreadTable {
  readonly #words: Int32Array;
  readonly #letters: Uint16Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
    this.#letters = new Uint16Array(memory);
  }

  /** Writes down the main thread, which lives as long as anything here. */
  begin(): void {
    this.#fill(0, "MainThread", false);
    this.#words[identAt] = 0;
    // the system numbers a process as its first thread
    this.#words[systemIdAt] = process.platform === "linux" ? process.pid : 0;
    Atomics.store(this.#words, stateAt, alive);
  }

  /** A number for a name: 1 for the first. */
  nextNumber(): number {
    return Atomics.add(this.#words, namedWord, 1) + 1;
  }

  /** Takes a seat for a thread that is not started yet; {@link noSeat} where there are too many. */
  take(name: string, daemon: boolean): number {
    for (let place = 1; place < places; place++) {
      const at = place * placeWords + stateAt;
      const state = Atomics.load(this.#words, at);
      if ((state & 3) !== free) continue;
      const generation = ((state >>> 2) + 1) % generations;
      if (Atomics.compareExchange(this.#words, at, state, stateOf(generation, changing)) !== state) continue;
      this.#fill(place * placeWords, name, daemon);
      Atomics.store(this.#words, at, stateOf(generation, initial));
      return generation * places + place;
    }
    return noSeat;
  }

  /** Another value of what is settled at the start. */
  setDaemon(seat: number, daemon: boolean): void {
    if (this.#is(seat, initial)) this.#words[startOf(seat) + daemonAt] = daemon ? 1 : 0;
  }

  /** The thread is started, by this one. */
  start(seat: number): void {
    if (!this.#is(seat, initial)) return;
    this.#words[startOf(seat) + starterAt] = threadId;
    Atomics.store(this.#words, startOf(seat) + stateAt, stateOf(generationOf(seat), alive));
  }

  /** It has Node's number now. */
  identify(seat: number, ident: number): void {
    if (this.#is(seat, alive)) Atomics.store(this.#words, startOf(seat) + identAt, ident);
  }

  /** Told by the thread itself, where the system tells it. */
  tellSystemId(seat: number): void {
    if (this.#is(seat, alive)) Atomics.store(this.#words, startOf(seat) + systemIdAt, systemThreadId() ?? 0);
  }

  /** The thread has ended, or will never start; those that it had started end with it. */
  end(seat: number): void {
    const ident = this.read(seat)?.ident;
    const at = startOf(seat) + stateAt;
    const state = this.#stateOf(seat);
    if (state === undefined || (state & 3) < initial) return;
    if (Atomics.compareExchange(this.#words, at, state, stateOf(generationOf(seat), free)) !== state) return;
    Atomics.notify(this.#words, at);
    if (ident === undefined || ident === null) return;
    for (const other of this.living())
      if (other !== mainSeat && this.#words[startOf(other) + starterAt] === ident) this.end(other);
  }

  phaseOf(seat: number): Phase {
    const phase = (this.#stateOf(seat) ?? free) & 3;
    return phase === alive ? "alive" : phase === initial ? "initial" : "ended";
  }

  /** What is known of a thread, until it has ended. */
  read(seat: number): ThreadRecord | undefined {
    const state = this.#stateOf(seat);
    if (state === undefined || (state & 3) < initial) return undefined;
    const start = startOf(seat);
    const words = this.#words.slice(start, start + placeWords);
    const letters = this.#letters.slice(2 * (start + nameAt), 2 * (start + nameAt) + words[lengthAt]!);
    // what was read may be of who came after it
    if (this.#stateOf(seat) === undefined) return undefined;
    return {
      name: String.fromCharCode(...letters),
      daemon: words[daemonAt] === 1,
      ident: words[identAt] === unknown ? null : words[identAt]!,
      nativeId: words[systemIdAt] || null,
    };
  }

  /** Whether `ident` has started the thread, or who has started it, and so on. */
  isStarter(ident: number, seat: number): boolean {
    const starters = new Map(
      this.living().map((each) => {
        const start = startOf(each);
        return [this.#words[start + identAt], this.#words[start + starterAt]];
      }),
    );
    let starter = this.#words[startOf(seat) + starterAt];
    for (let steps = 0; starter !== undefined && steps < places; steps++) {
      if (starter === ident) return true;
      if (starter === 0) return false;
      starter = starters.get(starter);
    }
    return false;
  }

  /** The seats of all threads that live. */
  living(): number[] {
    const seats: number[] = [];
    for (let place = 0; place < places; place++) {
      const state = Atomics.load(this.#words, place * placeWords + stateAt);
      if ((state & 3) === alive) seats.push((state >>> 2) * places + place);
    }
    return seats;
  }

  /** Calls back when a thread has ended. What waits does not keep the process alive. */
  whenEnded(seat: number, told: () => void): void {
    const at = startOf(seat) + stateAt;
    for (;;) {
      const state = this.#stateOf(seat);
      if (state === undefined || (state & 3) !== alive) return told();
      const waiting = (Atomics as unknown as WaitAsync).waitAsync(this.#words, at, state);
      if (!waiting.async) continue;
      void waiting.value.then(() => this.whenEnded(seat, told));
      return;
    }
  }

  /** The state of a seat's place, as long as it is that of the seat. */
  #stateOf(seat: number): number | undefined {
    if (seat === noSeat) return undefined;
    const state = Atomics.load(this.#words, startOf(seat) + stateAt);
    return state >>> 2 === generationOf(seat) ? state : undefined;
  }

  #is(seat: number, phase: number): boolean {
    const state = this.#stateOf(seat);
    return state !== undefined && (state & 3) === phase;
  }

  #fill(start: number, name: string, daemon: boolean): void {
    const shown = name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name;
    const words = this.#words;
    words[start + identAt] = unknown;
    words[start + starterAt] = unknown;
    words[start + systemIdAt] = 0;
    words[start + daemonAt] = daemon ? 1 : 0;
    words[start + lengthAt] = shown.length;
    for (let i = 0; i < shown.length; i++) this.#letters[2 * (start + nameAt) + i] = shown.charCodeAt(i);
  }
}

const stateOf = (generation: number, phase: number): number => (generation << 2) | phase;
const generationOf = (seat: number): number => Math.floor(seat / places);
const startOf = (seat: number): number => (seat % places) * placeWords;

let table: ThreadTable | undefined;

/** The table of this process, which threads that are started from now on share. */
export function threadTable(): ThreadTable {
  if (table) return table;
  const inherited = getEnvironmentData(environmentKey) as unknown as SharedArrayBuffer | undefined;
  const memory = inherited ?? new SharedArrayBuffer(places * placeWords * Int32Array.BYTES_PER_ELEMENT);
  table = new ThreadTable(memory);
  if (!inherited) {
    table.begin();
    setEnvironmentData(environmentKey, memory);
  }
  return table;
}
