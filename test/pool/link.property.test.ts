import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import * as fc from "fast-check";
import {
  BuiltLink,
  createLinkMemory,
  type Link,
  type LinkSide,
  type Numbered,
  numberedFrame,
  readNumberedFrame,
  threadPort,
} from "./support/link.js";

const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("frame" as const), words: size(80), bytes: size(300) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("message" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("uncloneable" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("ring" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("drain" as const), limit: fc.option(fc.nat(6)) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("event" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("sleep" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("relieve" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("takeAhead" as const), unwanted: fc.nat(5) }),
  },
  /** The receiver throws for the next thing that arrives. */
  { weight: 1, arbitrary: fc.record({ do: fc.constant("throw" as const) }) },
);

type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

const scenario = fc.record({
  ringBytes: fc.constantFrom(undefined, 256, 512, 4096),
  actions: fc.array(fc.tuple(fc.constantFrom<LinkSide>("scheduler", "worker"), action), {
    minLength: 10,
    maxLength: 200,
  }),
});

/** Mostly small. */
function size(most: number): fc.Arbitrary<number> {
  return fc.oneof({ weight: 3, arbitrary: fc.nat(8) }, { weight: 1, arbitrary: fc.nat(most) });
}

class Thrown extends Error {}

/** One side, and what it has seen. */
class Side {
  readonly link: Link<unknown, Numbered>;
  readonly port;
  sent: string[] = [];
  arrived: string[] = [];
  sleeps = true;
  throwsNext = false;

  constructor(
    side: LinkSide,
    memory: ReturnType<typeof createLinkMemory> | undefined,
    port: MessageChannel["port1"],
  ) {
    this.port = threadPort(port);
    this.link = new BuiltLink(side, memory, this.port, {
      message: ({ n }) => this.#arrive(`m${n}`),
      frame: (memory, word, wordCount, byte, byteCount) =>
        this.#arrive(
          `f${readNumberedFrame(memory, word, wordCount, byte, byteCount)},${wordCount},${byteCount}`,
        ),
    });
  }

  act(given: Action): void {
    const n = this.sent.length;
    switch (given.do) {
      case "frame": {
        const words = given.words + 1;
        this.link.send(numberedFrame(n, words, given.bytes));
        this.sent.push(`f${n},${words},${given.bytes}`);
        break;
      }
      case "message":
        this.link.post({ n });
        this.sent.push(`m${n}`);
        break;
      case "uncloneable":
        assert.throws(() => this.link.post(() => n), { name: "DataCloneError" });
        break;
      case "ring":
        this.link.ring();
        break;
      case "drain":
        this.#wake();
        this.#catching(() => this.link.drain(given.limit ?? undefined));
        break;
      case "event":
        this.event();
        break;
      case "sleep":
        this.sleeps = this.link.sleep();
        break;
      case "relieve":
        this.link.relieve();
        break;
      case "takeAhead": {
        const before = this.arrived.length;
        // some frames are not wanted; the number is a frame's first word
        const wants = (words: Int32Array, word: number): boolean => words[word]! % 6 !== given.unwanted;
        this.#catching(() => this.link.takeAhead(wants));
        assert.ok(this.arrived.slice(before).every((what) => what.startsWith("f")));
        break;
      }
      case "throw":
        this.throwsNext = true;
    }
  }

  event(): boolean {
    const received = this.port.receive();
    if (received === undefined) return false;
    this.sleeps = false;
    this.#catching(() => this.link.received(received.message));
    return true;
  }

  /** Until this side may sleep. */
  settle(): void {
    for (let round = 0; !this.sleeps; round++) {
      assert.ok(round < 1000, "it can't go to sleep");
      this.sleeps = this.link.sleep();
      if (!this.sleeps) this.#catching(() => this.link.drain());
    }
  }

  #wake(): void {
    if (this.sleeps) this.link.wake();
    this.sleeps = false;
  }

  #catching(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
    }
  }

  #arrive(what: string): void {
    this.arrived.push(what);
    if (!this.throwsNext) return;
    this.throwsNext = false;
    throw new Thrown();
  }
}

test("whatever is sent, drained and slept, all that was sent has arrived in order once both sides sleep", () => {
  fc.assert(
    fc.property(scenario, ({ ringBytes, actions }) => {
      const { port1, port2 } = new MessageChannel();
      try {
        const memory = ringBytes === undefined ? undefined : createLinkMemory(ringBytes);
        const sides = {
          scheduler: new Side("scheduler", memory, port1),
          worker: new Side("worker", memory, port2),
        };
        const { scheduler, worker } = sides;
        for (const [side, given] of actions) {
          sides[side].act(given);
          for (const [from, to] of [
            [scheduler, worker],
            [worker, scheduler],
          ] as const) {
            assert.deepEqual(to.arrived, from.sent.slice(0, to.arrived.length));
          }
        }
        // whoever has sent rings, then both live on by events alone
        scheduler.link.ring();
        worker.link.ring();
        do {
          scheduler.settle();
          worker.settle();
        } while (scheduler.event() || worker.event());
        assert.deepEqual(worker.arrived, scheduler.sent);
        assert.deepEqual(scheduler.arrived, worker.sent);
      } finally {
        port1.close();
      }
    }),
    { numRuns: 1000 },
  );
});
