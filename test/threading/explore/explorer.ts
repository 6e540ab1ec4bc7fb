/**
 * Every order in which threads can take their steps in a primitive, and every step at which one of them can die.
 *
 * The code that runs is the primitives' own, over atomics of this module. A thread runs until its next step that
 * another can see, and is then given up by an exception; to go on, its action is run again from the start, with the
 * results of its earlier steps from a log. So a thread's state is its log, steps of all threads alternate at will, and a
 * state that two orders lead to is looked at once. Between two actions a thread forgets its log: primitives keep nothing
 * outside of shared memory there.
 */
import type { AtomicsLike, WordWaitBegin, WordWaitResult } from "../../../dist/threading/sync/atomics.js";
import type { Environment } from "../../../dist/threading/sync/environment.js";
import { seeded } from "./seeded.js";

/** Found in some order of steps. */
export class Violation extends Error {}

/** What an action of a thread has to do with. */
export interface Actor {
  readonly index: number;
  readonly environment: Environment;
  /** The memories of the scenario. */
  readonly memories: readonly Int32Array[];
  /** Tells what the test watches; no step of its own. */
  mark(what: Mark): void;
  /** One of so many possibilities, each of which is explored. */
  choose(possibilities: number): number;
  /** Gives the thread up to its event loop until a wait that does not block is woken, and goes on with that. */
  nextEvent(): void;
  /** What the thread does in its event loop when nothing has come for a while. */
  lookAroundBy(look: () => void): void;
  /** Keeps a number for the thread's later actions. */
  keep(name: string, value: number): void;
  kept(name: string): number;
}

export type Mark = "arrives" | "waits" | "enters" | "entersAbandoned" | "exits";

export type Action = (actor: Actor) => void;

export interface Scenario {
  /** How many words each memory has. */
  readonly memories: readonly number[];
  /** Called once, before all threads. */
  readonly prepare?: (memories: readonly Int32Array[]) => void;
  /** What each thread does. */
  readonly threads: readonly (readonly Action[])[];
  /** How many may be inside at a time. */
  readonly capacity: number;
  /** The thread that dies, at any of its steps or not at all. */
  readonly victim?: number;
  /** Whether those who came later must not enter earlier; true by default. */
  readonly fair?: boolean;
  /** Whether the next who enters is told of a death inside; true by default. */
  readonly tellsDeath?: boolean;
  /** Whether a word is only looked at by who has the guard. */
  readonly isPrivate: (index: number) => boolean;
  /** Whether a thread may make plain accesses to a word now: nobody else does at the same time. */
  readonly mayTouch: (words: Int32Array, index: number, id: number, writes: boolean) => boolean;
  /** Makes words alike in which two states may differ and nobody can see it. */
  readonly normalise?: (words: Int32Array) => void;
  /** Looks at the memories when all threads have ended; throws what is wrong. */
  readonly atEnd?: (memories: readonly Int32Array[], died: boolean) => void;
}

export interface Exploration {
  readonly states: number;
  readonly ends: number;
  readonly deaths: number;
  /** Whether all orders were looked at. */
  readonly complete: boolean;
}

type Result = number | WordWaitResult | undefined;

interface Step {
  readonly kind:
    | keyof AtomicsLike
    | "mark"
    | "choose"
    | "event"
    | "alive"
    | "deaths"
    | "probe"
    | "keep"
    | "kept";
  /** Place in the world's memory. */
  readonly at: number;
  readonly value: number;
  readonly replacement: number;
  readonly text: string;
}

interface ThreadState {
  readonly action: number;
  readonly log: readonly Result[];
  /** Stands for the log in keys. */
  readonly logId: number;
  readonly next: Step | undefined;
  readonly kept: Readonly<Record<string, number>>;
  readonly state: "ready" | "asleep" | "ended" | "dead";
  /** Waits that do not block and were woken, by the order in which they began. */
  readonly events: readonly number[];
}

