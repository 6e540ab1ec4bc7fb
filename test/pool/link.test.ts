import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { InvalidArgumentError, InvalidStateError } from "ungil";
import {
  BuiltLink,
  createLinkMemory,
  type Link,
  type LinkMemory,
  type LinkPort,
  type LinkSide,
  type Numbered,
  numberedFrame,
  readNumberedFrame,
  threadPort,
} from "./support/link.js";

interface End {
  readonly link: Link<unknown, Numbered>;
  readonly port: LinkPort;
  /** What has arrived, in order: "f1" for frame 1, "m2" for message 2. */
  readonly arrived: string[];
  /** Called when something arrives. */
  onArrival: ((what: string) => void) | undefined;
  frame(n: number, words?: number, bytes?: number): void;
  message(n: number): void;
  /** What the event loop would do: hands over the next message, if there is one. */
  event(): boolean;
}

const channels: MessageChannel[] = [];
afterEach(() => {
  for (const { port1 } of channels.splice(0)) port1.close();
});

/** Both ends in this thread; their ports are read by hand. */
function pair(memory: LinkMemory | undefined): Record<LinkSide, End> {
  const channel = new MessageChannel();
  channels.push(channel);
  const end = (side: LinkSide, port: LinkPort): End => {
    const arrive = (what: string): void => {
      self.arrived.push(what);
      self.onArrival?.(what);
    };
    const self: End = {
      arrived: [],
      onArrival: undefined,
      port,
      link: new BuiltLink<unknown, Numbered>(side, memory, port, {
        message: ({ n }) => arrive(`m${n}`),
        frame: (...frame) => arrive(`f${readNumberedFrame(...frame)}`),
      }),
      frame: (n, words = 4, bytes = 3) => self.link.send(numberedFrame(n, words, bytes)),
      message: (n) => self.link.post({ n }),
      event: () => {
        const received = port.receive();
        if (received) self.link.received(received.message);
        return received !== undefined;
      },
    };
    return self;
  };
  return {
    scheduler: end("scheduler", threadPort(channel.port1)),
    worker: end("worker", threadPort(channel.port2)),
  };
}

const notCloneable = { text: () => "" };

test("memory of a size that is no power of two, too small or too large is refused, with argument and remedy", () => {
  for (const size of [0, 128, 255, 300, 4096.5, Number.NaN, -256, 2 ** 29, 2 ** 32, "256" as never]) {
    assert.throws(
      () => createLinkMemory(size),
      (error) => {
        assert.ok(error instanceof InvalidArgumentError);
        assert.match(error.message, /ringBytes.*a power of two from 256 to 268435456/s);
        return true;
      },
    );
  }
  assert.equal(createLinkMemory().ringBytes, 512 * 1024);
  assert.equal(createLinkMemory(256).ringBytes, 256);
});

test("frames and messages arrive in the order in which they were sent", () => {
  const { scheduler, worker } = pair(createLinkMemory(4096));
  scheduler.frame(0);
  scheduler.message(1);
  scheduler.message(2);
  scheduler.frame(3);
  scheduler.frame(4);
  scheduler.message(5);
  // those before frame 4 are taken by hand; the one behind it comes by its event
  assert.equal(worker.link.drain(), 5);
  assert.deepEqual(worker.arrived, ["f0", "m1", "m2", "f3", "f4"]);
  assert.ok(worker.event());
  assert.deepEqual(worker.arrived, ["f0", "m1", "m2", "f3", "f4", "m5"]);
  assert.equal(worker.event(), false);
});

test("a message that arrives first takes in the frames sent before it", () => {
  const { scheduler, worker } = pair(createLinkMemory(4096));
  scheduler.frame(0);
  scheduler.frame(1);
  scheduler.message(2);
  scheduler.frame(3);
  worker.event();
  assert.deepEqual(worker.arrived, ["f0", "f1", "m2", "f3"]);
});

test("a frame that does not fit goes by message, in order, and later ones use the ring again", () => {
  const { scheduler, worker } = pair(createLinkMemory(256));
  scheduler.frame(0, 20);
  scheduler.frame(1, 20);
  scheduler.frame(2, 20);
  scheduler.frame(3, 1000, 1000);
  scheduler.message(4);
  scheduler.frame(5, 2, 0);
  while (worker.event());
  assert.equal(worker.link.drain(), 0);
  assert.deepEqual(worker.arrived, ["f0", "f1", "f2", "f3", "m4", "f5"]);
  scheduler.frame(6, 20);
  assert.equal(worker.port.receive(), undefined);
  assert.equal(worker.link.drain(), 1);
});

