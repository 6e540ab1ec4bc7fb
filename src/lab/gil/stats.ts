import type { GilCore } from "./core.js";
import { isLocked, mostSeats, ownerAt, seatIn, stateWord } from "./layout.js";
import type { GilRecord, SeatFigures } from "./record.js";

/** What a thread did with a {@link Gil}. */
export interface GilThreadStats {
  /** Node's number for the thread: `threadId` of `node:worker_threads`, 0 for the main thread. */
  readonly threadId: number;
  /** Whether it lives, as far as is known. */
  readonly alive: boolean;
  /** How often it took the Gil. */
  readonly takes: number;
  /** How often another thread had had it before. */
  readonly switches: number;
  /** How often it dropped it on request and then waited for the switch. */
  readonly forcedSwitches: number;
  /** How often it asked the holder to drop it. */
  readonly dropRequests: number;
  /** ms for which it had it. */
  readonly held: number;
  /** ms for which it waited. */
  readonly waited: number;
}

/** What `stats()` of a {@link Gil} answers: a snapshot. The figures are of all threads there ever were. */
export interface GilStats {
  /** Whether a thread has it. */
  readonly locked: boolean;
  /** The thread that has it, by Node's number. */
  readonly holder: number | undefined;
  /** How many threads wait for it. */
  readonly waiting: number;
  /** How often it was taken. */
  readonly takes: number;
  /** How often by another thread than the one before. */
  readonly switches: number;
  /** How often a thread dropped it on request and then waited until another had it. */
  readonly forcedSwitches: number;
  /** How often a thread whose switch interval was over asked for it. */
  readonly dropRequests: number;
  /** How often its holder died with it. */
  readonly abandoned: number;
  /** The threads that have used it, in the order in which they came. */
  readonly threads: readonly GilThreadStats[];
}

const ms = (ns: bigint): number => Number(ns) / 1e6;

/** What a Gil did so far. */
export function statsOf(core: GilCore, record: GilRecord): GilStats {
  const { words, environment } = core;
  const { atomics, threads: life } = environment;
  const { now } = record;
  const state = atomics.load(words, stateWord);
  const holder = isLocked(state) && life.isAlive(core.holderIn(state)) ? seatIn(state) : 0;
  const threads: GilThreadStats[] = [];
  let waiting = 0;
  for (let seat = 1; seat <= mostSeats; seat++) {
    const owner = atomics.load(words, ownerAt(seat));
    if (owner === 0) break;
    const figures = record.figuresOf(seat);
    const alive = life.isAlive(owner);
    const waits = alive && figures.waitingSince !== 0n;
    if (waits) waiting++;
    threads.push({
      threadId: Number(figures.thread),
      alive,
      ...countsOf(figures),
      held: ms(figures.held + (seat === holder ? since(figures.heldSince, now) : 0n)),
      waited: ms(figures.waited + (waits ? since(figures.waitingSince, now) : 0n)),
    });
  }
  const total = record.figuresOf(0);
  return {
    locked: holder !== 0,
    holder: holder === 0 ? undefined : threads[holder - 1]?.threadId,
    waiting,
    ...countsOf(total),
    abandoned: Number(total.abandoned),
    threads,
  };
}

function countsOf(
  figures: SeatFigures,
): Pick<GilThreadStats, "takes" | "switches" | "forcedSwitches" | "dropRequests"> {
  return {
    takes: Number(figures.takes),
    switches: Number(figures.switches),
    forcedSwitches: Number(figures.forced),
    dropRequests: Number(figures.requests),
  };
}

/** A time that began; 0 where it has just ended. */
const since = (begin: bigint, now: bigint): bigint => (begin === 0n || begin > now ? 0n : now - begin);
