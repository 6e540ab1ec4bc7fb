/**
 * Every order in which the two sides of a link can take their steps.
 *
 * The code that runs is the link's own. A side runs until its next step (an atomic operation, a port operation,
 * the wait for an event, a look at shared memory) and is then given up by an exception; to go on, it is run again
 * from the start, with the results of its earlier steps from a log. So a side's state is its log, steps of both
 * sides can alternate at will, and a state that two orders lead to is looked at once. At the top of its event
 * loop a side forgets its log: what it knows there follows from what it has sent and what has arrived, each how.
 *
 * Each side has a copy of the shared memory of its own. What the other side wrote into a ring shows in it as of
 * the last time that its tail was stored: a frame published before it is complete arrives damaged. A receiver
 * can also look at what the ring holds at that very moment: room given back too early shows then.
 */
import {
  type AtomicsLike,
  BuiltLink,
  createLinkMemory,
  type FrameSource,
  type Link,
  type LinkSide,
  type Numbered,
  numberedFrame,
  readNumberedFrame,
} from "./link.js";

export const ringBytes = 256;

/** What the program of a side can do. Everything sent is numbered. */
export interface Actor {
  readonly link: Link<unknown, Numbered>;
  sendFrame(words: number, bytes?: number): void;
  postMessage(): void;
  /** Posts what can't be cloned; answers whether that threw. */
  postUncloneable(): boolean;
  /** Tells that what the side knows here follows from what it has sent and what has arrived. */
  atTop(): void;
  /** The link's `sleep`. */
  sleep(): boolean;
  /** Gives up the thread to the event loop until a message or a bell arrives. */
  nextEvent(): unknown;
}

export interface Program {
  readonly run: (actor: Actor) => void;
  /** Called for each thing that arrives, with its number. */
  readonly receive?: (actor: Actor, n: number) => void;
}

export interface Exploration {
  readonly schedules: bigint;
  readonly states: number;
  readonly ends: number;
  /** How many of the states had at least one bell on its way. */
  readonly bells: number;
  /** How many frames had gone as messages, at most. */
  readonly mostFrameMessages: number;
}

type Step =
  | { readonly kind: "load"; readonly index: number }
  | { readonly kind: "store"; readonly index: number; readonly value: number }
  | { readonly kind: "exchange"; readonly index: number; readonly expected: number; readonly value: number }
  | { readonly kind: "post"; readonly message: unknown }
  | { readonly kind: "receive" | "event" | "look" };

interface Ring {
  readonly id: number;
  readonly words: Int32Array;
}

interface Entry {
  readonly result?: unknown;
  readonly error?: unknown;
  /** What the inbound ring holds from now on. */
  readonly ring?: Ring | undefined;
}

interface SideState {
  readonly id: number;
  readonly log: readonly Entry[];
  readonly next: Step;
  /** What this side's outbound ring holds. */
  readonly live: Ring;
  readonly published: Ring;
  readonly sent: number;
  readonly arrived: number;
  readonly frameMessages: number;
  /** It sleeps, or is about to. */
  readonly sleeps: boolean;
}

interface World {
  readonly words: Int32Array;
  readonly sides: Readonly<Record<LinkSide, SideState>>;
  readonly queues: Readonly<Record<LinkSide, readonly unknown[]>>;
}

class Suspended extends Error {
  constructor(readonly step: Step) {
    super("suspended");
  }
}

export class Violation extends Error {}

const otherSide = (side: LinkSide): LinkSide => (side === "worker" ? "scheduler" : "worker");
const sideNames = ["scheduler", "worker"] as const;

const wordsPerLine = 32;
const awake = 1;

/** The control word that tells whether a side sleeps. */
const stateOf = (side: LinkSide): number => (side === "worker" ? 1 : 0) * wordsPerLine;

/** The control word that tells how far a side has read, which nobody else writes. */
const headTo = (side: LinkSide): number => (side === "worker" ? 3 : 5) * wordsPerLine;

/** The control word that tells how far the other side has written. */
const tailTo = (side: LinkSide): number => (side === "worker" ? 2 : 4) * wordsPerLine;

/** Steps of one side in one order; more can only be an endless loop. */
const mostSteps = 400;

/**
 * Explores all orders.
 * @throws Violation naming the order of steps that led to it.
 */
export function explore(programs: Readonly<Record<LinkSide, Program>>): Exploration {
  return new Explorer(programs).explore();
}

