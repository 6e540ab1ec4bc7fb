import assert from "node:assert/strict";
import type * as loops from "../../../dist/numeric/crew/helper-loop.js";
import type * as slotModule from "../../../dist/numeric/crew/slots.js";
import type { Action, Actor, Scenario } from "../../threading/explore/explorer.js";

/** The crew's algorithm as it is built. */
export type CrewAlgorithm = typeof slotModule & typeof loops;

export interface CrewScenario extends Scenario {
  readonly claim: string;
}

const pieces = 2;
const helpers = 2;
const most = 2;
const layoutOf = (slots: number) => ({ start: 4, slots, mostPieces: pieces, bell: 0, freed: 1, asleep: 2 });
const layout = layoutOf(most);

/** Words of the test's own memory: how often each piece of each job was done, outcomes, and whether all is over. */
const jobs = 2;
const outcomeAt = jobs * pieces;
const overAt = outcomeAt + jobs;
const outcomes = ["?", "done", "failed", "lost"] as const;

/** Ids of threads are larger than the states of pieces. */
const idBase = 100;

export function crewScenarios(crew: CrewAlgorithm): CrewScenario[] {
  const environmentOf = (a: Actor) => ({
    ...a.environment,
    threads: {
      me: a.environment.threads.me + idBase,
      isAlive: (id: number) => a.environment.threads.isAlive(id - idBase),
      probe: (id: number) => a.environment.threads.probe(id - idBase),
    },
  });
  const wordsFor = (slots: number): number => layout.start + slots * crew.slotWordsFor(pieces);
  const slotsOf = (a: Actor) => {
    const memory = a.memories[0]!;
    return new crew.Slots(memory, environmentOf(a), layoutOf(memory.length === wordsFor(1) ? 1 : most));
  };
  const work = (a: Actor, job: number, piece: number): void => {
    assert.ok(job < jobs && piece < pieces, "a piece of no job");
    a.environment.atomics.add(a.memories[1]!, job * pieces + piece, 1);
  };

  /** Posts a job, takes part in it where it may, and waits for it. */
  const post =
    (job: number, { takesPart = true, ends = false, mayFail = false } = {}): Action =>
    (a) => {
      const mine = slotsOf(a);
      const slot = mine.take();
      if (slot === undefined && mayFail) return;
      assert.ok(slot !== undefined, "no slot is free");
      mine.post(slot, { kernel: job, length: 0, chunks: pieces, helpers });
      if (takesPart) {
        for (let piece = mine.claim(slot); piece >= 0; piece = mine.claim(slot)) {
          work(a, mine.jobOf(slot).kernel, piece);
          mine.finish(slot, piece, true);
        }
      }
      const outcome = mine.join(slot, 0);
      const { atomics } = a.environment;
      atomics.store(a.memories[1]!, outcomeAt + job, outcomes.indexOf(outcome));
      if (ends) {
        atomics.store(a.memories[1]!, overAt, 1);
        atomics.add(a.memories[0]!, layout.bell, 1);
        mine.wakeAll(slot);
      }
      mine.release(slot);
    };

  const placeOf = (a: Actor, number: number) => {
    const mine = slotsOf(a);
    return {
      slots: mine,
      words: a.memories[0]!,
      environment: environmentOf(a),
      number,
      bell: layout.bell,
      asleep: layout.asleep + number,
      spinTime: 0,
      work: (slot: number, piece: number) => {
        work(a, mine.jobOf(slot).kernel, piece);
        return true;
      },
    };
  };
  /** Helps until all is over. */
  const help =
    (number: number): Action =>
    (a) => {
      const place = placeOf(a, number);
      const { atomics } = a.environment;
      for (;;) {
        const seen = atomics.load(place.words, place.bell);
        crew.serve(place);
        if (atomics.load(a.memories[1]!, overAt) === 1) return;
        crew.awaitBell(place, seen);
      }
    };
  /** Helps with what is there just now. */
  const helpOnce =
    (number: number): Action =>
    (a) =>
      crew.serve(placeOf(a, number));

  const scenario = (
    claim: string,
    threads: readonly (readonly Action[])[],
    posted: readonly number[],
    more: Partial<Scenario> = {},
    mayBeRefused = false,
  ): CrewScenario => ({
    claim,
    memories: [wordsFor(most), overAt + 1],
    threads,
    capacity: 9,
    fair: false,
    tellsDeath: false,
    isPrivate: () => false,
    mayTouch: () => true,
    atEnd: ([, told], died) => {
      for (const job of posted) {
        const outcome = outcomes[told![outcomeAt + job]!]!;
        const runs = [...told!.subarray(job * pieces, (job + 1) * pieces)];
        assert.ok(
          runs.every((count) => count <= 1),
          `pieces of job ${job} were done ${runs.join(" and ")} times`,
        );
        const refused = outcome === "?" && mayBeRefused;
        assert.ok(!refused || runs.every((count) => count === 0), "a job that was not posted was done");
        if (!died && !refused) assert.equal(outcome, "done");
        if (outcome === "done") assert.deepEqual(runs, [1, 1], `job ${job} is said to be done`);
      }
    },
    ...more,
  });

  return [
    scenario("a job and a helper that may sleep", [[post(0, { ends: true })], [help(0)]], [0]),
    scenario(
      "a job that its owner takes no part in",
      [[post(0, { takesPart: false, ends: true })], [help(0)]],
      [0],
    ),
    scenario(
      "a job that its owner takes no part in, with two helpers",
      [[post(0, { takesPart: false, ends: true })], [help(0)], [help(1)]],
      [0],
    ),
    scenario("two jobs in one slot after the other", [[post(0), post(1, { ends: true })], [help(0)]], [0, 1]),
    scenario("two jobs at once, and a helper", [[post(0)], [post(1)], [helpOnce(0)]], [0, 1]),
    scenario("a helper dies", [[post(0)], [helpOnce(0)]], [0], { victim: 1 }),
    scenario(
      "a helper dies, and another goes on",
      [[post(0), post(1)], [helpOnce(0)], [helpOnce(1)]],
      [0, 1],
      {
        victim: 1,
      },
    ),
    scenario(
      "the owner of a job has posted it and dies, and another takes its slot",
      [[(a) => void a.choose(1)], [post(1, { mayFail: true })], [helpOnce(0)]],
      [1],
      {
        victim: 0,
        memories: [wordsFor(1), overAt + 1],
        prepare: ([words]) =>
          words!.set([idBase + 1, pieces, helpers, 0, 0, 0, pieces, pieces, 1, 1], layout.start),
      },
      true,
    ),
  ];
}