interface Sleeper {
  readonly thread: number;
  readonly at: number;
  /** Number of the wait, if it does not block; else -1. */
  readonly token: number;
  readonly mayTimeOut: boolean;
}

interface World {
  readonly words: Int32Array;
  readonly threads: readonly ThreadState[];
  readonly sleepers: readonly Sleeper[];
  /** Who is inside, and who waits, and who came when others waited. */
  readonly inside: readonly number[];
  readonly waiting: readonly number[];
  readonly mustFollow: readonly (readonly number[])[];
  readonly diedInside: boolean;
  readonly abandonedSeen: number;
  readonly enteredAfter: number;
  readonly dead: boolean;
  readonly announced: boolean;
  /** How often nothing could go on but by looking around. */
  readonly stalls: number;
  /** Who made the last step, and how often one could have gone on and did not. */
  readonly last: number;
  readonly switches: number;
}

const suspended = new Error("suspended");
const mostSteps = 2_000;
const mostThreads = 10;
const mostStalls = 4;
/** Sleeps longer than any time limit of a scenario. */
export const patience = 1_000;

type Move = {
  readonly thread: number;
  readonly kind: "step" | "timeout" | "die" | "announce";
  readonly choice: number;
};

export class Explorer {
  readonly #scenario: Scenario;
  readonly #memories: Int32Array[];
  readonly #offsets = new Map<Int32Array, number>();
  readonly #seen = new Set<string>();
  readonly #logIds = new Map<string, number>();
  #mostSwitches = Number.POSITIVE_INFINITY;
  #ends = 0;
  #deaths = 0;
  #states = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#memories = scenario.memories.map((words) => new Int32Array(words));
    let offset = 0;
    for (const memory of this.#memories) {
      this.#offsets.set(memory, offset);
      offset += memory.length;
    }
  }

  /**
   * Looks at all orders, as long as there are at most so many states.
   * @param mostSwitches - how often a thread that could go on may be interrupted: few interruptions show most defects
   * (M. Musuvathi, S. Qadeer: Iterative Context Bounding for Systematic Testing of Multithreaded Programs, 2007).
   * @throws Violation naming the order of steps that led to it.
   */
  explore(mostStates: number, mostSwitches = Number.POSITIVE_INFINITY): Exploration {
    this.#mostSwitches = mostSwitches;
    this.#seen.clear();
    this.#states = 0;
    this.#ends = 0;
    this.#deaths = 0;
    const stack: { world: World; moves: Move[]; next: number }[] = [];
    const path: string[] = [];
    const enter = (world: World): void => {
      const key = this.#keyOf(world);
      if (this.#seen.has(key)) {
        stack.push({ world, moves: [], next: 0 });
        return;
      }
      this.#seen.add(key);
      this.#states++;
      stack.push({ world, moves: this.#boundedMoves(world), next: 0 });
    };
    try {
      enter(this.#begin());
      while (stack.length > 0) {
        const top = stack.at(-1)!;
        if (top.next >= top.moves.length || this.#states > mostStates) {
          if (this.#states > mostStates) break;
          stack.pop();
          path.pop();
          continue;
        }
        const move = top.moves[top.next++]!;
        path.push(describe(top.world, move));
        enter(this.#apply(top.world, move));
      }
    } catch (error) {
      throw withPath(error, path);
    }
    return this.#told(this.#states <= mostStates);
  }

  /**
   * Looks at so many orders that chance chooses.
   * @throws Violation naming the order of steps that led to it.
   */
  sample(orders: number, seed: number): Exploration {
    const random = seeded(seed);
    for (let i = 0; i < orders; i++) {
      const path: string[] = [];
      try {
        let world = this.#begin();
        for (let moves = this.#moves(world); moves.length > 0; moves = this.#moves(world)) {
          // deaths are rare, or nobody would come far
          const calm = moves.filter(({ kind }) => kind !== "die");
          const from = calm.length > 0 && random() > 0.03 ? calm : moves;
          const move = from[Math.floor(random() * from.length)]!;
          path.push(describe(world, move));
          if (path.length > mostSteps) throw new Violation(`more than ${mostSteps} steps`);
          world = this.#apply(world, move);
          this.#states++;
        }
      } catch (error) {
        throw withPath(error, path, `seed ${seed}, order ${i}`);
      }
    }
    return this.#told(false);
  }

  #keyOf(world: World): string {
    const { normalise } = this.#scenario;
    if (!normalise) return keyOf(world, world.words);
    const words = world.words.slice();
    normalise(words);
    return keyOf(world, words);
  }

  #told(complete: boolean): Exploration {
    return { states: this.#states, ends: this.#ends, deaths: this.#deaths, complete };
  }

  #begin(): World {
    const words = new Int32Array(this.#memories.reduce((sum, { length }) => sum + length, 0));
    for (const memory of this.#memories) memory.fill(0);
    this.#scenario.prepare?.(this.#memories);
    for (const [memory, offset] of this.#offsets) words.set(memory, offset);
    const { threads } = this.#scenario;
    let world: World = {
      words,
      threads: threads.map(() => ({
        action: 0,
        log: [],
        logId: 0,
        next: undefined,
        kept: {},
        state: "ready",
        events: [],
      })),
      sleepers: [],
      inside: [],
      waiting: [],
      mustFollow: threads.map(() => []),
      diedInside: false,
      abandonedSeen: 0,
      enteredAfter: 0,
      dead: false,
      announced: false,
      stalls: 0,
      last: -1,
      switches: 0,
    };
    for (const index of threads.keys()) world = this.#run(world, index);
    return world;
  }

  #isPrivate(step: Step): boolean {
    switch (step.kind) {
      case "peek":
      case "poke":
      case "mark":
      case "keep":
      case "kept":
        return true;
      case "alive":
      case "deaths":
      case "probe":
        return this.#scenario.victim === undefined;
      case "load":
      case "store":
        return this.#scenario.isPrivate(step.at);
      default:
        return false;
    }
  }

  /** The moves that interrupt nobody, where there were as many interruptions as there may be. */
  #boundedMoves(world: World): Move[] {
    const moves = this.#moves(world);
    if (world.switches < this.#mostSwitches) return moves;
    const goesOn = moves.filter(({ thread, kind }) => kind === "step" && thread === world.last);
    if (goesOn.length === 0) return moves;
    return moves.filter(({ thread, kind }) => kind === "die" || kind === "announce" || thread === world.last);
  }

  #moves(world: World): Move[] {
    const moves: Move[] = [];
    const { victim } = this.#scenario;
    for (const [thread, each] of world.threads.entries()) {
      if (each.state === "ready") {
        const { next } = each;
        if (next?.kind === "event" && each.events.length === 0) {
          // sleeps in its event loop
        } else if (next?.kind === "choose") {
          for (let choice = 0; choice < next.value; choice++) moves.push({ thread, kind: "step", choice });
        } else moves.push({ thread, kind: "step", choice: 0 });
      }
      const sleeps =
        each.state === "asleep" &&
        world.sleepers.find((sleeper) => sleeper.thread === thread && sleeper.token < 0);
      if (sleeps && sleeps.mayTimeOut) moves.push({ thread, kind: "timeout", choice: 0 });
    }
    // a step that nobody else can see, and that sees nobody, may as well come at once
    const alone = moves.find(
      ({ thread, kind }) => kind === "step" && this.#isPrivate(world.threads[thread]!.next!),
    );
    const found = alone ? [alone] : moves;
    if (victim !== undefined && !world.dead) {
      const { state } = world.threads[victim]!;
      const dying = alone === undefined || alone.thread === victim;
      if (dying && (state === "ready" || state === "asleep"))
        found.push({ thread: victim, kind: "die", choice: 0 });
    }
    if (world.dead && !world.announced && !alone)
      found.push({ thread: victim!, kind: "announce", choice: 0 });
    if (found.some(({ kind }) => kind !== "die")) return found;
    const open = world.threads.flatMap(({ state }, i) => (state === "ended" || state === "dead" ? [] : [i]));
    if (open.length === 0) {
      this.#checkEnd(world);
      return found;
    }
    if (!world.dead || world.stalls >= mostStalls * world.threads.length)
      throw new Violation(`nothing goes on, and thread ${open.join(", ")} waits`);
    // nothing moves: those who sleep look around, in turns
    const thread = open[world.stalls % open.length]!;
    found.push({ thread, kind: "timeout", choice: 0 });
    return found;
  }

  #checkEnd(world: World): void {
    this.#ends++;
    if (world.dead) this.#deaths++;
    for (const [memory, offset] of this.#offsets)
      memory.set(world.words.subarray(offset, offset + memory.length));
    if (
      this.#scenario.tellsDeath !== false &&
      world.diedInside &&
      world.enteredAfter > 0 &&
      world.abandonedSeen !== 1
    )
      throw new Violation(`the death inside was told to ${world.abandonedSeen} holders`);
    this.#scenario.atEnd?.(this.#memories, world.dead);
  }

  #apply(world: World, move: Move): World {
    const { thread, kind, choice } = move;
    if (kind !== "die" && kind !== "announce" && this.#mostSwitches < Number.POSITIVE_INFINITY) {
      const was = world.threads[world.last];
      const couldGoOn = was?.state === "ready" && (was.next?.kind !== "event" || was.events.length > 0);
      const interrupts = thread !== world.last && couldGoOn;
      world = { ...world, last: thread, switches: world.switches + (interrupts ? 1 : 0) };
    }
    if (kind === "announce") return { ...world, announced: true };
    const before = world.threads[thread]!;
    if (kind === "die") {
      const threads = world.threads.with(thread, { ...before, state: "dead", next: undefined });
      return {
        ...world,
        threads,
        dead: true,
        sleepers: world.sleepers.filter((each) => each.thread !== thread),
        inside: world.inside.filter((each) => each !== thread),
        waiting: world.waiting.filter((each) => each % mostThreads !== thread),
        diedInside: world.inside.includes(thread),
      };
    }
    const words = world.words.slice();
    let next: World = { ...world, words };
    if (kind === "timeout") {
      const sleeper = world.sleepers.find((each) => each.thread === thread && each.token < 0);
      const stalls = sleeper?.mayTimeOut ? world.stalls : world.stalls + 1;
      const result: Result = sleeper ? "timed-out" : -1;
      next = {
        ...next,
        stalls,
        sleepers: world.sleepers.filter((each) => each !== sleeper),
        threads: world.threads.with(thread, this.#logged({ ...before, state: "ready" }, result)),
      };
    } else next = this.#perform(next, thread, choice);
    return next.threads[thread]!.state === "ready" ? this.#run(next, thread) : next;
  }

  #logged(thread: ThreadState, result: Result): ThreadState {
    return { ...thread, log: [...thread.log, result], logId: this.#logIdAfter(thread.logId, result) };
  }

  #logIdAfter(logId: number, result: Result): number {
    const key = `${logId}:${result}`;
    let next = this.#logIds.get(key);
    if (next === undefined) this.#logIds.set(key, (next = this.#logIds.size + 1));
    return next;
  }

  /** Makes the next step of a thread; the words are changed in place. */
  #perform(world: World, index: number, choice: number): World {
    const [next, result] = this.#effect(world, index, world.threads[index]!.next!, choice);
    if (next.threads[index]!.state === "asleep") return next;
    return { ...next, threads: next.threads.with(index, this.#logged(next.threads[index]!, result)) };
  }

  #effect(world: World, index: number, step: Step, choice: number): [World, Result] {
    const thread = world.threads[index]!;
    const { words } = world;
    const { at, value, replacement } = step;
    const old = words[at] ?? 0;
    let result: Result = old;
    let next = world;
    switch (step.kind) {
      case "peek":
      case "poke":
        if (!this.#scenario.mayTouch(words, at, index + 1, step.kind === "poke"))
          throw new Violation(`thread ${index} touches word ${at}, which others may change`);
        if (step.kind === "peek") break;
        words[at] = value;
        result = value;
        break;
      case "load":
        break;
      case "store":
        words[at] = value;
        result = value;
        break;
      case "add":
        words[at] = old + value;
        break;
      case "sub":
        words[at] = old - value;
        break;
      case "or":
        words[at] = old | value;
        break;
      case "and":
        words[at] = old & value;
        break;
      case "exchange":
        words[at] = value;
        break;
      case "compareExchange":
        if (old === value) words[at] = replacement;
        break;
      case "notify": {
        const woken = world.sleepers.filter((each) => each.at === at).slice(0, value);
        next = this.#wake(next, woken);
        result = woken.length;
        break;
      }
      case "wait":
        if (old === value) {
          const sleeper = { thread: index, at, token: -1, mayTimeOut: replacement < patience };
          next = {
            ...next,
            sleepers: [...next.sleepers, sleeper],
            threads: next.threads.with(index, { ...thread, state: "asleep" }),
          };
          break;
        }
        result = "not-equal";
        break;
      case "waitAsync":
        if (old === value) {
          const token = thread.log.filter((each) => each === "ok").length;
          next = { ...next, sleepers: [...next.sleepers, { thread: index, at, token, mayTimeOut: false }] };
          result = "ok";
        } else result = "not-equal";
        break;
      case "event": {
        const [token, ...events] = thread.events;
        result = token;
        next = { ...next, threads: next.threads.with(index, { ...thread, events }) };
        break;
      }
      case "choose":
        result = choice;
        break;
      case "alive":
        result = world.announced && value === this.#scenario.victim! + 1 ? 0 : 1;
        break;
      case "deaths":
        result = world.announced ? 1 : 0;
        break;
      case "probe":
        if (world.dead && value === this.#scenario.victim! + 1) next = { ...next, announced: true };
        break;
      case "keep":
        next = {
          ...next,
          threads: next.threads.with(index, { ...thread, kept: { ...thread.kept, [step.text]: value } }),
        };
        break;
      case "kept":
        result = thread.kept[step.text] ?? 0;
        break;
      case "mark":
        next = this.#watch(next, index, step.text as Mark);
        break;
    }
    return [next, result];
  }

  #wake(world: World, woken: readonly Sleeper[]): World {
    let { threads } = world;
    for (const { thread, token } of woken) {
      const each = threads[thread]!;
      threads =
        token < 0
          ? threads.with(thread, this.#logged({ ...each, state: "ready" }, "ok"))
          : threads.with(thread, { ...each, events: [...each.events, token] });
    }
    let next: World = { ...world, threads, sleepers: world.sleepers.filter((each) => !woken.includes(each)) };
    for (const { thread, token } of woken) if (token < 0) next = this.#run(next, thread);
    return next;
  }

  #watch(world: World, index: number, what: Mark): World {
    const { inside, waiting } = world;
    // another one in each action
    const wait = index + mostThreads * world.threads[index]!.action;
    switch (what) {
      case "arrives":
        return { ...world, mustFollow: world.mustFollow.with(index, waiting) };
      case "waits":
        return { ...world, waiting: [...waiting, wait] };
      case "exits":
        return { ...world, inside: inside.filter((each) => each !== index) };
      default: {
        const now = [...inside, index];
        if (now.length > this.#scenario.capacity) throw new Violation(`threads ${now.join(", ")} are inside`);
        const passed = world.mustFollow[index]!.filter((each) => waiting.includes(each));
        if (this.#scenario.fair !== false && passed.length > 0)
          throw new Violation(`thread ${index} entered before ${passed.join(", ")}, who waited when it came`);
        return {
          ...world,
          inside: now,
          waiting: waiting.filter((each) => each !== wait),
          enteredAfter: world.enteredAfter + (world.dead ? 1 : 0),
          abandonedSeen: world.abandonedSeen + (what === "entersAbandoned" && world.diedInside ? 1 : 0),
        };
      }
    }
  }

  /** Runs a thread up to its next step that another can see. */
  #run(world: World, index: number): World {
    const actions = this.#scenario.threads[index]!;
    let now = world;
    for (;;) {
      const thread = now.threads[index]!;
      const action = actions[thread.action];
      if (!action)
        return { ...now, threads: now.threads.with(index, { ...thread, state: "ended", next: undefined }) };
      if (thread.log.length > mostSteps)
        throw new Violation(`thread ${index} took more than ${mostSteps} steps`);
      const log = [...thread.log];
      let { logId } = thread;
      const atOnce = (step: Step): boolean => {
        // the victim may die before this step, too
        if (index === this.#scenario.victim || !this.#isPrivate(step)) return false;
        const [next, result] = this.#effect(now, index, step, 0);
        now = next;
        log.push(result);
        logId = this.#logIdAfter(logId, result);
        return true;
      };
      const replay = new Replay(index, log, this.#memories, this.#offsets, atOnce);
      const ended = replay.run(action);
      const after = now.threads[index]!;
      if (!ended)
        return { ...now, threads: now.threads.with(index, { ...after, log, logId, next: replay.next }) };
      now = {
        ...now,
        threads: now.threads.with(index, {
          ...after,
          action: thread.action + 1,
          log: [],
          logId: 0,
          events: [],
        }),
        sleepers: now.sleepers.filter((each) => each.thread !== index),
      };
    }
  }
}

/** One run of an action with a log. */
class Replay implements Actor {
  readonly index: number;
  readonly memories: readonly Int32Array[];
  readonly environment: Environment;
  next: Step | undefined;
  readonly #log: readonly Result[];
  readonly #offsets: ReadonlyMap<Int32Array, number>;
  readonly #atOnce: (step: Step) => boolean;
  #position = 0;
  #time = 0;
  readonly #callbacks = new Map<number, () => void>();
  readonly #around: (() => void)[] = [];

  constructor(
    index: number,
    log: readonly Result[],
    memories: readonly Int32Array[],
    offsets: ReadonlyMap<Int32Array, number>,
    atOnce: (step: Step) => boolean,
  ) {
    this.#atOnce = atOnce;
    this.index = index;
    this.memories = memories;
    this.#log = log;
    this.#offsets = offsets;
    const me = index + 1;
    this.environment = {
      atomics: this.#atomics(),
      threads: {
        me,
        isAlive: (id) => this.#take({ kind: "alive", at: -1, value: id, replacement: 0, text: "" }) === 1,
        deaths: () => this.#take({ kind: "deaths", at: -1, value: 0, replacement: 0, text: "" }) as number,
        probe: (id) => void this.#take({ kind: "probe", at: -1, value: id, replacement: 0, text: "" }),
      },
      now: () => this.#time,
      patience,
      spins: 0,
    };
  }

  /** @returns whether the action has ended. */
  run(action: Action): boolean {
    try {
      action(this);
      if (this.next) return false;
      return true;
    } catch (error) {
      if (error === suspended) return false;
      throw error;
    }
  }

  mark(what: Mark): void {
    this.#take({ kind: "mark", at: -1, value: 0, replacement: 0, text: what });
  }

  keep(name: string, value: number): void {
    this.#take({ kind: "keep", at: -1, value, replacement: 0, text: name });
  }

  kept(name: string): number {
    return this.#take({ kind: "kept", at: -1, value: 0, replacement: 0, text: name }) as number;
  }

  choose(possibilities: number): number {
    return this.#take({ kind: "choose", at: -1, value: possibilities, replacement: 0, text: "" }) as number;
  }

  nextEvent(): void {
    const token = this.#take({ kind: "event", at: -1, value: 0, replacement: 0, text: "" }) as number;
    if (token < 0) for (const look of this.#around) look();
    else this.#callbacks.get(token)?.();
  }

  /** Says what a thread does in its event loop from time to time. */
  lookAroundBy(look: () => void): void {
    this.#around.push(look);
  }

  #take(step: Step): Result {
    // given up already: a `finally` runs
    if (this.next) throw suspended;
    if (this.#position < this.#log.length || this.#atOnce(step)) return this.#log[this.#position++];
    this.next = step;
    throw suspended;
  }

  #atomics(): AtomicsLike {
    const step = (kind: Step["kind"], words: Int32Array, index: number, value = 0, replacement = 0): Result =>
      this.#take({ kind, at: this.#offsets.get(words)! + index, value, replacement, text: "" });
    const number =
      (kind: Step["kind"]) =>
      (words: Int32Array, index: number, value?: number): number =>
        step(kind, words, index, value) as number;
    return {
      load: number("load"),
      store: number("store"),
      add: number("add"),
      sub: number("sub"),
      or: number("or"),
      and: number("and"),
      exchange: number("exchange"),
      peek: number("peek"),
      poke: number("poke"),
      peekRun: (words, index, into, at, count) => {
        for (let i = 0; i < count; i++) into[at + i] = step("peek", words, index + i) as number;
      },
      pokeRun: (words, index, from, at, count) => {
        for (let i = 0; i < count; i++) step("poke", words, index + i, from[at + i]);
      },
      compareExchange: (words, index, expected, replacement) =>
        step("compareExchange", words, index, expected, replacement) as number,
      notify: (words, index, count = Number.POSITIVE_INFINITY) =>
        step("notify", words, index, count) as number,
      wait: (words, index, expected, timeout = patience) => {
        const result = step("wait", words, index, expected, timeout) as WordWaitResult;
        if (result === "timed-out") this.#time += patience;
        return result;
      },
      waitAsync: (words, index, expected): WordWaitBegin => {
        const result = step("waitAsync", words, index, expected);
        if (result !== "ok") return { async: false, value: "not-equal" };
        // numbered as the explorer does: by all that were answered so
        const token = this.#log.slice(0, this.#position - 1).filter((each) => each === "ok").length;
        const value = {
          // biome-ignore lint/suspicious/noThenProperty: it stands for a promise
          then: (callback: () => void) => void this.#callbacks.set(token, callback),
        };
        return { async: true, value: value as unknown as PromiseLike<WordWaitResult> };
      },
    };
  }
}

/** All by which two states differ. */
function keyOf(world: World, words: Int32Array): string {
  const { threads, sleepers, inside, waiting, mustFollow } = world;
  const parts = threads.map(
    (each) =>
      `${each.action}.${each.logId}.${each.state}.${each.events.join("-")}.${Object.values(each.kept).join("-")}`,
  );
  const asleep = sleepers.map(({ thread, at, token }) => `${thread}@${at}.${token}`);
  const flags = [
    world.diedInside,
    world.abandonedSeen,
    world.enteredAfter,
    world.dead,
    world.announced,
    world.stalls,
    world.last,
    world.switches,
  ];
  return [
    String.fromCharCode(...new Uint16Array(words.buffer)),
    parts.join(),
    asleep.join(),
    inside.join(),
    waiting.join(),
    mustFollow.join("/"),
    flags.join(),
  ].join("|");
}

function describe(world: World, { thread, kind, choice }: Move): string {
  if (kind !== "step") return `${thread}: ${kind}`;
  const { next } = world.threads[thread]!;
  if (!next) return `${thread}: ?`;
  const { at, value, replacement, text } = next;
  return `${thread}: ${next.kind} ${text}${at >= 0 ? `[${at}]=${world.words[at]}` : ""} ${value} ${replacement} ${choice || ""}`.trim();
}

function withPath(error: unknown, path: readonly string[], where = ""): unknown {
  if (!(error instanceof Error)) return error;
  const told = new Violation(`${error.message}; ${where}\n  ${path.join("\n  ")}`, { cause: error });
  return told;
}