class Explorer {
  readonly #programs: Readonly<Record<LinkSide, Program>>;
  readonly #fresh = new Int32Array(createLinkMemory(ringBytes).buffer).slice();
  readonly #memories = { scheduler: createLinkMemory(ringBytes), worker: createLinkMemory(ringBytes) };
  readonly #controlWords = this.#fresh.length - (2 * ringBytes) / 4;
  /** The states of sides at the tops of their event loops. */
  readonly #tops = new Map<string, SideState>();
  readonly #known = new Map<string, SideState>();
  readonly #rings = new Map<string, Ring>();
  readonly #counted = new Map<string, bigint>();
  readonly #path: LinkSide[] = [];
  #ids = 0;
  #ends = 0;
  #bells = 0;
  #mostFrameMessages = 0;

  constructor(programs: Readonly<Record<LinkSide, Program>>) {
    this.#programs = programs;
  }

  explore(): Exploration {
    const empty = this.#ring(new Int32Array(ringBytes / 4));
    const schedules = this.#count({
      words: this.#fresh.slice(0, this.#controlWords),
      sides: {
        scheduler: this.#replay("scheduler", [], empty),
        worker: this.#replay("worker", [], empty),
      },
      queues: { scheduler: [], worker: [] },
    });
    return {
      schedules,
      states: this.#counted.size,
      ends: this.#ends,
      bells: this.#bells,
      mostFrameMessages: this.#mostFrameMessages,
    };
  }

  /** The number of orders from here to where nothing can happen any more. */
  #count(world: World): bigint {
    const { scheduler, worker } = world.sides;
    const queued = sideNames.map((side) =>
      world.queues[side].map((each) => (each === null ? "b" : "m")).join(""),
    );
    const words = world.words.filter((_, i) => i % wordsPerLine === 0);
    const key = [scheduler.id, worker.id, ...queued, ...words].join();
    const known = this.#counted.get(key);
    if (known !== undefined) return known;
    if (queued.some((each) => each.includes("b"))) this.#bells++;
    let schedules = 0n;
    const alone = sideNames.filter((side) => this.#isPrivate(side, world.sides[side].next));
    for (const side of alone.length > 0 ? alone.slice(0, 1) : sideNames) {
      if (world.sides[side].next.kind === "event" && world.queues[side].length === 0) continue;
      this.#path.push(side);
      schedules += this.#count(this.#step(world, side));
      this.#path.pop();
    }
    if (schedules === 0n) {
      this.#checkEnd(world);
      schedules = 1n;
    }
    this.#counted.set(key, schedules);
    return schedules;
  }

  /** A step that the other side can't see and that can't see the other side may as well come at once. */
  #isPrivate(side: LinkSide, step: Step): boolean {
    return step.kind === "load" && step.index === headTo(side);
  }

  /** Both sides wait for an event, and none will come. */
  #checkEnd({ sides }: World): void {
    this.#ends++;
    for (const side of sideNames) {
      const sent = sides[otherSide(side)].sent;
      if (sides[side].arrived === sent) continue;
      throw new Violation(
        `the ${side} sleeps with ${sent - sides[side].arrived} of ${sent} things unread: ${this.#path.join(" ")}`,
      );
    }
    const frames = sides.scheduler.frameMessages + sides.worker.frameMessages;
    this.#mostFrameMessages = Math.max(this.#mostFrameMessages, frames);
  }

  #step(world: World, side: LinkSide): World {
    const own = world.sides[side];
    const other = world.sides[otherSide(side)];
    const { next } = own;
    const words = world.words.slice();
    const queues = { ...world.queues };
    let { published } = own;
    let entry: Entry = {};
    let resultKey = "";
    switch (next.kind) {
      case "load":
        entry = {
          result: words[next.index],
          ring: next.index === tailTo(side) ? other.published : undefined,
        };
        break;
      case "store":
        words[next.index] = next.value;
        published = own.live;
        break;
      case "exchange":
        entry = { result: words[next.index] };
        if (words[next.index] !== next.expected) break;
        words[next.index] = next.value;
        if (next.index === stateOf(otherSide(side)) && !other.sleeps) {
          throw new Violation(`the ${side} wakes one that is awake: ${this.#path.join(" ")}`);
        }
        break;
      case "post":
        try {
          const message: unknown = structuredClone(next.message);
          queues[otherSide(side)] = [...queues[otherSide(side)], message];
        } catch (error) {
          entry = { error };
        }
        break;
      case "receive":
      case "event": {
        const [first, ...rest] = queues[side];
        entry = { result: queues[side].length === 0 ? undefined : { message: first } };
        // a side's next message follows from its state; whether there is one, and bells between, do not
        queues[side] = rest;
        resultKey = first === undefined ? "none" : first === null ? "bell" : "message";
        break;
      }
      case "look":
        entry = { ring: other.live };
    }
    if (resultKey === "") resultKey = `${entry.result as number | undefined}`;
    const key = `${own.id},${resultKey},${entry.ring?.id}`;
    let state = this.#known.get(key);
    if (state === undefined) {
      state = this.#replay(side, [...own.log, entry], published);
      this.#known.set(key, state);
    }
    return { words, queues, sides: { ...world.sides, [side]: state } };
  }

  /** Runs a side to the step after the last one in the log. */
  #replay(side: LinkSide, log: readonly Entry[], published: Ring): SideState {
    if (log.length > mostSteps) throw new Violation(`the ${side} runs for ever: ${this.#path.join(" ")}`);
    const memory = this.#memories[side];
    const words = new Int32Array(memory.buffer);
    words.set(this.#fresh);
    const ringStart = (ring: LinkSide): number =>
      this.#controlWords + (ring === "worker" ? 0 : ringBytes / 4);
    let at = 0;
    let suspended: Suspended | undefined;
    let shown: Ring | undefined;
    const take = (step: Step): unknown => {
      if (at < log.length) top = false;
      const entry = log[at++];
      // the way out leads through `finally` blocks of the link, whose steps come later
      if (entry === undefined) throw (suspended ??= new Suspended(step));
      if (entry.ring !== undefined && entry.ring !== shown) {
        shown = entry.ring;
        words.set(shown.words, ringStart(side));
      }
      if (entry.error !== undefined) throw entry.error;
      return entry.result;
    };
    const atomics: AtomicsLike = {
      load: (_, index) => {
        const value = take({ kind: "load", index }) as number;
        // the writer remembers how far the reader was
        if (index === headTo(otherSide(side))) known.set(index, value);
        return value;
      },
      store: (_, index, value) => {
        take({ kind: "store", index, value });
        known.set(index, value);
        if (index === stateOf(side) && value === awake) sleeps = false;
        return value;
      },
      compareExchange: (_, index, expected, value) =>
        take({ kind: "exchange", index, expected, value }) as number,
    };
    let sent = 0;
    let arrived = 0;
    let frameMessages = 0;
    let framesArrived = 0;
    let sleeps = true;
    const known = new Map<number, number>();
    let top = false;
    const { run, receive } = this.#programs[side];
    const noteArrival = (n: number): void => {
      if (n !== arrived) throw new Violation(`${n} arrived in place of ${arrived}: ${this.#path.join(" ")}`);
      arrived++;
      receive?.(actor, n);
    };
    const port = {
      postMessage: (message: unknown): void => {
        take({ kind: "post", message });
        if (Array.isArray(message) && message.length > 2) frameMessages++;
      },
      receive: () => take({ kind: "receive" }) as { message: unknown } | undefined,
    };
    const actor: Actor = {
      get link() {
        return link;
      },
      sendFrame: (wordCount, byteCount = 0) => {
        const frame: FrameSource = numberedFrame(sent, wordCount, byteCount);
        link.send(frame);
        sent++;
      },
      postMessage: () => {
        link.post({ n: sent });
        sent++;
      },
      postUncloneable: () => {
        try {
          link.post({ n: sent, text: () => "" });
        } catch (error) {
          if (error instanceof Suspended) throw error;
          return true;
        }
        return false;
      },
      sleep: () => {
        sleeps = true;
        sleeps = link.sleep();
        return sleeps;
      },
      atTop: () => {
        top = true;
      },
      nextEvent: () => (take({ kind: "event" }) as { message: unknown }).message,
    };
    let link: Link<unknown, Numbered>;
    try {
      link = new BuiltLink<unknown, Numbered>(
        side,
        memory,
        port,
        {
          message: ({ n }) => noteArrival(n),
          frame: (...frame) => {
            const n = readNumberedFrame(...frame);
            if (frame[0].words.length === words.length) {
              framesArrived++;
              take({ kind: "look" });
            }
            if (readNumberedFrame(...frame) !== n) throw new Violation(`frame ${n} was overwritten`);
            noteArrival(n);
          },
        },
        atomics,
      );
      run(actor);
    } catch (error) {
      if (!(error instanceof Suspended)) {
        throw new Violation(`${String(error)}: ${this.#path.join(" ")}`, { cause: error });
      }
      const start = ringStart(otherSide(side));
      const live = this.#ring(words.slice(start, start + ringBytes / 4));
      const key = top
        ? [side, sent, arrived, frameMessages, framesArrived, sleeps, live.id, published.id, ...known].join()
        : `${this.#ids}`;
      let state = this.#tops.get(key);
      if (state === undefined) {
        state = {
          id: this.#ids++,
          log,
          next: error.step,
          live,
          published,
          sent,
          arrived,
          frameMessages,
          sleeps,
        };
        if (top) this.#tops.set(key, state);
      }
      return state;
    }
    throw new Error("a program ends by waiting for events for ever");
  }

  #ring(words: Int32Array): Ring {
    const key = words.join();
    let ring = this.#rings.get(key);
    if (ring === undefined) {
      ring = { id: this.#rings.size, words };
      this.#rings.set(key, ring);
    }
    return ring;
  }
}
