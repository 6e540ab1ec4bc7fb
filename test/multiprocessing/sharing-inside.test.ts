// How objects are shared, seen from inside: who is let in, how long objects stay, what an owner is told.
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { serialize } from "node:v8";
import fc from "fast-check";
import { ConnectionClosedError, SerializationError } from "ungil";
import { until } from "ungil/testing";
import type * as queues from "../../dist/multiprocessing/queues/queue.js";
import type * as batchFile from "../../dist/multiprocessing/sharing/batches.js";
import type * as carriedFile from "../../dist/multiprocessing/sharing/carried.js";
import type * as handles from "../../dist/multiprocessing/sharing/handle.js";
import type * as leases from "../../dist/multiprocessing/sharing/lease.js";
import type * as listening from "../../dist/multiprocessing/sharing/listen.js";
import type * as owneds from "../../dist/multiprocessing/sharing/owned.js";
import type * as connectionFile from "../../dist/multiprocessing/sharing/owner-connection.js";
import type { SharedReference } from "../../dist/multiprocessing/sharing/reference.js";
import type { Caller, Served } from "../../dist/multiprocessing/sharing/served.js";
import type * as portables from "../../dist/portable.js";
import type * as clocks from "../../dist/testing/manual-clock.js";
import { rejectionOf } from "../threading/support/rejection.js";
import { gateOf } from "./support/gates.js";
import { beStuck, passOnOne, waitForItem } from "./support/queue-tasks.js";
import { started } from "./support/started.js";

const dist = new URL("../", import.meta.resolve("ungil"));
const load = async <M>(file: string): Promise<M> => (await import(new URL(file, dist).href)) as M;
const { Queue } = await load<typeof queues>("multiprocessing/queues/queue.js");
const { writeBatch, BatchReader } = await load<typeof batchFile>("multiprocessing/sharing/batches.js");
const { Carried } = await load<typeof carriedFile>("multiprocessing/sharing/carried.js");
const { Handle, own } = await load<typeof handles>("multiprocessing/sharing/handle.js");
const { lease } = await load<typeof leases>("multiprocessing/sharing/lease.js");
const { listen } = await load<typeof listening>("multiprocessing/sharing/listen.js");
const { connectionTo } = await load<typeof connectionFile>("multiprocessing/sharing/owner-connection.js");
const { ownedById } = await load<typeof owneds>("multiprocessing/sharing/owned.js");
const { portable, revivePortable } = await load<typeof portables>("portable.js");
const { manualClock } = await load<typeof clocks>("testing/manual-clock.js");

const limit = { timeout: 60_000 };
const withGc = { ...limit, skip: globalThis.gc ? false : "needs node --expose-gc" };

/** What names a queue elsewhere. */
const referenceOf = (handle: handles.Handle): SharedReference =>
  (handle as unknown as portables.Portable)[portable as typeof portables.portable]().data as SharedReference;

const magic = Buffer.from("ungil/1\n", "latin1");
const proof = (key: string, side: string, ...parts: Uint8Array[]): Buffer => {
  const hmac = createHmac("sha256", Buffer.from(key, "hex")).update(side);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
};

/** A connection to an owner by hand, with what arrives. */
async function connected(
  t: TestContext,
  file: string,
): Promise<{ socket: Socket; received(): Buffer; closed(): boolean }> {
  const socket = connect({ path: file });
  let received = Buffer.alloc(0);
  let closed = false;
  socket.on("data", (piece: Buffer) => {
    received = Buffer.concat([received, piece]);
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = true;
  });
  t.after(() => socket.destroy());
  await new Promise((resolve) => socket.once("connect", resolve));
  return { socket, received: () => received, closed: () => closed };
}

/** The same, after the handshake. */
async function trusted(t: TestContext, { path: file, key }: { path: string; key: string }) {
  const connection = await connected(t, file);
  const nonce = randomBytes(32);
  connection.socket.write(Buffer.concat([magic, nonce]));
  await until(() => connection.received().length >= 64, "the owner answers");
  const theirs = connection.received().subarray(0, 32);
  assert.deepEqual(connection.received().subarray(32, 64), proof(key, "owner", nonce, theirs));
  connection.socket.write(proof(key, "caller", theirs, nonce));
  return connection;
}

