import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect, toUSVString } from "node:util";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import {
  InvalidArgumentError,
  InvalidStateError,
  ProcessPoolExecutor,
  SerializationError,
  ThreadPoolExecutor,
} from "ungil";
import { until } from "ungil/testing";
import { Barrier, Lock, RLock, SharedStruct, type SharedStructArray, Thread } from "ungil/threading";

const limit = { timeout: 60_000 };

const Particle = SharedStruct.define({
  x: "float64",
  y: "float64",
  hits: "uint32",
  alive: "boolean",
  name: "string:32",
  colour: ["uint8", 3],
  total: "bigint64",
});

test(
  "L1 SharedStruct: fields are read and written as properties are, and begin as 0, false and empty",
  limit,
  () => {
    const particle = new Particle({ x: 1, name: "first", colour: [1, 2, 3] });
    particle.x += 1;
    particle.alive = true;
    particle.hits--;
    particle.total -= 5n;
    particle.colour[1] = 9;
    assert.deepEqual(particle.toJSON(), {
      x: 2,
      y: 0,
      hits: 2 ** 32 - 1,
      alive: true,
      name: "first",
      colour: [1, 9, 3],
      total: -5n,
    });
    assert.deepEqual(new Particle().toJSON(), {
      x: 0,
      y: 0,
      hits: 0,
      alive: false,
      name: "",
      colour: [0, 0, 0],
      total: 0n,
    });
    assert.equal(particle.colour, particle.colour);
    assert.match(inspect(particle), /^SharedStruct \{\s+x: 2/);
    assert.ok(particle instanceof Particle);
  },
);

test("SharedStruct: the same fields are the same class, other fields or another order are not", limit, () => {
  const A = SharedStruct.define({ a: "int32", b: ["int8", 2] });
  assert.equal(SharedStruct.define({ a: "int32", b: ["int8", 2] }), A);
  assert.notEqual(SharedStruct.define({ b: ["int8", 2], a: "int32" }), A);
  assert.notEqual(SharedStruct.define({ a: "int32", b: ["int8", 3] }), A);
  assert.deepEqual(A.fields, { a: "int32", b: ["int8", 2] });
  assert.equal(new A().constructor, A);
});

test("SharedStruct: passed, captured and returned it is the same memory, class and lock", limit, async () => {
  const particle = new Particle({ x: 1 });
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const seen = await pool.submit((given) => {
    particle.x += 1;
    particle.name = "from a worker";
    const same = SharedStruct.define({ ...Particle.fields });
    return [
      given === particle,
      given instanceof Particle,
      given.constructor === Particle,
      same === Particle,
      particle,
      new Particle({ y: 7 }),
      Particle,
    ] as const;
  }, particle);
  assert.deepEqual(seen.slice(0, 4), [true, true, true, true]);
  assert.equal(seen[4], particle);
  assert.equal(seen[5].y, 7);
  assert.equal(seen[6], Particle);
  assert.deepEqual([particle.x, particle.name], [2, "from a worker"]);

  const go = (): void => {
    for (let i = 0; i < 500; i++) {
      using _guard = particle.lock.acquireSync();
      particle.y += 1;
    }
  };
  await Promise.all([pool.submit(go), pool.submit(go)]);
  assert.equal(particle.y, 1_000);
});

test("SharedStruct: a Thread has it, and a thread of one's own by its handle", limit, async () => {
  const particles = Particle.array(3);
  await using thread = new Thread({ target: () => void (particles.get(1).x = 5) });
  thread.start();
  await thread.join();
  assert.equal(particles.get(1).x, 5);
  const source = `
    const { parentPort } = require("node:worker_threads");
    parentPort.once("message", async ({ array, element, one }) => {
      const { attach } = await import(${JSON.stringify(import.meta.resolve("ungil/threading"))});
      attach(array).get(0).hits = 1;
      attach(element).hits = 2;
      attach(one).hits = 3;
      parentPort.postMessage("done");
    });`;
  const worker = new Worker(source, { eval: true });
  const one = new Particle();
  worker.postMessage({ array: particles.handle, element: particles.get(2).handle, one: one.handle });
  await new Promise((resolve) => {
    worker.once("message", resolve);
  });
  assert.deepEqual(
    [...particles].map(({ hits }) => hits),
    [1, 0, 2],
  );
  assert.equal(one.hits, 3);
  await worker.terminate();
});

test(
  "arrays of structs: places, columns and iteration are the same memory in all threads",
  limit,
  async () => {
    const particles = Particle.array([{ x: 1 }, { x: 2, name: "two" }, { colour: [7, 8, 9] }]);
    assert.equal(particles.length, 3);
    assert.deepEqual([...particles.columns.x], [1, 2, 0]);
    assert.deepEqual([...particles.columns.colour], [0, 0, 0, 0, 0, 0, 7, 8, 9]);
    assert.deepEqual([...particles.columns.alive], [0, 0, 0]);
    assert.ok(!("name" in particles.columns));
    particles.columns.x[2] = 3;
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const scale = (from: number, to: number): void => {
      for (let i = from; i < to; i++) particles.get(i).x *= 2;
    };
    await Promise.all([pool.submit(scale, 0, 1), pool.submit(scale, 1, 3)]);
    assert.deepEqual(
      [...particles].map(({ x }) => x),
      [2, 4, 6],
    );
    const element = particles.get(1);
    const back = await pool.submit((given) => {
      given.name = "changed";
      return given;
    }, element);
    assert.equal(back, element);
    assert.equal(particles.get(1).name, "changed");
    assert.equal(element.lock, particles.lock);
    const [array, again] = await pool.submit(
      (given: SharedStructArray<(typeof Particle)["fields"]>) => [given, given.get(1)] as const,
      particles,
    );
    assert.equal(array, particles);
    assert.equal(again.name, "changed");
    assert.equal(Particle.array(0).length, 0);
  },
);

test("a million atomic additions to a struct's integers are a million", limit, async () => {
  const counts = SharedStruct.define({ a: "uint32", b: "bigint64", c: "int8" }).array(4);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const start = new Barrier(2);
  const go = (): void => {
    start.waitSync();
    for (let i = 0; i < 250_000; i++) {
      const { atomic } = counts.get(i % 4);
      atomic.add("a", 1);
      atomic.sub("b", 1n);
    }
  };
  await Promise.all([pool.submit(go), pool.submit(go)]);
  assert.deepEqual([...counts.columns.a], [125_000, 125_000, 125_000, 125_000]);
  assert.deepEqual([...counts.columns.b], [-125_000n, -125_000n, -125_000n, -125_000n]);
  const { atomic } = counts.get(0);
  assert.equal(atomic.exchange("c", 6), 0);
  assert.equal(atomic.and("c", 3), 6);
  assert.equal(atomic.or("c", 8), 2);
  assert.equal(atomic.xor("c", 1), 10);
  assert.equal(atomic.compareExchange("c", 1, 2), 11);
  assert.equal(atomic.compareExchange("c", 11, 200), 11);
  assert.equal(atomic.load("c"), 200 - 256);
  atomic.store("c", 4);
  assert.equal(counts.get(0).c, 4);
});

test("strings that two threads write are never seen mixed", limit, async () => {
  const Shared = SharedStruct.define({ text: "string:4000", written: ["uint32", 2], stop: "boolean" });
  const struct = new Shared({ text: "a".repeat(3_000) });
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const write = (letter: string, which: number): void => {
    for (let i = 0; !struct.stop; i++) {
      struct.text = letter.repeat(2_000 + (i % 2_000));
      Atomics.add(struct.written, which, 1);
    }
  };
  const writing = [pool.submit(write, "a", 0), pool.submit(write, "b", 1)];
  const { written } = struct;
  await until(() => written.every((times) => times > 0), "both write");
  let mixed = "";
  const enough = written.map((times) => times + 5_000);
  while (mixed === "" && [0, 1].some((which) => Atomics.load(written, which) < enough[which]!)) {
    const { text } = struct;
    if (text.length < 2_000 || text !== text[0]!.repeat(text.length)) mixed = text;
  }
  struct.stop = true;
  await Promise.all(writing);
  assert.equal(mixed, "");
});

test("SharedStruct: any string that fits comes back as it was", limit, () => {
  const Named = SharedStruct.define({ n: "int8", text: "string:64", other: "string:3" });
  const named = Named.array(2);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 16, unit: "binary" }),
        fc.string({
          maxLength: 32,
          unit: fc.integer({ min: 0, max: 0xffff }).map((x) => String.fromCharCode(x)),
        }),
      ),
      fc.nat(1),
      (text, index) => {
        const bytes = toUSVString(text) === text ? Buffer.byteLength(text) : 2 * text.length;
        const struct = named.get(index);
        struct.other = "xyz";
        if (bytes > 64) {
          assert.throws(() => {
            struct.text = text;
          }, InvalidArgumentError);
        } else {
          struct.text = text;
          assert.equal(struct.text, text);
        }
        assert.equal(struct.other, "xyz");
      },
    ),
    { numRuns: 100 },
  );
});

