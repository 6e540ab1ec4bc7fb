import assert from "node:assert/strict";
import type { Environment } from "../../../dist/threading/sync/environment.js";
import { type Action, type Actor, patience, type Scenario } from "../../threading/explore/explorer.js";
import type { NamedScenario } from "../../threading/explore/scenarios.js";
import type { GilModules } from "./modules.js";

/** All that is explored of a Gil: two or three threads, and what they do. */
export function gilScenarios(gil: GilModules): NamedScenario[] {
  const never = Number.POSITIVE_INFINITY;
  const silent = { seated: () => {}, took: () => {}, drops: () => {}, forced: () => {}, asked: () => {} };
  const seats = 4;

  /** What a thread sees of its steps, to check the rules by. */
  interface Sight {
    readonly environment: Environment;
    /** The request that was read last. */
    request: number;
    /** Moves the time of the thread. */
    pass(ms: number): void;
  }

  /**
   * The world of a thread that is out of patience so many times, and sleeps until it is woken from then on: so nobody
   * goes on only because of a time.
   */
  const sightOf = (a: Actor, timeouts: number): Sight => {
    const { atomics, now } = a.environment;
    let left = timeouts;
    let passed = 0;
    let round: number | undefined;
    const sight: Sight = {
      request: 0,
      pass: (ms) => {
        passed += ms;
      },
      environment: {
        ...a.environment,
        now: () => now() + passed,
        atomics: {
          ...atomics,
          load: (words, index) => {
            const value = atomics.load(words, index);
            if (words === a.memories[0] && index === gil.requestWord) sight.request = value;
            return value;
          },
          wait: (words, index, expected, timeout) => {
            const result = atomics.wait(words, index, expected, left > 0 ? timeout : patience);
            if (result === "timed-out") left--;
            if (index === gil.stateWord) round = result === "timed-out" ? expected : undefined;
            return result;
          },
          waitAsync: (words, index, expected) => {
            round = expected;
            return atomics.waitAsync(words, index, expected);
          },
          compareExchange: (words, index, expected, replacement) => {
            // rule 4
            if (index === gil.requestWord && replacement !== 0) {
              assert.ok(round !== undefined, "it asks without having waited for a whole interval");
              assert.equal(
                gil.numberIn(replacement),
                gil.numberIn(round),
                "it asks for what it has not waited for",
              );
            }
            return atomics.compareExchange(words, index, expected, replacement);
          },
        },
      },
    };
    return sight;
  };

  type Core = InstanceType<GilModules["GilCore"]>;
  const coreOf = (a: Actor, sight: Sight): Core => new gil.GilCore(a.memories[0]!, sight.environment, silent);

  const enter = (a: Actor, outcome: number): void =>
    a.mark(outcome === gil.takenAbandoned ? "entersAbandoned" : "enters");
  const exit = (a: Actor, core: Core): void => {
    a.mark("exits");
    core.drop();
  };

  interface Work {
    /** How often it looks whether it is asked to drop it. */
    readonly checkpoints?: number;
    /** How often its patience ends. */
    readonly timeouts?: number;
    readonly timeout?: number;
    /** Whether somebody else has had it whenever it was dropped on request. */
    readonly forces?: boolean;
  }

  /** Takes it, looks whether it is asked to drop it, and drops it. */
  const work =
    ({ checkpoints = 1, timeouts = 1, timeout = never, forces = true }: Work = {}): Action =>
    (a) => {
      const sight = sightOf(a, timeouts);
      const core = coreOf(a, sight);
      const { atomics } = a.environment;
      const outcome = gil.blockUntilTaken(new gil.GilTurn(core, false), timeout);
      if (outcome === 0) return;
      enter(a, outcome);
      for (let n = 0; n < checkpoints; n++) {
        a.choose(1);
        if (!core.isAsked || !core.isAskedOfMe) continue;
        // rule 5
        const mine = gil.numberIn(atomics.load(a.memories[0]!, gil.stateWord));
        assert.equal(gil.numberIn(sight.request), mine, "another holder was asked");
        exit(a, core);
        const again = gil.blockUntilTaken(new gil.GilTurn(core, false), never);
        // rule 8
        const now = gil.numberIn(atomics.load(a.memories[0]!, gil.stateWord));
        if (forces) assert.notEqual(now, mine, "nobody else had it");
        enter(a, again);
      }
      exit(a, core);
    };

  /** Waits in its event loop, where it looks around so many times, and may give up. */
  const workLater =
    (looks: number, mayGiveUp = false): Action =>
    (a) => {
      const sight = sightOf(a, 0);
      const core = coreOf(a, sight);
      const came = { outcome: 0 };
      const watch = new gil.Watch(new gil.GilTurn(core, true), (now) => {
        came.outcome = now;
      });
      a.lookAroundBy(() => watch.lookAround());
      watch.look();
      let left = looks;
      while (came.outcome === 0) {
        if (left > 0 && a.choose(2) === 1) {
          left--;
          sight.pass(10);
          watch.lookAround();
        } else if (mayGiveUp && a.choose(2) === 1) {
          came.outcome = watch.giveUp();
          if (came.outcome === 0) return;
        } else a.nextEvent();
      }
      enter(a, came.outcome);
      exit(a, core);
    };

  const gils = (claim: string, threads: Action[][], more: Partial<Scenario> = {}): NamedScenario => ({
    claim: `gil: ${claim}`,
    memories: [gil.wordsFor(seats)],
    prepare: ([words]) => {
      words![gil.intervalWord] = 5_000;
      for (const index of threads.keys()) words![gil.ownerAt(index + 1)] = index + 1;
    },
    threads,
    capacity: 1,
    // rule 7: who is woken may come too late
    fair: false,
    // seats that are taken do not change, nor does the interval
    isPrivate: (index) =>
      index === gil.intervalWord || (index >= gil.seatsStart && index < gil.wordsFor(seats)),
    mayTouch: () => false,
    atEnd: ([words], died) => {
      if (!died) assert.ok(!gil.isLocked(words![gil.stateWord]!), "it is still locked");
    },
    ...more,
  });

  return [
    gils("two threads, two times each", [
      [work(), work()],
      [work(), work()],
    ]),
    gils("one that is asked twice", [[work({ checkpoints: 2 })], [work(), work()]]),
    gils("three threads", [[work()], [work()], [work()]]),
    gils("one whose time may be up", [[work({ forces: false })], [work({ timeout: 1 })]]),
    gils("one whose time may be up, of three", [
      [work({ forces: false })],
      [work({ timeout: 1 })],
      [work({ forces: false })],
    ]),
    gils("one in an event loop", [[work({ forces: false }), work({ forces: false })], [workLater(1)]]),
    gils("one in an event loop that may give up", [
      [work({ forces: false })],
      [workLater(1, true)],
      [work({ forces: false })],
    ]),
    gils("threads that use it for the first time", [[work()], [work()], [work()]], {
      prepare: ([words]) => {
        words![gil.intervalWord] = 5_000;
      },
      isPrivate: (index) => index === gil.intervalWord,
      atEnd: ([words]) => {
        const owners = [1, 2, 3].map((seat) => words![gil.ownerAt(seat)]!);
        assert.deepEqual(
          owners.toSorted((one, other) => one - other),
          [1, 2, 3],
          "two threads share a seat, or one has two",
        );
      },
    }),
    gils("the holder dies at any step", [[work({ forces: false })], [work({ forces: false })]], {
      victim: 0,
    }),
    gils("one of three dies at any step", [[work()], [work({ forces: false })], [work({ forces: false })]], {
      victim: 0,
    }),
    gils("who has asked for it dies", [[work({ checkpoints: 2, forces: false })], [work()]], { victim: 1 }),
    gils("one in an event loop dies", [[work({ forces: false })], [workLater(1)]], { victim: 1 }),
    gils("the holder dies while one in an event loop waits", [[work({ forces: false })], [workLater(1)]], {
      victim: 0,
    }),
  ];
}