test("rule 2: who does not know the key gets nothing, whatever it sends", limit, async (t) => {
  const queue = new Queue<string>();
  const { owner } = referenceOf(queue);
  await queue.put("secret");
  const greeting = Buffer.concat([magic, randomBytes(32)]);
  const wrong: [string, Buffer, number][] = [
    ["nothing of ours", Buffer.from("GET / HTTP/1.1\r\n\r\n"), 0],
    ["a wrong first byte", Buffer.from("x"), 0],
    ["a megabyte", randomBytes(1_048_576), 0],
    ["a wrong proof", Buffer.concat([greeting, randomBytes(32)]), 64],
    [
      "a wrong proof and a batch",
      Buffer.concat([greeting, randomBytes(32), ...writeBatch([[0, 1, 1, "Queue", "get"]])]),
      64,
    ],
    ["zeros", Buffer.alloc(72), 0],
  ];
  for (const [what, bytes, answered] of wrong) {
    const { socket, received, closed } = await connected(t, owner.path);
    socket.write(bytes);
    await until(closed, `the owner closes the connection of ${what}`);
    assert.equal(received().length, answered, what);
  }
  assert.equal(await queue.get(), "secret");
});

test("rule 2: who knows the key is let in, in whatever pieces that comes", limit, async (t) => {
  const queue = new Queue<string>();
  const { owner, object } = referenceOf(queue);
  const greeting = Buffer.concat([magic, randomBytes(32)]);
  const { socket, received, closed } = await connected(t, owner.path);
  const byByte = async (bytes: Uint8Array): Promise<void> => {
    for (const byte of bytes) await new Promise((sent) => socket.write(Uint8Array.of(byte), sent));
  };
  await byByte(greeting);
  await until(() => received().length >= 64, "the owner answers");
  await byByte(proof(owner.key, "caller", received().subarray(0, 32), greeting.subarray(magic.length)));
  await byByte(Buffer.concat(writeBatch([[0, 1, object, "Queue", "qsize"]])));
  await until(() => received().length > 64, "the call is answered");
  assert.equal(closed(), false);
});

test("rule 2: strangers who say nothing don't keep others out", limit, async (t) => {
  const queue = new Queue<string>();
  const back = new Queue<string>();
  const { owner } = referenceOf(queue);
  const strangers = await Promise.all(Array.from({ length: 700 }, () => connected(t, owner.path)));
  await until(() => strangers.filter(({ closed }) => closed()).length >= 700 - 512, "the oldest are closed");
  const child = started(t, passOnOne<string>, [queue, back] as never);
  await queue.put("x");
  assert.equal(await back.get(), "x");
  await child.join();
});

test(
  "rule 2: nonsense of one who knows the key closes its connection, and harms nobody",
  limit,
  async (t) => {
    const queue = new Queue<string>();
    const { owner, object } = referenceOf(queue);
    const nonsense: [string, Uint8Array][] = [
      ["no head", Buffer.alloc(8)],
      ["a head that is none", Buffer.concat([Buffer.from([4, 0, 0, 0, 0, 0, 0, 0]), Buffer.from("nope")])],
      ["a message of no kind", Buffer.concat(writeBatch([[99, 1]]))],
      [
        "no list",
        ((head) => Buffer.concat([Buffer.from([head.length, 0, 0, 0, 0, 0, 0, 0]), head]))(serialize([5])),
      ],
    ];
    for (const [what, bytes] of nonsense) {
      const { socket, closed } = await trusted(t, owner);
      socket.write(bytes);
      await until(closed, `the owner closes the connection after ${what}`);
    }
    const calls = await trusted(t, owner);
    calls.socket.write(
      Buffer.concat(
        writeBatch([
          [0, 1, object, "Queue", "noSuchMethod"],
          [0, 2, 12345, "Queue", "get"],
          [1, 77],
          [2, 1e9],
          [4, object],
          [4, 777],
        ]),
      ),
    );
    await until(() => calls.received().length > 64, "it is answered");
    await queue.put("y");
    assert.equal(await queue.get(), "y");
  },
);

test("rule 2: a caller says nothing to one who has taken an owner's place", limit, async (t) => {
  const heard: Buffer[] = [];
  const impostor = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (piece: Buffer) => {
      heard.push(piece);
      socket.write(randomBytes(64));
    });
  });
  const file = listen(impostor);
  t.after(() => impostor.close());
  const real = referenceOf(new Queue<string>());
  const reference = { ...real, object: 1, owner: { ...real.owner, id: "gone", path: file } };
  const handle = revivePortable({ reviver: "ungil.shared", data: reference }) as InstanceType<
    typeof Queue<string>
  >;
  const error = await rejectionOf(handle.put("secret"), ConnectionClosedError);
  assert.match(String(error.cause), /does not know the key/);
  assert.equal(Buffer.concat(heard).length, magic.length + 32);
});

