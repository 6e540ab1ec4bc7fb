import assert from "node:assert/strict";
import type { Action, Actor, Scenario } from "./explorer.js";
import type { Algorithms } from "./modules.js";

export interface NamedScenario extends Scenario {
  readonly claim: string;
}

/** All that is explored: two to four threads each, and what they do. */
export function scenariosOf(sync: Algorithms): NamedScenario[] {
  const { block, Watch, granted, grantedAbandoned, broken, actor } = sync;
  const never = Number.POSITIVE_INFINITY;
  const queueWords = (nodes: number): number => sync.wordsFor(nodes);
  const visible = new Set<number>([sync.guardWord, sync.stateWord, sync.roomWord, sync.crowdedWord]);
  /** Of a memory with a queue that begins at 0. */
  const isPrivate = (size: number) => (index: number) => {
    const at = index % size;
    if (visible.has(at)) return false;
    return at < sync.nodesStart || (at - sync.nodesStart) % sync.nodeWords !== sync.statusAt;
  };
  /** What lies about in the log, and in nodes that nobody has, is never looked at. */
  const normalise = (size: number) => (words: Int32Array) => {
    for (let start = 0; start < words.length; start += size) {
      words[start + sync.contendedWord] = 0;
      if (words[start + sync.loggedWord] === 0) words.fill(0, start + sync.logStart, start + sync.nodesStart);
      for (let node = start + sync.nodesStart; node < start + size; node += sync.nodeWords) {
        if (words[node + sync.statusAt] !== sync.free) continue;
        const serial = words[node + sync.serialAt]!;
        words.fill(0, node, node + sync.nodeWords);
        words[node + sync.serialAt] = serial;
      }
    }
  };
  /** Rule 1: only who is in the section; of the test's own memories, who has the lock. */
  const mayTouch = (size: number) => (words: Int32Array, index: number, id: number) => {
    const start = index - (index % size);
    const ownsGuard = (words[start + sync.guardWord]! & sync.idBits) === id;
    return ownsGuard || (start >= 2 * size && (words[sync.stateWord]! & sync.idBits) === id);
  };
  const allVisible = (): boolean => false;
  const pause = (a: Actor): void => void a.choose(1);

  const enter = (a: Actor, outcome: number): void => {
    a.mark(outcome === grantedAbandoned ? "entersAbandoned" : "enters");
    pause(a);
    a.mark("exits");
  };

  type Turn = ReturnType<InstanceType<Algorithms["LockQueue"]>["turn"]>;
  /** Blocks for a turn, and tells when it is in the queue. */
  const blockWatched = (a: Actor, turn: Turn, timeout = never): number => {
    a.mark("arrives");
    let told = false;
    const look = turn.look.bind(turn);
    turn.look = () => {
      const outcome = look();
      // one that may leave does so before it can tell
      if (outcome === 0 && turn.node !== 0 && timeout === never && !told) {
        told = true;
        a.mark("waits");
      }
      return outcome;
    };
    return block(turn, timeout);
  };
  /** Waits for a turn in the event loop; may give up. */
  const awaitWatched = (a: Actor, turn: Turn, mayGiveUp = false): number => {
    let outcome = 0;
    const watch = new Watch(turn, (now) => {
      outcome = now;
    });
    a.lookAroundBy(() => watch.lookAround());
    a.mark("arrives");
    watch.look();
    if (outcome === 0 && turn.node !== 0 && !mayGiveUp) a.mark("waits");
    while (outcome === 0) {
      if (mayGiveUp && a.choose(2) === 1) {
        outcome = watch.giveUp();
        if (outcome === 0) return 0;
        break;
      }
      a.nextEvent();
    }
    return outcome;
  };

  // locks
  const lockOf = (a: Actor) => new sync.LockQueue(a.memories[0]!, a.environment);
  const lockWith =
    (acquire: (a: Actor, queue: ReturnType<typeof lockOf>) => number): Action =>
    (a) => {
      const queue = lockOf(a);
      const outcome = acquire(a, queue);
      if (outcome === 0) return;
      enter(a, outcome);
      assert.ok(queue.release(queue.me), "the holder could not release the lock");
    };
  const fast = (a: Actor, queue: ReturnType<typeof lockOf>): boolean => {
    a.mark("arrives");
    return queue.takeFree();
  };
  const lock = lockWith((a, queue) => (fast(a, queue) ? granted : blockWatched(a, queue.turn(true))));
  const lockSlow = lockWith((a, queue) => blockWatched(a, queue.turn(true)));
  const lockTimed = lockWith((a, queue) => (fast(a, queue) ? granted : blockWatched(a, queue.turn(true), 1)));
  const lockAsync = lockWith((a, queue) => awaitWatched(a, queue.turn(false)));
  const lockAsyncOrNot = lockWith((a, queue) => awaitWatched(a, queue.turn(false), true));
  const tryLock = lockWith((a, queue) => {
    a.mark("arrives");
    return queue.takeFree() ? granted : queue.take(queue.turn(true));
  });
  /** Rule 8: the thread blocks for a lock that its own event loop waits for already. */
  const lockBoth: Action = (a) => {
    const queue = lockOf(a);
    const came = { outcome: 0 };
    const turn = queue.turn(false);
    const watch = new Watch(turn, (now) => {
      came.outcome = now;
    });
    a.lookAroundBy(() => watch.lookAround());
    watch.look();
    if (came.outcome === 0) {
      const outcome = block(queue.turn(true), never);
      enter(a, outcome);
      assert.ok(queue.release(queue.me));
    }
    while (came.outcome === 0) a.nextEvent();
    enter(a, came.outcome);
    assert.ok(queue.release(queue.me));
  };
  /** It does not want any more what its event loop may have been granted. */
  const lockAsyncGivenBack: Action = (a) => {
    const queue = lockOf(a);
    let outcome = 0;
    const watch = new Watch(queue.turn(false), (now) => {
      outcome = now;
    });
    watch.look();
    outcome ||= watch.giveUp();
    if (outcome !== 0) queue.giveBack(outcome);
  };
  /** It was granted the lock, and has not looked yet. */
  const granteeOfFirstNode: Action = (a) => {
    const queue = lockOf(a);
    const turn = queue.turn(true);
    turn.node = sync.nodesStart;
    enter(a, turn.look());
    assert.ok(queue.release(queue.me));
  };
  const clean = (memories: readonly Int32Array[], died: boolean): void => {
    const words = memories[0]!;
    // nobody has come after the death who could have noticed
    if (died) return;
    assert.equal(words[sync.guardWord], 0, "somebody is still inside the section");
    assert.equal(words[sync.loggedWord], 0, "changes were committed and not applied");
    assert.equal(words[sync.headWord], 0, "somebody is still queued");
    assert.equal(words[sync.waitingWord], 0, "somebody still counts as waiting");
    for (let node = sync.nodesStart; node < words.length; node += sync.nodeWords)
      assert.equal(words[node + sync.statusAt], sync.free, "a node is still in use");
  };
  const free = (memories: readonly Int32Array[], died: boolean): void => {
    clean(memories, died);
    if (!died) assert.equal(memories[0]![sync.stateWord], 0, "the lock is still taken");
  };
  const locks = (
    claim: string,
    nodes: number,
    threads: Action[][],
    more: Partial<Scenario> = {},
  ): NamedScenario => ({
    claim: `lock: ${claim}`,
    memories: [queueWords(nodes)],
    threads,
    capacity: 1,
    isPrivate: isPrivate(queueWords(nodes)),
    normalise: normalise(queueWords(nodes)),
    mayTouch: mayTouch(queueWords(nodes)),
    atEnd: free,
    ...more,
  });

  // semaphores
  const permitsOf = (a: Actor) => new sync.PermitQueue(a.memories[0]!, a.environment);
  const permit =
    (amount = 1, timeout = never): Action =>
    (a) => {
      const queue = permitsOf(a);
      a.mark("arrives");
      const outcome = queue.takeFree(amount) ? granted : blockWatched(a, queue.turn(true, amount), timeout);
      if (outcome === 0) return;
      enter(a, outcome);
      assert.ok(queue.release(amount));
    };
  const give: Action = (a) => {
    assert.ok(permitsOf(a).release(1));
  };
  const use: Action = (a) => {
    const queue = permitsOf(a);
    if (!queue.takeFree(1)) assert.notEqual(block(queue.turn(true), never), 0);
  };
  const permits = (
    claim: string,
    count: number,
    threads: Action[][],
    more: Partial<Scenario> = {},
  ): NamedScenario => ({
    claim: `semaphore: ${claim}`,
    memories: [queueWords(3)],
    prepare: ([words]) => {
      words![sync.stateWord] = count;
    },
    threads,
    capacity: count,
    // who was granted a permit first need not be awake first
    fair: count <= 1,
    isPrivate: isPrivate(queueWords(3)),
    normalise: normalise(queueWords(3)),
    mayTouch: mayTouch(queueWords(3)),
    atEnd: (memories, died) => {
      clean(memories, died);
      if (!died) assert.equal(memories[0]![sync.stateWord], count);
    },
    ...more,
  });

  // shares
  const all = sync.ReadWriteQueue.all;
  const share =
    (amount: number, timeout = never, async = false): Action =>
    (a) => {
      const queue = new sync.ReadWriteQueue(a.memories[0]!, a.environment);
      const turn = queue.turn(!async, amount);
      const outcome = async ? awaitWatched(a, turn, true) : blockWatched(a, turn, timeout);
      if (outcome === 0) return;
      // a writer counts as many as there may be readers
      const weight = amount === all ? 2 : 1;
      for (let i = 0; i < weight; i++)
        a.mark(i === 0 && outcome === grantedAbandoned ? "entersAbandoned" : "enters");
      pause(a);
      a.mark("exits");
      assert.ok(queue.release(turn.node, turn.serial), "the holder could not release it");
    };
  /** Has a share until another thread has had one. */
  const shareUntilTold: Action = (a) => {
    const queue = new sync.ReadWriteQueue(a.memories[0]!, a.environment);
    const turn = queue.turn(true, 1);
    assert.notEqual(block(turn, never), 0);
    block(new sync.EventWord(a.memories[1]!, a.environment).waiting(), never);
    assert.ok(queue.release(turn.node, turn.serial));
  };
  const shareAndTell: Action = (a) => {
    const queue = new sync.ReadWriteQueue(a.memories[0]!, a.environment);
    const turn = queue.turn(true, 1);
    assert.notEqual(block(turn, never), 0);
    new sync.EventWord(a.memories[1]!, a.environment).set();
    assert.ok(queue.release(turn.node, turn.serial));
  };
  const shares = (claim: string, threads: Action[][], more: Partial<Scenario> = {}): NamedScenario => ({
    claim: `read-write lock: ${claim}`,
    memories: [queueWords(3)],
    prepare: ([words]) => {
      words![sync.firstOwnWord] = all;
    },
    threads,
    capacity: 2,
    isPrivate: isPrivate(queueWords(3)),
    normalise: normalise(queueWords(3)),
    mayTouch: mayTouch(queueWords(3)),
    atEnd: (memories, died) => {
      clean(memories, died);
      if (!died) assert.equal(memories[0]![sync.firstOwnWord], all);
    },
    ...more,
  });

  // conditions: memory 0 is the lock, memory 1 the condition, memory 2 what it is about
  const noticesOf = (a: Actor) => new sync.NoticeQueue(a.memories[1]!, a.environment);
  const acquire = (a: Actor): ReturnType<typeof lockOf> => {
    const queue = lockOf(a);
    if (!queue.takeFree()) assert.notEqual(block(queue.turn(true), never), 0);
    return queue;
  };
  /** Waits for an item and takes it. */
  const consume =
    (timeout = never): Action =>
    (a) => {
      const queue = acquire(a);
      const { atomics } = a.environment;
      while (atomics.peek(a.memories[2]!, 0) === 0) {
        const notices = noticesOf(a);
        const turn = notices.turn(true);
        turn.look();
        assert.notEqual(turn.node, 0);
        queue.release(queue.me);
        const told = block(turn, timeout);
        assert.notEqual(block(queue.turn(true), never), 0);
        if (told === 0) {
          assert.ok(queue.release(queue.me));
          return;
        }
      }
      atomics.poke(a.memories[2]!, 0, atomics.peek(a.memories[2]!, 0) - 1);
      assert.ok(queue.release(queue.me));
    };
  const produce =
    (items: number, notify: number): Action =>
    (a) => {
      const queue = acquire(a);
      const { atomics } = a.environment;
      atomics.poke(a.memories[2]!, 0, atomics.peek(a.memories[2]!, 0) + items);
      noticesOf(a).notify(notify);
      assert.ok(queue.release(queue.me));
    };
  const conditions = (claim: string, threads: Action[][], more: Partial<Scenario> = {}): NamedScenario => ({
    claim: `condition: ${claim}`,
    memories: [queueWords(3), queueWords(3), queueWords(3)],
    threads,
    capacity: 1,
    isPrivate: isPrivate(queueWords(3)),
    normalise: normalise(queueWords(3)),
    mayTouch: mayTouch(queueWords(3)),
    atEnd: free,
    ...more,
  });

  // events and latches
  const waitEvent =
    (timeout = never): Action =>
    (a) => {
      const event = new sync.EventWord(a.memories[0]!, a.environment);
      block(event.waiting(), timeout);
    };
  const setEvent: Action = (a) => new sync.EventWord(a.memories[0]!, a.environment).set();
  const clearEvent: Action = (a) => new sync.EventWord(a.memories[0]!, a.environment).clear();
  /** Tells, when it has begun to wait for the first event, by the second. */
  const waitEventAndTell: Action = (a) => {
    const waiting = new sync.EventWord(a.memories[0]!, a.environment).waiting();
    assert.equal(waiting.look(), 0);
    new sync.EventWord(a.memories[1]!, a.environment).set();
    block(waiting, never);
  };
  const whenTold: Action = (a) => {
    block(new sync.EventWord(a.memories[1]!, a.environment).waiting(), never);
  };
  const waitEventAsync: Action = (a) => {
    const came = { outcome: 0 };
    const waiting = new sync.EventWord(a.memories[0]!, a.environment).waiting();
    const watch = new Watch(waiting, (now) => {
      came.outcome = now;
    });
    a.lookAroundBy(() => watch.lookAround());
    watch.look();
    while (came.outcome === 0) a.nextEvent();
  };
  const count: Action = (a) => {
    assert.notEqual(new sync.LatchWord(a.memories[0]!, a.environment).countDown(1), -1);
  };
  const waitLatch: Action = (a) => {
    block(new sync.LatchWord(a.memories[0]!, a.environment).waiting(), never);
  };
  const words = (claim: string, threads: Action[][], more: Partial<Scenario> = {}): NamedScenario => ({
    claim,
    memories: [1],
    threads,
    capacity: 1,
    isPrivate: allVisible,
    mayTouch: () => false,
    ...more,
  });

  // barriers: memory 1 counts who has come, and the runs of the action, in each round
  const meet =
    (parties: number, kind: number, round: number, timeout = never, well = true): Action =>
    (a) => {
      const barrier = new sync.BarrierQueue(a.memories[0]!, a.environment, parties);
      const { atomics } = a.environment;
      const [, seen] = a.memories;
      atomics.add(seen!, 3 * round, 1);
      const turn = barrier.turn(true, kind);
      let outcome = block(turn, timeout);
      if (outcome === actor) {
        assert.equal(atomics.add(seen!, 3 * round + 1, 1), 0, "the action ran twice");
        outcome = barrier.acted(turn, well);
      }
      if (outcome === broken) return;
      assert.equal(outcome, granted);
      assert.ok(atomics.load(seen!, 3 * round) >= parties, "passed before all had come");
      if (kind === sync.acts) assert.equal(atomics.load(seen!, 3 * round + 1), 1, "passed before the action");
      assert.equal(
        atomics.or(seen!, 3 * round + 2, 1 << turn.note) & (1 << turn.note),
        0,
        "the same place twice",
      );
      assert.ok(turn.note < parties);
    };
  const abort =
    (parties: number): Action =>
    (a) =>
      new sync.BarrierQueue(a.memories[0]!, a.environment, parties).abort();
  const reset =
    (parties: number): Action =>
    (a) =>
      new sync.BarrierQueue(a.memories[0]!, a.environment, parties).reset();
  const barriers = (claim: string, threads: Action[][], more: Partial<Scenario> = {}): NamedScenario => ({
    claim: `barrier: ${claim}`,
    memories: [queueWords(4), queueWords(4)],
    threads,
    capacity: 1,
    // counters are the test's, and looked at where that changes nothing
    isPrivate: (index) => index >= queueWords(4) || isPrivate(queueWords(4))(index),
    normalise: normalise(queueWords(4)),
    mayTouch: mayTouch(queueWords(4)),
    atEnd: clean,
    ...more,
  });
  const { passes, acts } = sync;

  return [
    locks("two threads, two times each", 2, [
      [lock, lock],
      [lock, lock],
    ]),
    locks("three threads", 2, [[lock], [lock], [lock]]),
    locks("one without the short cut", 2, [[lock], [lockSlow], [lock]]),
    locks("more threads than the queue has room for", 1, [[lock], [lock], [lock], [lock]], { fair: false }),
    locks("three threads, and room for one", 1, [[lock], [lock], [lock]], { fair: false }),
    locks("room for one, which is just being left", 1, [[granteeOfFirstNode], [lock]], {
      prepare: ([words]) => {
        words![sync.stateWord] = 1;
        words![sync.nodesStart + sync.statusAt] = granted;
        words![sync.nodesStart + sync.ownerAt] = 1;
      },
    }),
    locks("one whose time may be up", 2, [[lock], [lockTimed], [lock]]),
    locks("no room, and times that may be up", 1, [[lock], [lockTimed], [lockTimed]], { fair: false }),
    locks("one in an event loop", 2, [[lock], [lockAsync], [lock]]),
    locks("two in event loops, that may give up", 2, [[lock], [lockAsyncOrNot], [lockAsyncOrNot]]),
    locks("one that never waits", 2, [[lock], [tryLock, tryLock], [lock]]),
    // the thread's own order is not that of its event loop, which can't go on
    locks("a thread that blocks for what its event loop waits for", 3, [[lock], [lockBoth], [lock]], {
      fair: false,
    }),
    locks("the holder dies at any step", 2, [[lock], [lock]], { victim: 0 }),
    locks("one of three dies at any step", 2, [[lock], [lock], [lock]], { victim: 1 }),
    locks("one in an event loop dies", 2, [[lock], [lockAsync], [lock]], { victim: 1 }),
    locks("one dies, and the others are in event loops", 2, [[lock], [lockAsync], [lockAsync]], {
      victim: 0,
    }),
    locks("one whose time may be up dies", 1, [[lock], [lockTimed], [lock]], { victim: 1, fair: false }),
    locks("a thread dies that blocks for what its event loop waits for", 3, [[lock], [lockBoth], [lock]], {
      fair: false,
      victim: 1,
    }),
    locks("one dies, and a thread blocks for what its event loop waits for", 3, [[lock], [lockBoth]], {
      fair: false,
      victim: 0,
    }),
    locks(
      "one dies, and what an event loop was granted it gives back",
      3,
      [[lock], [lockAsyncGivenBack], [lock]],
      {
        victim: 0,
      },
    ),
    permits("two permits, three threads", 2, [[permit()], [permit()], [permit()]]),
    permits("one permit, a time may be up", 1, [[permit()], [permit(1, 1)], [permit()]]),
    permits("one that wants two", 2, [[permit()], [permit(2)], [permit()]]),
    permits("given by others than who takes", 0, [[give, give], [use], [use]], {}),
    permits("one that waits dies", 0, [[give, give], [use], [use]], { victim: 2, atEnd: () => {} }),
    shares("a writer and two readers", [[share(1)], [share(all)], [share(1)]]),
    shares("two writers and a reader", [[share(all)], [share(all)], [share(1)]]),
    shares("a writer whose time may be up lets readers pass", [[share(1)], [share(all, 1)], [share(1)]]),
    shares(
      "a writer that leaves lets a reader in while another reads",
      [[shareUntilTold], [share(all, 1)], [shareAndTell]],
      {
        memories: [queueWords(3), 1],
        isPrivate: (index) => index < queueWords(3) && isPrivate(queueWords(3))(index),
        normalise: (each) => normalise(queueWords(3))(each.subarray(0, queueWords(3))),
      },
    ),
    shares("a writer in an event loop that may give up", [[share(1)], [share(all, never, true)], [share(1)]]),
    shares("a writer dies", [[share(1)], [share(all)], [share(1)]], { victim: 1 }),
    shares("a reader dies", [[share(1)], [share(all)]], { victim: 0, atEnd: () => {}, tellsDeath: false }),
    conditions("one item", [[consume()], [produce(1, 1)]]),
    conditions("two items, told one by one", [[consume()], [consume()], [produce(1, 1), produce(1, 1)]]),
    conditions("two items, told to all", [[consume()], [consume()], [produce(2, never)]]),
    conditions("one whose time may be up loses no notice of the other", [
      [consume(1)],
      [consume()],
      [produce(1, 1), produce(1, 1)],
    ]),
    conditions(
      "a waiter dies, and the notice reaches the other",
      [[consume()], [consume()], [produce(2, 2)]],
      {
        victim: 0,
        tellsDeath: false,
      },
    ),
    words("event: two wait", [[waitEvent()], [waitEvent()], [setEvent]]),
    words("event: set and cleared at once", [
      [waitEventAsync],
      [waitEvent()],
      [setEvent, clearEvent, setEvent],
    ]),
    words(
      "event: who waits sees that it was set, however short",
      [[waitEventAndTell], [whenTold, setEvent, clearEvent]],
      {
        memories: [1, 1],
      },
    ),
    words("event: a time may be up", [[waitEvent(1)], [waitEvent()], [setEvent], [setEvent]]),
    words("event: who sets it dies", [[waitEvent()], [setEvent], [setEvent]], { victim: 1 }),
    words("latch: two count, two wait", [[waitLatch], [waitLatch], [count], [count]], {
      prepare: ([memory]) => {
        memory![0] = 2;
      },
    }),
    barriers("two, twice", [
      [meet(2, passes, 0), meet(2, passes, 1)],
      [meet(2, passes, 0), meet(2, passes, 1)],
    ]),
    barriers("three", [[meet(3, passes, 0)], [meet(3, passes, 0)], [meet(3, passes, 0)]]),
    barriers("two, with an action", [
      [meet(2, acts, 0), meet(2, acts, 1)],
      [meet(2, acts, 0), meet(2, acts, 1)],
    ]),
    barriers("an action that fails", [[meet(2, acts, 0, never, false)], [meet(2, acts, 0, never, false)]]),
    barriers("a time may be up for all", [
      [meet(3, passes, 0, 1)],
      [meet(3, passes, 0)],
      [meet(3, passes, 0)],
    ]),
    barriers("somebody aborts it", [[meet(2, acts, 0)], [meet(2, acts, 0)], [abort(2)]]),
    barriers("somebody resets it", [[meet(2, acts, 0, 1)], [meet(2, acts, 0, 1)], [reset(2)]], {}),
    barriers("one dies", [[meet(2, acts, 0, 1)], [meet(2, acts, 0)]], { victim: 1 }),
  ];
}