test("a sleeper is woken once, by the first bell or message; one that is awake never", () => {
  const { scheduler, worker } = pair(createLinkMemory(4096));
  assert.equal(scheduler.link.ring(), false, "nothing was sent");
  scheduler.frame(0);
  assert.equal(scheduler.link.ring(), true, "both sides begin asleep");
  scheduler.frame(1);
  assert.equal(scheduler.link.ring(), false, "a bell is on its way");
  assert.ok(worker.event());
  assert.equal(worker.event(), false);
  assert.deepEqual(worker.arrived, ["f0", "f1"]);

  scheduler.frame(2);
  assert.equal(scheduler.link.ring(), false, "it is awake since the event");
  assert.equal(worker.event(), false);
  assert.equal(worker.link.pending, true);
  assert.equal(worker.link.sleep(), false, "something has arrived");
  assert.equal(worker.link.drain(), 1);
  assert.equal(worker.link.pending, false);
  assert.equal(worker.link.sleep(), true);

  scheduler.message(3);
  scheduler.frame(4);
  assert.equal(scheduler.link.ring(), true, "the message has woken it");
  assert.equal(scheduler.link.ring(), false);
  assert.ok(worker.event());
  assert.equal(worker.event(), false, "there is no bell besides");
  assert.deepEqual(worker.arrived, ["f0", "f1", "f2", "m3", "f4"]);

  assert.equal(worker.link.sleep(), true);
  worker.link.wake();
  scheduler.frame(5);
  assert.equal(scheduler.link.ring(), false);
  assert.equal(worker.link.drain(), 1);
});

test("a message that can't be cloned throws, is not sent, and the order stays", () => {
  const { scheduler, worker } = pair(createLinkMemory(4096));
  const refused = (): void =>
    assert.throws(() => scheduler.link.post(notCloneable), { name: "DataCloneError" });
  refused();
  scheduler.frame(0);
  refused();
  scheduler.message(1);
  refused();
  scheduler.frame(2);
  assert.equal(scheduler.link.ring(), true);
  assert.ok(worker.event(), "the wake-up that the first one had claimed");
  assert.deepEqual(worker.arrived, ["f0", "m1", "f2"]);
  assert.equal(worker.event(), false);
});

test("what is transferred moves", () => {
  const { scheduler, worker } = pair(createLinkMemory(256));
  const buffer = new ArrayBuffer(8);
  scheduler.link.post({ n: 0, buffer }, [buffer]);
  assert.equal(buffer.byteLength, 0);
  worker.event();
  assert.deepEqual(worker.arrived, ["m0"]);
});

test("the buffers of a frame are the sender's again at once", () => {
  const { scheduler, worker } = pair(createLinkMemory(256));
  for (const words of [4, 1000]) {
    const frame = numberedFrame(words, words, 8);
    scheduler.link.send(frame);
    frame.words.fill(0);
    frame.bytes.fill(0);
  }
  while (worker.event());
  assert.deepEqual(worker.arrived, ["f4", "f1000"]);
});

test("without shared memory frames travel as messages, and nobody sleeps or rings", () => {
  const { scheduler, worker } = pair(undefined);
  scheduler.frame(0, 1, 0);
  scheduler.message(1);
  scheduler.frame(2, 100, 77);
  assert.equal(scheduler.link.ring(), false);
  assert.equal(worker.link.pending, false);
  assert.equal(worker.link.drain(), 0);
  assert.equal(worker.link.sleep(), true);
  worker.link.wake();
  while (worker.event());
  assert.deepEqual(worker.arrived, ["f0", "m1", "f2"]);
});

test("a drain stops after about as many frames as it was told", () => {
  const { scheduler, worker } = pair(createLinkMemory(4096));
  for (let n = 0; n < 10; n++) scheduler.frame(n);
  assert.equal(worker.link.drain(3), 3);
  assert.equal(worker.link.pending, true);
  assert.equal(worker.link.drain(3), 3);
  assert.equal(worker.link.drain(), 4);
  assert.equal(worker.link.drain(), 0);
});

test("a drain within the receiver leaves it to the outer one", () => {
  const { scheduler, worker } = pair(createLinkMemory(4096));
  const inner: number[] = [];
  worker.onArrival = () => {
    inner.push(worker.link.drain());
    assert.equal(worker.link.sleep(), false);
  };
  scheduler.frame(0);
  scheduler.message(1);
  scheduler.frame(2);
  assert.equal(worker.link.drain(), 3);
  assert.deepEqual(inner, [0, 0, 0]);
  assert.deepEqual(worker.arrived, ["f0", "m1", "f2"]);
});

test("an event that comes within the receiver waits for its turn", () => {
  const { scheduler, worker } = pair(createLinkMemory(4096));
  scheduler.frame(0);
  scheduler.frame(1);
  scheduler.message(2);
  scheduler.frame(3);
  worker.onArrival = (what) => void (what === "f0" && worker.event());
  assert.equal(worker.link.drain(), 4);
  assert.deepEqual(worker.arrived, ["f0", "f1", "m2", "f3"]);
});

test("what the receiver throws reaches the caller; what it threw for is taken, the rest is next", () => {
  const { scheduler, worker } = pair(createLinkMemory(4096));
  worker.onArrival = (what) => {
    throw new Error(what);
  };
  scheduler.frame(0);
  scheduler.message(1);
  scheduler.frame(2);
  scheduler.message(3);
  assert.throws(() => worker.event(), { message: "f0" });
  assert.equal(worker.link.pending, true);
  assert.equal(worker.link.sleep(), false, "message 1 waits here, no event will tell");
  assert.throws(() => worker.link.drain(), { message: "m1" });
  worker.onArrival = undefined;
  assert.equal(worker.event(), true);
  assert.equal(worker.link.sleep(), true);
  assert.deepEqual(worker.arrived, ["f0", "m1", "f2", "m3"]);
});