test("rule 3: an owner that is too busy for one more connection is asked again", {
  ...limit,
  skip: process.platform !== "linux",
}, async (t) => {
  const queue = new Queue<string>();
  await queue.put("x");
  const { owner, object } = referenceOf(queue);
  const open: Socket[] = [];
  const door = createServer((socket) => {
    const way = connect({ path: owner.path });
    open.push(socket, way);
    socket.on("error", () => {});
    socket.pipe(way).pipe(socket);
  });
  t.after(() => {
    door.close();
    for (const each of open) each.destroy();
  });
  const file = `\0ungil-test-${process.pid}`;
  door.listen({ path: file, backlog: 1 });
  const refused: unknown[] = [];
  for (let n = 0; n < 20; n++) {
    const socket = connect({ path: file });
    socket.on("error", (error: NodeJS.ErrnoException) => refused.push(error.code));
    t.after(() => socket.destroy());
  }
  const connection = connectionTo({ ...owner, id: "by the door", path: file });
  const outcome = await new Promise(
    (ended) => void connection.call(object, "Queue", "qsize", [], undefined, { ended }),
  );
  assert.deepEqual(outcome, { kind: "answer", value: 1 });
  assert.ok(refused.includes("EAGAIN"), "there was no room");
});

test("rule 3: an owner that had no patience with one of many strangers is asked again", limit, async (t) => {
  const queue = new Queue<string>();
  await queue.put("x");
  const { owner, object } = referenceOf(queue);
  let visits = 0;
  const door = createServer((socket) => {
    socket.on("error", () => {});
    if (++visits <= 3) return void socket.once("data", () => socket.destroy());
    const way = connect({ path: owner.path });
    t.after(() => {
      way.destroy();
      socket.destroy();
    });
    socket.pipe(way).pipe(socket);
  });
  const file = listen(door);
  t.after(() => door.close());
  const connection = connectionTo({ ...owner, id: "by the impatient door", path: file });
  const outcome = await new Promise(
    (ended) => void connection.call(object, "Queue", "qsize", [], undefined, { ended }),
  );
  assert.deepEqual(outcome, { kind: "answer", value: 1 });
  assert.equal(visits, 4);
});

test("rule 1: where there are no abstract names, the socket is in a folder of its own", limit, async (t) => {
  const left = path.join(tmpdir(), "ungil-socket-999999999-x");
  mkdirSync(left, { recursive: true });
  const server = createServer((socket) => socket.end("here"));
  t.after(() => server.close());
  const file = listen(server, ["folder"]);
  assert.ok(file.startsWith(path.join(tmpdir(), `ungil-socket-${process.pid}-`)) || file.startsWith("/tmp/"));
  assert.equal(statSync(path.dirname(file)).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(path.dirname(file)), ["s"]);
  assert.equal(existsSync(left), false, "what a dead process left is removed");
  const { received, closed } = await connected(t, file);
  await until(closed, "the server answers");
  assert.equal(received().toString(), "here");
  const blocked = createServer();
  assert.throws(() => listen(blocked, []), /no socket could be made/);
});

/** An object that tells what happens to it. */
class Recorder implements Served {
  readonly seen: string[] = [];
  readonly callers: Caller[] = [];
  readonly waiting: ((value: unknown) => void)[] = [];