test("SharedStruct: what is wrong is told, with its name, before anything is made", limit, () => {
  const refused = (argument: string) => (error: Error) => {
    assert.ok(error instanceof InvalidArgumentError, String(error));
    assert.equal(error.argument, argument);
    return true;
  };
  const define = SharedStruct.define as (fields: unknown) => typeof Particle;
  for (const bad of [undefined, null, [], {}, 7]) assert.throws(() => define(bad), refused("fields"));
  for (const name of ["", "lock", "handle", "atomic", "toJSON", "constructor"])
    assert.throws(() => define({ [name]: "int8" }), refused("fields"));
  assert.throws(() => define(JSON.parse('{ "__proto__": "int8" }')), refused("fields"));
  for (const type of [
    "int7",
    "string",
    "string:0",
    "string:x",
    "string:9999999",
    7,
    null,
    {},
    ["int8"],
    [1, 2, 3],
  ])
    assert.throws(() => define({ f: type }), refused("fields.f"));
  assert.throws(() => define({ f: "int8", [Symbol("g")]: "int8" }), refused("fields"));
  assert.throws(() => define({ f: ["int7", 2] }), refused("fields.f[0]"));
  assert.throws(() => define({ f: ["int8", 0] }), refused("fields.f[1]"));

  const make = Particle as unknown as {
    new (values?: unknown, options?: unknown): InstanceType<typeof Particle>;
    array(content: unknown, options?: unknown): SharedStructArray;
  };
  assert.throws(() => new make(7), refused("values"));
  assert.throws(() => new make({ z: 1 }), refused("values.z"));
  assert.throws(() => new make({ x: "1" }), refused("values.x"));
  assert.throws(() => new make({ total: 1 }), refused("values.total"));
  assert.throws(() => new make({ alive: 1 }), refused("values.alive"));
  assert.throws(() => new make({ name: "é".repeat(17) }), refused("values.name"));
  assert.throws(() => new make({ colour: [1, 2] }), refused("values.colour"));
  assert.throws(() => new make({ colour: [1, 2, "3"] }), refused("values.colour[2]"));
  assert.throws(() => new make({}, { locks: true }), refused("locks"));
  assert.throws(() => new make({}, { lock: 1 }), refused("lock"));
  assert.throws(() => make.array(-1), refused("content"));
  assert.throws(() => make.array(2 ** 50), refused("content"));
  assert.throws(() => make.array([{ x: 1 }, { x: "1" }]), refused("content[1].x"));
  assert.throws(() => (make as unknown as () => void)(), TypeError);
  assert.throws(() => new (class extends make {})(), InvalidStateError);

  const particle = new Particle();
  const loose = particle as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries({
    x: "1",
    hits: 1n,
    alive: 0,
    name: 7,
    total: 1,
    colour: [1, 2, 3],
  }))
    assert.throws(() => {
      loose[name] = value;
    }, refused(name));
  assert.throws(() => {
    particle.name = "x".repeat(33);
  }, refused("name"));
  assert.throws(() => particle.atomic.add("x" as never, 1 as never), refused("name"));
  assert.throws(() => particle.atomic.add("hits", "1" as never), refused("amount"));
  const array = Particle.array(2);
  for (const index of [-1, 2, 0.5, "0", Number.NaN])
    assert.throws(() => array.get(index as number), refused("index"));
});

test("L1 SharedStruct: its lock is an RLock, a given one, or none", limit, () => {
  assert.ok(new Particle().lock instanceof RLock);
  const lock = new Lock();
  assert.equal(new Particle({}, { lock }).lock, lock);
  assert.equal(Particle.array(1, { lock }).get(0).lock, lock);
  assert.throws(() => new Particle({}, { lock: false }).lock, InvalidStateError);
});

test("a SharedStruct can't go to another process, its class can", limit, async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  const particle = new Particle();
  await assert.rejects(async () => await pool.submit((given) => given.x, particle), SerializationError);
  assert.equal(await pool.submit(() => new Particle({ x: 3 }).x), 3);
});
