import assert from "node:assert/strict";
import type { Environment } from "../../../dist/threading/sync/environment.js";
import type { Waiting } from "../../../dist/threading/sync/waiting.js";
import type { Action, Actor } from "./explorer.js";
import type { QueueAlgorithms } from "./queue-modules.js";
import type { NamedScenario } from "./scenarios.js";

const never = Number.POSITIVE_INFINITY;
/** Items have numbers below this. */
const mostItems = 8;
/** Of the test's own memory: who took an item, by its number; and whether the queue was shut down. */
const shutWord = mostItems;
/** Stands for an item that was taken and put in again. */
const putBack = mostItems - 1;

/** All that is explored of queues: two to four threads each, and what they do. */
export function queueScenariosOf(queue: QueueAlgorithms): NamedScenario[] {
  const { sync, Item, QueueCore, QueueFlow, Layout, done, notYet, shutDown } = queue;
  const waitersWords = sync.wordsFor(3);

  /** An item: its number, and as many units in the arena, filled with it. */
  const itemOf = (number: number, units = 0): InstanceType<typeof Item> => {
    const item = new Item();
    item.tag = 1;
    item.first = number;
    item.units = units;
    item.memory.words.fill(number, 0, 2 * units);
    return item;
  };
  const flowOf = (a: Actor, layout: InstanceType<typeof Layout>): InstanceType<typeof QueueFlow> => {
    const [words, items, room] = a.memories;
    return new QueueFlow({ words: words!, items: items!, room: room! }, layout, a.environment);
  };

  interface Options {
    readonly maxsize?: number;
    readonly units?: number;
    /** What is in the queue at first: numbers of items, and their units. */
    readonly filled?: readonly (readonly [number, number?])[];
    /** How many were put in and taken before that, so that places begin elsewhere. */
    readonly used?: number;
    readonly victim?: number;
    /** Looks at what is left, when nobody has died. */
    readonly left?: (core: InstanceType<typeof QueueCore>) => void;
  }

  /** What threads do, given how their queue is laid out. */
  type Make = (layout: InstanceType<typeof Layout>) => Action;

  const put =
    (number: number, units = 0, expected = done, timeout = never): Make =>
    (layout) =>
    (a) => {
      const flow = flowOf(a, layout);
      const item = itemOf(number, units);
      let outcome = flow.put(item);
      if (outcome === notYet)
        outcome = sync.block(
          flow.putting(() => flow.putAwaited(item), true),
          timeout,
        );
      if (timeout === never) assert.equal(outcome, expected);
    };
  /** Notes that this thread has an item. */
  const note = (a: Actor, item: InstanceType<typeof Item>): void => {
    const number = item.first;
    const cells = a.memories[3]!;
    assert.equal(a.environment.atomics.peek(cells, number), 0, `item ${number} was taken twice`);
    for (let i = 0; i < 2 * item.units; i++)
      assert.equal(item.memory.words[i], number, "an item holds what is of another");
    const last = a.kept("last");
    assert.ok(last < number, `item ${number} came after ${last}`);
    a.keep("last", number);
    a.environment.atomics.poke(cells, number, a.index + 1);
  };
  const takeBy = (
    a: Actor,
    layout: InstanceType<typeof Layout>,
    wait: (waiting: Waiting) => number,
    blocks: boolean,
  ): number => {
    const flow = flowOf(a, layout);
    const item = new Item();
    let outcome = flow.take(item);
    if (outcome === notYet) outcome = wait(flow.taking(() => flow.take(item), blocks));
    if (outcome === done) note(a, item);
    return outcome;
  };
  const get =
    (timeout = never): Make =>
    (layout) =>
    (a) => {
      const outcome = takeBy(a, layout, (waiting) => sync.block(waiting, timeout), true);
      if (timeout === never) assert.equal(outcome, done);
    };
  /** Takes what there is until the queue is shut down. */
  const getUntilEnd: Make = (layout) => (a) => {
    // how many there are is told from action to action
    takeBy(a, layout, (waiting) => sync.block(waiting, never), true);
  };
  const inEventLoop =
    (a: Actor, mayGiveUp: boolean) =>
    (waiting: Waiting): number => {
      const came = { outcome: 0 };
      const watch = new sync.Watch(waiting, (now) => {
        came.outcome = now;
      });
      a.lookAroundBy(() => watch.lookAround());
      watch.look();
      while (came.outcome === 0) {
        if (mayGiveUp && a.choose(2) === 1) return watch.giveUp();
        a.nextEvent();
      }
      return came.outcome;
    };
  const getAsync =
    (mayGiveUp: boolean): Make =>
    (layout) =>
    (a) => {
      takeBy(a, layout, inEventLoop(a, mayGiveUp), false);
    };
  /** Waits for an item and soon gives up; does not keep one that it has got. */
  const waitAndLeave: Make = (layout) => (a) => {
    const flow = flowOf(a, layout);
    const item = new Item();
    const watch = new sync.Watch(
      flow.taking(() => flow.take(item), false),
      () => {},
    );
    watch.look();
    watch.giveUp();
    if (item.tag === 0) return;
    assert.equal(flow.put(item), done);
    // it comes out twice
    a.environment.atomics.poke(a.memories[3]!, putBack, 1);
  };
  /** The thread blocks for an item while its event loop waits for one, too. */
  const getBoth: Make = (layout) => (a) => {
    const flow = flowOf(a, layout);
    const [item, own] = [new Item(), new Item()];
    const came = { outcome: 0 };
    const watch = new sync.Watch(
      flow.taking(() => flow.take(item), false),
      (now) => {
        came.outcome = now;
      },
    );
    a.lookAroundBy(() => watch.lookAround());
    watch.look();
    assert.equal(
      sync.block(
        flow.taking(() => flow.take(own), true),
        never,
      ),
      done,
    );
    while (came.outcome === 0) a.nextEvent();
    const both = [item, own].toSorted((one, other) => one.first - other.first);
    for (const each of both) note(a, each);
  };
  const close =
    (immediate: boolean): Make =>
    (layout) =>
    (a) => {
      flowOf(a, layout).close(immediate);
      a.environment.atomics.store(a.memories[3]!, shutWord, 1);
    };
  /** Does not get anything when the queue was shut down before. */
  const getUnlessShut: Make = (layout) => (a) => {
    const shut = a.environment.atomics.load(a.memories[3]!, shutWord) === 1;
    const outcome = takeBy(a, layout, (waiting) => sync.block(waiting, never), true);
    if (shut) assert.equal(outcome, shutDown);
  };
  const putUnlessShut =
    (number: number): Make =>
    (layout) =>
    (a) => {
      const shut = a.environment.atomics.load(a.memories[3]!, shutWord) === 1;
      const flow = flowOf(a, layout);
      const item = itemOf(number);
      const outcome = sync.block(
        flow.putting(() => flow.putAwaited(item), true),
        never,
      );
      if (shut) assert.equal(outcome, shutDown);
    };
  const putOrNot =
    (number: number): Make =>
    (layout) =>
    (a) => {
      flowOf(a, layout).put(itemOf(number));
    };
  /** When the queue is shut down, the number of its items does not grow. */
  const closeAndCount: Make = (layout) => (a) => {
    const flow = flowOf(a, layout);
    flow.close(false);
    const { size } = flow.core;
    a.choose(1);
    assert.equal(flow.core.size, size, "an item came in after the shutdown");
  };
  const getOrNot: Make = (layout) => (a) => {
    takeBy(a, layout, () => notYet, true);
  };
  /** When the queue is shut down at once, nothing is taken any more. */
  const closeAtOnceAndCount: Make = (layout) => (a) => {
    const { core } = flowOf(a, layout);
    core.close(true);
    const { taken } = core;
    a.choose(1);
    assert.equal(core.taken, taken, "an item was taken after the shutdown");
  };
  const getAndFinish: Make = (layout) => (a) => {
    get()(layout)(a);
    assert.ok(flowOf(a, layout).core.finishOne());
  };
  const join: Make = (layout) => (a) => {
    const { core } = flowOf(a, layout);
    const waiting = new sync.WordWait(
      a.memories[0]!,
      queue.joinWord,
      a.environment,
      () => core.unfinished === 0,
    );
    assert.equal(sync.block(waiting, never), 1);
  };

  const scenario = (
    claim: string,
    threads: readonly (readonly Make[])[],
    { maxsize = 2, units = 1, filled = [], used = 0, victim, left }: Options = {},
  ): NamedScenario => {
    const layout = new Layout(maxsize, units * queue.unitBytes);
    const sizes = [layout.waitersStart, waitersWords, waitersWords, mostItems + 1];
    const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
    const visible = new Set<number>([
      queue.stateWord,
      queue.doneWord,
      queue.joinWord,
      queue.putGuardWord,
      queue.putWord,
      queue.takeGuardWord,
      queue.takenWord,
      starts[3]! + shutWord,
    ]);
    const queueOf = (index: number): number | undefined =>
      index >= starts[3]! || index < starts[1]! ? undefined : index < starts[2]! ? starts[1]! : starts[2]!;
    const isPrivate = (index: number): boolean => {
      const start = queueOf(index);
      if (start === undefined) return !visible.has(index);
      const at = index - start;
      if (at === sync.guardWord || at === sync.stateWord || at === sync.roomWord || at === sync.crowdedWord)
        return false;
      return at < sync.nodesStart || (at - sync.nodesStart) % sync.nodeWords !== sync.statusAt;
    };
    const mayTouch = (words: Int32Array, index: number, id: number, writes: boolean): boolean => {
      if (index >= starts[3]!) return true;
      const start = queueOf(index);
      if (start !== undefined) return (words[start + sync.guardWord]! & sync.idBits) === id;
      const owns = (guard: number): boolean => (words[guard]! & sync.idBits) === id;
      return (
        (owns(queue.putGuardWord) && mayPut(words, index, writes)) ||
        (owns(queue.takeGuardWord) && mayTake(words, index, writes))
      );
    };
    /** Whether a place holds an item, or the end of the last one that was taken. */
    const isUsed = (words: Int32Array, index: number): boolean => {
      const [put, taken] = [words[queue.putWord]!, words[queue.takenWord]!];
      const slotOf = (count: number): number =>
        queue.headerWords + (count & layout.slotMask) * queue.slotWords;
      if (index < layout.arenaStart) {
        for (let count = taken - 1; count < put; count++)
          if (index >= slotOf(count) && index < slotOf(count) + queue.slotWords) return true;
        return false;
      }
      const unit = (index - layout.arenaStart) >> 1;
      for (let at = words[slotOf(taken - 1)]!; at < words[slotOf(put - 1)]!; at++)
        if ((at & layout.unitMask) === unit) return true;
      return false;
    };
    const mayPut = (words: Int32Array, index: number, writes: boolean): boolean => {
      if (index === queue.stateWord) return !writes;
      if (index < queue.headerWords)
        return [queue.putWord, queue.seenTakenWord, queue.seenEndWord].includes(index);
      return !writes || !isUsed(words, index);
    };
    const mayTake = (words: Int32Array, index: number, writes: boolean): boolean => {
      if (index === queue.stateWord) return !writes;
      if (index < queue.headerWords) return index === queue.takenWord || index === queue.seenPutWord;
      return !writes && isUsed(words, index);
    };
    const normalise = (words: Int32Array): void => {
      for (const start of [starts[1]!, starts[2]!]) {
        words[start + sync.contendedWord] = 0;
        if (words[start + sync.loggedWord] === 0)
          words.fill(0, start + sync.logStart, start + sync.nodesStart);
        for (let node = start + sync.nodesStart; node < start + waitersWords; node += sync.nodeWords) {
          if (words[node + sync.statusAt] !== sync.free) continue;
          words.fill(0, node, node + sync.nodeWords);
        }
      }
    };
    const alone: Environment = {
      atomics: sync.machineAtomics,
      threads: { me: 1_000, isAlive: () => true, deaths: () => 0, probe: () => {} },
      now: () => 0,
      patience: 0,
      spins: 0,
    };
    return {
      claim: `${victim === undefined ? "queue" : "queue, deaths"}: ${claim}`,
      memories: sizes,
      threads: threads.map((actions) => actions.map((make) => make(layout))),
      capacity: 1,
      isPrivate,
      mayTouch,
      normalise,
      ...(victim === undefined ? {} : { victim }),
      prepare: ([words]) => {
        const core = new QueueCore(words!, layout, alone);
        for (let i = 0; i < used; i++) {
          core.put(itemOf(0, 1));
          core.take(new Item());
        }
        for (const [number, size] of filled) assert.equal(core.put(itemOf(number, size)), done);
      },
      atEnd: ([words, items, room, cells], died) => {
        const core = new QueueCore(words!, layout, alone);
        const taken = cells!.subarray(0, mostItems).filter((each) => each !== 0).length;
        const gone = (words![queue.takenWord]! - used) | 0;
        // a dead thread may have had one and not told
        assert.ok(gone === taken || (died && gone === taken + 1), `${gone} items left, ${taken} arrived`);
        if (died) return;
        left?.(core);
        for (const waiters of [items!, room!]) {
          assert.equal(waiters[sync.headWord], 0, "somebody is still queued");
          for (let node = sync.nodesStart; node < waitersWords; node += sync.nodeWords)
            assert.equal(waiters[node + sync.statusAt], sync.free, "a place is still in use");
        }
      },
    };
  };
  const leaves =
    (size: number) =>
    (core: InstanceType<typeof QueueCore>): void =>
      assert.equal(core.size, size);

  return [
    scenario(
      "one puts and one takes, and there is room for one",
      [
        [put(1), put(2)],
        [get(), get()],
      ],
      {
        maxsize: 1,
        left: leaves(0),
      },
    ),
    scenario("two put and two take, and there is room for one", [[put(1)], [put(2)], [get()], [get()]], {
      maxsize: 1,
      left: leaves(0),
    }),
    scenario("two wait for items that come one by one", [[get()], [get()], [put(1), put(2)]], {
      left: leaves(0),
    }),
    scenario("two wait for room", [[put(2)], [put(3)], [get(), get()]], {
      maxsize: 1,
      filled: [[1]],
      left: leaves(1),
    }),
    scenario(
      "items that lie across the end of the arena",
      [
        [put(1, 3), put(2, 2)],
        [get(), get()],
      ],
      {
        maxsize: 3,
        units: 4,
        used: 3,
        left: leaves(0),
      },
    ),
    scenario(
      "a place is written to only when it was left",
      [
        [put(3), put(4)],
        [get(), get()],
      ],
      {
        maxsize: 2,
        filled: [[1], [2]],
        left: leaves(2),
      },
    ),
    scenario("bytes are written to only when they were left", [[put(3, 1)], [get(), get()]], {
      maxsize: 2,
      units: 2,
      filled: [
        [1, 1],
        [2, 1],
      ],
      left: leaves(1),
    }),
    scenario("there is a place, and no bytes are left", [[put(3, 1)], [get(), get()]], {
      maxsize: 3,
      units: 2,
      filled: [
        [1, 1],
        [2, 1],
      ],
      left: leaves(1),
    }),
    scenario("a large item leaves room for two small ones", [[put(2, 1)], [put(3, 1)], [get()]], {
      maxsize: 4,
      units: 2,
      filled: [[1, 2]],
      left: leaves(2),
    }),
    scenario("one whose time may be up does not keep an item from the other", [
      [get(1)],
      [get()],
      [put(1), put(2)],
    ]),
    scenario("one that gives up in its event loop does not keep an item from the other", [
      [getAsync(true)],
      [get()],
      [put(1), put(2)],
    ]),
    scenario(
      "one whose time may be up does not keep room from the other",
      [[put(2, 0, done, 1)], [put(3)], [get(), get()]],
      { maxsize: 1, filled: [[1]] },
    ),
    scenario("who gives up hands on what it was called for", [[waitAndLeave], [get()], [put(1)]], {
      left: leaves(0),
    }),
    scenario("an event loop waits", [[getAsync(false)], [getAsync(false)], [put(1), put(2)]], {
      left: leaves(0),
    }),
    scenario("a thread blocks for what its event loop waits for", [[getBoth], [put(1), put(2)]], {
      left: leaves(0),
    }),
    scenario("at the end, a shutdown tells those who wait for items", [
      [getUntilEnd],
      [getUntilEnd],
      [close(false)],
    ]),
    scenario(
      "at the end, a shutdown leaves what is there to those who take it",
      [[get()], [get()], [close(false)]],
      {
        filled: [[1], [2]],
        left: leaves(0),
      },
    ),
    scenario(
      "at the end, an item that comes right before a shutdown is taken",
      [[get()], [put(1), close(false)]],
      {
        left: leaves(0),
      },
    ),
    scenario(
      "at the end, a shutdown tells those who wait for room",
      [[put(2, 0, shutDown)], [put(3, 0, shutDown)], [close(false)]],
      { maxsize: 1, filled: [[1]], left: leaves(1) },
    ),
    scenario("at the end, nothing comes in after a shutdown", [[putUnlessShut(1)], [close(false)]]),
    scenario(
      "at the end, an item put in at the same time as a shutdown is there when that is over, or never",
      [[putOrNot(1)], [closeAndCount]],
    ),
    scenario(
      "at the end, an item taken at the same time as an immediate shutdown is gone when that is over, or never",
      [[getOrNot], [closeAtOnceAndCount]],
      { filled: [[1]] },
    ),
    scenario(
      "at the end, nothing is taken after an immediate shutdown",
      [[getUnlessShut], [getUnlessShut], [close(true)]],
      {
        filled: [[1]],
        left: leaves(0),
      },
    ),
    scenario("at the end, who joins goes on when all is done", [[join], [getAndFinish], [getAndFinish]], {
      filled: [[1], [2]],
      left: leaves(0),
    }),
    scenario("at the end, who joins goes on when the rest was dropped", [[join], [close(true)]], {
      filled: [[1], [2]],
      left: leaves(0),
    }),
    scenario("who puts dies at any step, and the others go on", [[put(1, 1)], [put(2, 1)], [get()]], {
      victim: 0,
      maxsize: 1,
    }),
    scenario("who takes dies at any step, and the others go on", [[get()], [get()], [put(1), put(2)]], {
      victim: 0,
    }),
    scenario("who takes dies at any step, and who waits for room goes on", [[get()], [get()], [put(3)]], {
      victim: 0,
      maxsize: 2,
      filled: [[1], [2]],
    }),
    scenario("who waits for room dies at any step", [[put(3)], [put(4)], [getOrNot, getOrNot]], {
      victim: 0,
      maxsize: 2,
      filled: [[1], [2]],
    }),
    scenario("who shuts down dies at any step", [[close(true)], [getUntilEnd]], { victim: 0, filled: [[1]] }),
  ];
}