  call(method: string, args: readonly unknown[], caller: Caller, signal: AbortSignal): unknown {
    this.seen.push(method);
    if (!this.callers.includes(caller)) this.callers.push(caller);
    if (method === "get" || method === "wait") {
      signal.addEventListener("abort", () => this.seen.push("aborted"));
      return new Promise((resolve, reject) => {
        this.waiting.push(resolve);
        if (args[0] !== "stubborn") signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    }
    if (method === "unsendable") return new WeakMap();
    return args[0];
  }

  callerLeft(caller: Caller): void {
    this.seen.push(`left ${this.callers.indexOf(caller)}`);
  }

  undeliverable(method: string, answer: unknown): void {
    this.seen.push(`back ${method} ${String(answer)}`);
  }

  unheld(): void {
    this.seen.push("unheld");
  }
}

class Probe extends Handle {
  constructor(served: Served) {
    super(own("Queue", served, { maxsize: 1 }));
  }

  ask(method: string, ...args: unknown[]): Promise<unknown> {
    return this.call(method, args);
  }

  close(): void {
    this.letGo();
  }

  askWithin(
    wait: { timeout?: number; signal?: AbortSignal },
    method: string,
    ...args: unknown[]
  ): Promise<unknown> {
    return this.call(method, args, wait);
  }
}

test("rule 4: calls are handled in their order, though arguments of the first take time", limit, async () => {
  const served = new Recorder();
  const probe = new Probe(served);
  const factor = 3;
  const answers = await Promise.all([
    probe.ask("first", (n: number) => n * factor),
    probe.ask("second", 2),
    probe.ask("third", { error: new RangeError("r") }),
    probe.ask("fourth", () => factor),
    probe.ask("fifth"),
  ]);
  assert.deepEqual(served.seen.slice(0, 5), ["first", "second", "third", "fourth", "fifth"]);
  assert.equal((answers[0] as (n: number) => number)(2), 6);
  assert.equal(answers[1], 2);
});

test("rule 6: a call that is given up and answered nevertheless is answered", limit, async () => {
  const served = new Recorder();
  const probe = new Probe(served);
  const controller = new AbortController();
  const waiting = probe.askWithin({ signal: controller.signal }, "wait", "stubborn");
  controller.abort();
  assert.deepEqual(served.seen, ["wait", "aborted"]);
  served.waiting[0]!("the answer");
  assert.equal(await waiting, "the answer");
});

test("rule 5: an answer that can't be sent is taken back, and its call fails", limit, async () => {
  const served = new Recorder();
  const probe = new Probe(served);
  await rejectionOf(probe.ask("unsendable"), SerializationError);
  assert.equal(served.seen[1], "back unsendable [object WeakMap]");
});

test(
  "rule 7: an owner is told once that a caller has gone, after its calls and answers were dealt with",
  limit,
  async (t) => {
    const served = new Recorder();
    const probe = new Probe(served);
    const child = started(t, waitForItem, [probe as never]);
    await until(() => served.seen.includes("get"), "the child waits");
    assert.ok(served.callers[0]!.id > 0);
    child.kill();
    await until(() => served.seen.includes("left 0"), "the owner is told");
    assert.deepEqual(served.seen, ["get", "aborted", "left 0"]);
    // granted in the moment in which it went
    const other = started(t, waitForItem, [probe as never]);
    await until(() => served.seen.length === 4, "the other waits");
    process.kill(other.pid!, "SIGSTOP");
    served.waiting[1]!("for the dead");
    // written, and not read by anybody
    await new Promise((resolve) => setImmediate(resolve));
    other.kill();
    await until(() => served.seen.includes("left 1"), "the owner is told again");
    assert.deepEqual(served.seen.slice(3), ["get", "back get for the dead", "left 1"]);
  },
);

/** Makes garbage of what nobody has, and tells the registries. */
async function collect(): Promise<void> {
  for (let n = 0; n < 4; n++) {
    globalThis.gc!();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("rules 8 and 9: an object stays for its lease when nobody has it, and goes then", withGc, async () => {
  const clock = manualClock();
  lease.clock = clock;
  let sent: SharedReference | undefined = referenceOf(new Queue<number>());
  const { object } = sent;
  const copy = structuredClone(sent);
  await collect();
  assert.ok(ownedById(object), "as long as the reference is there");
  sent = undefined;
  await collect();
  await clock.advance(lease.ms - 1);
  assert.ok(ownedById(object), "as long as it may be on its way");
  // it has arrived
  let handle: unknown = revivePortable({ reviver: "ungil.shared", data: copy });
  await clock.advance(10 * lease.ms);
  assert.ok(ownedById(object), "as long as there is a handle");
  assert.ok(handle instanceof Queue);
  assert.equal(await handle.empty(), true);
  handle = undefined;
  await collect();
  await clock.advance(lease.ms - 1);
  assert.ok(ownedById(object));
  await clock.advance(1);
  assert.equal(ownedById(object), undefined);
  assert.throws(() => revivePortable({ reviver: "ungil.shared", data: copy }), ConnectionClosedError);
  await collect();
  assert.equal(clock.pending(), 0);
});

test(
  "rule 9: what is on its way is held, however its arrival and departure are told, and a lost one for a lease",
  withGc,
  async () => {
    const clock = manualClock();
    lease.clock = clock;
    const served = new Recorder();
    let probe: Probe | undefined = new Probe(served);
    let reference: SharedReference | undefined = referenceOf(probe);
    const { object, ticket } = reference;
    const owned = ownedById(object)!;
    probe = undefined;
    await collect();
    assert.deepEqual(served.seen, [], "the reference is here");
    reference = undefined;
    await collect();
    assert.deepEqual(served.seen, ["left -1"], "it is on its way");
    const other = { id: 1_000 };
    owned.hold(other, ticket, 1);
    owned.drop(other);
    assert.deepEqual(served.seen, ["left -1", "left -1", "unheld"]);
    // told in the other order: by the one it arrives at before the one it comes from
    owned.hold(other, ticket, 1);
    owned.leaves(ticket);
    owned.drop(other);
    assert.equal(served.seen.filter((each) => each === "unheld").length, 2);
    // lost
    owned.leaves(7);
    owned.sent(7);
    await clock.advance(lease.ms - 1);
    assert.equal(served.seen.filter((each) => each === "unheld").length, 2);
    await clock.advance(1);
    assert.equal(served.seen.filter((each) => each === "unheld").length, 3);
    await clock.advance(lease.ms);
    assert.equal(ownedById(object), undefined);
  },
);

/** A queue in which a handle lies that was let go of. */
async function withProbeInside(served: Served): Promise<InstanceType<typeof Queue<unknown>>> {
  const queue = new Queue<unknown>();
  const probe = new Probe(served);
  await queue.put({ probe });
  probe.close();
  return queue;
}

const timesUnheld = ({ seen }: Recorder): number => seen.filter((each) => each === "unheld").length;

test(
  "rule 10: a handle in an item counts as the queue's, though all others are let go of, for longer than a lease",
  withGc,
  async () => {
    const clock = manualClock();
    lease.clock = clock;
    const served = new Recorder();
    const queue = await withProbeInside(served);
    await collect();
    await clock.advance(10 * lease.ms);
    assert.equal(timesUnheld(served), 0, "it lies in the queue");
    let item: unknown = await queue.get();
    assert.ok((item as { probe: unknown }).probe instanceof Queue);
    await clock.advance(10 * lease.ms);
    assert.equal(timesUnheld(served), 0, "whoever took it has it");
    item = undefined;
    await collect();
    assert.equal(timesUnheld(served), 1, "nobody has it, and none is on its way");
    await clock.advance(lease.ms);
    assert.equal(clock.pending(), 0);
  },
);

test(
  "rule 10: an item that comes back from one who was killed holds what is in it, and no longer than it lies there",
  withGc,
  async (t) => {
    const clock = manualClock();
    lease.clock = clock;
    const served = new Recorder();
    const queue = await withProbeInside(served);
    for (let round = 0; round < 2; round++) {
      const gate = gateOf(t);
      const child = started(t, beStuck, [queue, gate.cells]);
      await gate.arrived(1);
      while ((await queue.qsize()) > 0) await new Promise((resolve) => setImmediate(resolve));
      child.kill();
      await child.join();
      while ((await queue.qsize()) === 0) await new Promise((resolve) => setImmediate(resolve));
      await collect();
      await clock.advance(10 * lease.ms);
      assert.equal(timesUnheld(served), 0);
    }
    await queue.get();
    await collect();
    assert.equal(timesUnheld(served), 1);
  },
);

test(
  "rule 10: what was taken by one who died before it said that it has it stays for a lease",
  withGc,
  async (t) => {
    const clock = manualClock();
    lease.clock = clock;
    const served = new Recorder();
    const queue = await withProbeInside(served);
    const { owner, object } = referenceOf(queue);
    const { socket, received } = await trusted(t, owner);
    const before = received().length;
    for (const piece of writeBatch([[0, 1, object, "Queue", "get"]])) socket.write(piece);
    await until(() => received().length > before, "the item arrives");
    for (const piece of writeBatch([[2, 1]])) socket.write(piece);
    socket.end();
    await until(() => clock.pending() > 0, "it was acknowledged");
    await collect();
    await clock.advance(lease.ms - 1);
    assert.equal(timesUnheld(served), 0);
    await clock.advance(1);
    assert.equal(timesUnheld(served), 1);
  },
);

test(
  "rule 8: thousands of objects that were sent and dropped leave nothing after the lease",
  withGc,
  async (t) => {
    const clock = manualClock();
    lease.clock = clock;
    const carrier = new Queue<unknown>();
    const numbers: number[] = [];
    const sink = async (from: InstanceType<typeof Queue>): Promise<void> => {
      for await (const item of from) void item;
    };
    const child = started(t, sink as never, [carrier] as never);
    for (let n = 0; n < 5_000; n++) {
      const queue = new Queue<number>();
      if (n % 500 === 0) numbers.push(referenceOf(queue).object);
      await carrier.put({ queue });
    }
    await carrier.shutdown();
    await child.join();
    await collect();
    await clock.advance(lease.ms);
    await collect();
    await clock.advance(lease.ms);
    assert.deepEqual(
      numbers.map((object) => ownedById(object)),
      numbers.map(() => undefined),
    );
    assert.ok(clock.pending() < 10, `${clock.pending()} timers`);
  },
);

test("any messages arrive as what they are, in whatever pieces", () => {
  const primitive = fc.oneof(
    fc.string(),
    fc.double(),
    fc.bigInt(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
  );
  const value = fc.oneof(
    primitive.map((content) => ({ content, carried: content as unknown })),
    fc
      .oneof(
        fc.object(),
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(70_000).map((length) => new Uint8Array(length).fill(length)),
      )
      .map((content) => ({ content: content as unknown, carried: Carried.of(content, "it") as unknown })),
  );
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.array(value, { maxLength: 4 }), { maxLength: 5 }), { maxLength: 4 }),
      fc.array(fc.nat(5_000), { minLength: 1, maxLength: 20 }),
      fc.boolean(),
      (batches, cuts, toTheirPlace) => {
        const bytes = Buffer.concat(
          batches.flatMap((batch) =>
            writeBatch(batch.map((message) => message.map(({ carried }) => carried))),
          ),
        );
        const reader = new BatchReader();
        const read: unknown[] = [];
        const pieces = new Uint8Array(5_001);
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const next = bytes.subarray(at, at + 1 + cuts[cut % cuts.length]!);
          const place = toTheirPlace ? reader.place : undefined;
          const part = next.subarray(0, place?.length);
          // memory that is not the reader's is used again
          (place ?? pieces).set(part);
          for (const batch of place ? reader.took(part.length) : reader.push(pieces.subarray(0, part.length)))
            read.push(
              batch.map((message) => message.map((each) => (each instanceof Carried ? each.open() : each))),
            );
          at += part.length;
        }
        assert.deepEqual(
          read,
          batches.map((batch) => batch.map((message) => message.map(({ content }) => content))),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test("small plain data goes as text only where that brings back the same value", () => {
  const shared = { a: 1 };
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  class Point {
    x = 1;
  }
  const holes: unknown[] = [];
  holes[2] = 1;
  const named = Object.assign([1, 2], { name: "n" });
  const twice = Object.assign(Object.create(Array.prototype) as object, { length: 1 });
  const proto = JSON.parse('{"__proto__": {"a": 1}}') as object;
  const text = (value: unknown): boolean => Carried.of(value, "it").text !== undefined;
  for (const value of [
    {},
    [],
    { a: [1, "x", null, true, { b: -0.5 }] },
    { toString: 1 },
    ["\uD800", "\u2028"],
  ]) {
    assert.ok(text(value), JSON.stringify(value));
    assert.deepEqual(Carried.of(value, "it").open(), value);
  }
  const others: unknown[] = [
    { a: undefined },
    [-0],
    [Number.NaN],
    { a: Number.POSITIVE_INFINITY },
    [1n],
    [shared, shared],
    cyclic,
    new Point(),
    new Date(0),
    [new Date(0)],
    new Map([[1, 2]]),
    holes,
    named,
    twice,
    proto,
    new RangeError("r"),
    Buffer.from("b"),
    Object.create(null),
    Array.from({ length: 1_000 }, (_, n) => n),
    Array.from({ length: 100 }, () => ({})),
  ];
  for (const value of others) assert.ok(!text(value), (value as object)?.constructor?.name);
  const [one, other] = Carried.of([shared, shared], "it").open() as object[];
  assert.equal(one, other, "the same object twice stays that");
  assert.throws(() => Carried.of(new Proxy({}, {}), "it"), SerializationError);
  fc.assert(
    fc.property(
      fc.anything({
        withBigInt: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withSparseArray: true,
        withNullPrototype: false,
        // no two invalid dates are equal to Node's assertions
        values: [
          fc.boolean(),
          fc.integer(),
          fc.double(),
          fc.string(),
          fc.constantFrom(null, undefined),
          fc.date({ noInvalidDate: true }),
        ],
      }),
      (value) => {
        if (typeof value !== "object" || value === null) return;
        const carried = Carried.of(value, "it");
        assert.deepStrictEqual(carried.open(), structuredClone(value));
      },
    ),
    { numRuns: 500 },
  );
});