test("a link whose port lost a message says so, and never swaps or repeats anything", () => {
  const { scheduler, worker } = pair(createLinkMemory(4096));
  scheduler.frame(0);
  scheduler.message(1);
  scheduler.frame(2);
  worker.port.receive();
  for (const drain of [1, 2]) {
    assert.throws(() => worker.link.drain(), InvalidStateError, `drain ${drain}`);
  }
  assert.deepEqual(worker.arrived, ["f0"]);
});

test("positions may pass the point where 32 bits wrap, signed or not", () => {
  for (const start of [2 ** 31 - 256, -256]) {
    const memory = createLinkMemory(256);
    const words = new Int32Array(memory.buffer);
    for (const line of [2, 3, 4, 5]) words[line * 32] = start;
    const { scheduler, worker } = pair(memory);
    for (let n = 0; n < 200; n++) {
      scheduler.frame(n, 1 + (n % 17), n % 5);
      scheduler.frame(-n, 6, 0);
      assert.equal(worker.link.drain(), 2);
    }
    assert.equal(worker.event(), false, "no frame had to go by message");
    assert.ok(words[2 * 32]! > 0 !== start > 0);
  }
});

test("a side that makes room takes frames out of the ring without reading them, and reads them in order later", () => {
  const { scheduler, worker } = pair(createLinkMemory(256));
  let sent = 0;
  const arrived: string[] = [];
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 2; i++) {
      arrived.push(`f${sent}`);
      worker.frame(sent++, 12, round);
    }
    scheduler.link.relieve();
    assert.equal(scheduler.port.receive(), undefined, "no frame had to go as a message");
  }
  assert.deepEqual(scheduler.arrived, []);
  assert.equal(scheduler.link.pending, true);
  assert.equal(scheduler.link.sleep(), false, "it does not sleep while something waits");
  worker.message(sent);
  worker.frame(sent + 1);
  assert.ok(scheduler.event());
  scheduler.link.drain();
  assert.deepEqual(scheduler.arrived, [...arrived, `m${sent}`, `f${sent + 1}`]);
  assert.equal(scheduler.link.sleep(), true);
});

test("frames are taken ahead up to the first that is not wanted, and none behind a message", () => {
  for (const room of ["in the ring", "in the store"]) {
    const { scheduler, worker } = pair(createLinkMemory(1024));
    const ahead = (unwanted: number, isAll: boolean): readonly string[] => {
      assert.equal(
        scheduler.link.takeAhead((words, word) => words[word] !== unwanted),
        isAll,
      );
      return scheduler.arrived;
    };
    for (let n = 0; n < 5; n++) worker.frame(n, 12, 0);
    if (room === "in the store") scheduler.link.relieve();
    assert.deepEqual(ahead(3, false), ["f0", "f1", "f2"], "up to the one that is not wanted");
    assert.deepEqual(ahead(3, false), ["f0", "f1", "f2"], "which stays where it is");
    assert.deepEqual(ahead(-1, true), ["f0", "f1", "f2", "f3", "f4"]);
    worker.message(5);
    worker.frame(6);
    assert.deepEqual(ahead(-1, false), ["f0", "f1", "f2", "f3", "f4"], "up to the message");
    assert.ok(scheduler.event());
    assert.deepEqual(scheduler.arrived, ["f0", "f1", "f2", "f3", "f4", "m5", "f6"]);
    assert.equal(scheduler.link.sleep(), true);
  }
});

test("nothing is taken ahead within the receiver, nor where no memory is shared", () => {
  const { scheduler, worker } = pair(createLinkMemory(512));
  scheduler.onArrival = () => void scheduler.link.takeAhead(() => true);
  for (let n = 0; n < 3; n++) worker.frame(n, 4, 0);
  scheduler.link.drain(1);
  assert.deepEqual(scheduler.arrived, ["f0"]);

  const apart = pair(undefined);
  apart.worker.frame(0);
  assert.equal(
    apart.scheduler.link.takeAhead(() => true),
    false,
  );
  assert.deepEqual(apart.scheduler.arrived, []);
  assert.ok(apart.scheduler.event());
  assert.deepEqual(apart.scheduler.arrived, ["f0"]);
});

test("no room is made where less than a quarter of the ring is taken, nor within the receiver", () => {
  const { scheduler, worker } = pair(createLinkMemory(512));
  worker.frame(0, 4, 0);
  scheduler.link.relieve();
  scheduler.onArrival = () => scheduler.link.relieve();
  for (let n = 1; n < 6; n++) worker.frame(n, 14, 0);
  scheduler.link.drain();
  assert.deepEqual(scheduler.arrived, ["f0", "f1", "f2", "f3", "f4", "f5"]);
});
