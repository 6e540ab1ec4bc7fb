import assert from "node:assert/strict";
import { test } from "node:test";
import { type Actor, explore, type Program, Violation } from "./support/explore-link.js";

/** Sleeps, and takes in what has arrived, for ever. */
function eventLoop({ link, sleep, atTop, nextEvent }: Actor, limit?: number): never {
  for (;;) {
    atTop();
    while (!sleep()) {
      link.drain(limit);
      atTop();
    }
    link.received(nextEvent());
  }
}

const listens: Program = { run: eventLoop };

/** Awake from the start: it drains before it sleeps. */
const looksFirst: Program = {
  run: (actor) => {
    actor.link.wake();
    actor.link.drain();
    eventLoop(actor);
  },
};

function sends(...actions: ((actor: Actor) => void)[]): Program {
  return {
    run: (actor) => {
      for (const act of actions) act(actor);
      eventLoop(actor);
    },
  };
}

const frame = ({ sendFrame }: Actor): void => sendFrame(2, 3);
/** Two of them fill the ring. */
const large = ({ sendFrame }: Actor): void => sendFrame(20);
const message = ({ postMessage }: Actor): void => postMessage();
const uncloneable = ({ postUncloneable }: Actor): void => assert.ok(postUncloneable());
const ring = ({ link }: Actor): void => void link.ring();

/** Answers the first things that arrive. */
function answers(count: number, answer: (actor: Actor) => void): Program {
  return {
    run: (actor) => eventLoop(actor),
    receive: (actor, n) => {
      if (n >= count) return;
      answer(actor);
      actor.link.ring();
    },
  };
}

const scenarios: readonly [claim: string, scheduler: Program, worker: Program, least?: "frame messages"][] = [
  ["frames with one bell reach a worker that goes to sleep", sends(frame, frame, ring), listens],
  ["a bell after each frame", sends(frame, ring, frame, ring, frame, ring), listens],
  ["a bell after each frame, to one that looks first", sends(frame, ring, frame, ring), looksFirst],
  ["the other direction", listens, sends(frame, ring, frame, ring)],
  ["a message behind frames needs no bell", sends(frame, message, message), listens],
  ["frames and messages in turns", sends(frame, message, frame, ring, message, frame, ring), listens],
  ["messages first, to one that looks first", sends(message, frame, message, frame, ring), looksFirst],
  ["an uncloneable message before the frames", sends(uncloneable, frame, ring), listens],
  ["an uncloneable message behind the frames", sends(frame, uncloneable, ring), listens],
  ["an uncloneable message between frames", sends(frame, uncloneable, frame, message, ring), listens],
  ["an uncloneable message, to one that looks first", sends(uncloneable, message, frame, ring), looksFirst],
  [
    "a ring that is full, and wraps around",
    sends(large, large, large, ring, large, ring),
    listens,
    "frame messages",
  ],
  [
    "a ring that is full, with messages",
    sends(large, message, large, frame, ring, large, frame, ring),
    listens,
    "frame messages",
  ],
  [
    "a ring that is full, to one that makes room before it looks",
    sends(large, large, ring, large, large, ring),
    {
      run: (actor) => {
        actor.link.wake();
        actor.link.relieve();
        actor.link.relieve();
        actor.link.drain();
        // the explorer starts anew at the top of a loop, and knows nothing of what was taken out before
        eventLoop(actor);
      },
    },
  ],
  [
    "to one that takes frames ahead before it looks",
    sends(frame, frame, ring, message, frame, ring),
    {
      run: (actor) => {
        actor.link.takeAhead(() => true);
        // as above; it sleeps meanwhile, so that the bell comes
        eventLoop(actor);
      },
    },
  ],
  ["both send at once", sends(frame, ring, message), sends(frame, message, frame, ring)],
  ["each frame is answered by a frame", sends(frame, ring, frame, ring), answers(2, frame)],
  ["each thing is answered by a message", sends(frame, message, frame, ring), answers(2, message)],
  [
    "answers that are answered",
    {
      ...sends(frame, ring),
      receive: (actor, n) => {
        if (n === 0) frame(actor);
        actor.link.ring();
      },
    },
    answers(2, frame),
  ],
  [
    "drained one at a time",
    sends(frame, message, frame, frame, ring),
    {
      run: (actor) => eventLoop(actor, 1),
    },
  ],
];

for (const [claim, scheduler, worker, least] of scenarios) {
  test(`no order of steps loses, repeats or swaps anything, or a wake-up: ${claim}`, (t) => {
    const { schedules, states, ends, bells, mostFrameMessages } = explore({ scheduler, worker });
    t.diagnostic(`${schedules} schedules, ${states} states, ${ends} ends, ${bells} states with a bell`);
    assert.ok(schedules > 100n, `only ${schedules} schedules`);
    if (least === "frame messages") assert.ok(mostFrameMessages > 0, "no frame went by message");
  });
}

test("a side that goes to sleep though something has arrived is found out", () => {
  const sleepy: Program = {
    run: ({ link, nextEvent }) => {
      for (;;) {
        link.wake();
        link.sleep();
        link.received(nextEvent());
      }
    },
  };
  assert.throws(() => explore({ scheduler: sends(frame, ring), worker: sleepy }), Violation);
});

test("frames without a bell are found out", () => {
  assert.throws(() => explore({ scheduler: sends(frame, ring, frame), worker: listens }), Violation);
});
