// What can't be sent: the error names the way to it, fails that future only, and the worker goes on.
import assert from "node:assert/strict";
import { AsyncResource } from "node:async_hooks";
import { createECDH, createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { after, test } from "node:test";
import { MIMEType } from "node:util";
import { MessageChannel, threadId } from "node:worker_threads";
import { currentTask, SerializationError, ThreadPoolExecutor, transfer } from "ungil";
import { add, countArguments, identity } from "../errors/fixtures/classes.js";

const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
after(() => pool.shutdown());

const thread = (): number => threadId;

/** Makes one value of each kind that can't be sent. Runs here and, as a task's helper, in the worker. */
const make: Record<string, () => unknown> = {
  symbol: () => Symbol("sym"),
  promise: () => ({ inner: Promise.resolve(1) }).inner,
  weakMap: () => new WeakMap(),
  weakSet: () => new WeakSet(),
  weakRef: () => new WeakRef({}),
  proxy: () => new Proxy({ a: 1 }, {}),
  arrayProxy: () => new Proxy([1], {}),
  revoked: () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  generator: () => (function* () {})(),
  asyncGenerator: () => (async function* () {})(),
  arguments: () =>
    (function (..._: number[]) {
      // oxlint-disable-next-line prefer-rest-params -- that is the test
      return arguments;
    })(1, 2),
  port: () => new MessageChannel().port1,
  detached: () => {
    const bytes = new Uint8Array(4);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    return bytes;
  },
  abortSignal: () => new AbortController().signal,
  abortController: () => new AbortController(),
  searchParameters: () => new URLSearchParams("a=1"),
  headers: () => new Headers({ a: "b" }),
  response: () => new Response("text"),
  eventTarget: () => new EventTarget(),
  ofEventTarget: () => new (class Bus extends EventTarget {})(),
  event: () => new Event("change"),
  ofEvent: () => new CustomEvent("change", { detail: 1 }),
  mark: () => performance.mark("here"),
  crypto: () => globalThis.crypto,
  textStream: () => new TextDecoderStream(),
  stream: () => new PassThrough(),
  hash: () => createHash("sha256"),
  decoder: () => new StringDecoder(),
  mimeType: () => new MIMEType("text/plain"),
  exchange: () => createECDH("secp256k1"),
  resource: () => new AsyncResource("Job"),
};

const kinds: Record<string, RegExp> = {
  symbol: /it is a symbol \(Symbol\(sym\)\)$/,
  promise: /it is a Promise; await it first$/,
  weakMap: /it is a weak collection; send a Map or a Set$/,
  weakSet: /it is a weak collection; send a Map or a Set$/,
  weakRef: /it is a WeakRef; send what it refers to$/,
  proxy: /it is a Proxy; send a plain copy of what it stands for$/,
  arrayProxy: /it is a Proxy; send a plain copy of what it stands for$/,
  revoked: /it is a Proxy; send a plain copy of what it stands for$/,
  generator: /it is a generator; collect its values first$/,
  asyncGenerator: /it is a generator; collect its values first$/,
  arguments: /it is an arguments object; send \[\.\.\.arguments\]$/,
  port: /it is an instance of MessagePort, which can't be cloned; move it with transfer\(\)$/,
  detached: /it is an instance of Uint8Array, which can't be cloned: its memory was moved elsewhere before$/,
  abortSignal: /it is an AbortSignal, .*give the signal to the task.*currentTask\(\)\.signal/,
  abortController: /it is an AbortController, .*give the signal to the task/,
  searchParameters: /it is a URLSearchParams, .*send its text: String\(params\)$/,
  headers: /it is a Headers, .*send its entries: \[\.\.\.headers\]$/,
  response: /it is a Response, .*its body as text or bytes$/,
  eventTarget: /it is an EventTarget, .*send the data it was made from, and make it where it is used$/,
  ofEventTarget: /it is a Bus \(an EventTarget\), .*make it where it is used$/,
  event: /it is an Event, .*send what is needed of it: its type, its detail, its data$/,
  ofEvent: /it is a CustomEvent \(an Event\), .*its detail/,
  mark: /it is a PerformanceMark \(a PerformanceEntry\), .*send its data: entry\.toJSON\(\)$/,
  crypto: /it is a Crypto, .*every thread has its own: globalThis\.crypto$/,
  textStream: /it is a TextDecoderStream, .*make it where it is used$/,
  stream: /it is a PassThrough \(a Stream\), .*make it where it is used$/,
  hash: /it is a Hash \(a Stream\), .*make it where it is used$/,
  decoder: /it is a StringDecoder, .*make it where it is used$/,
  mimeType: /it is a MIMEType, .*send its text: String\(type\)$/,
  exchange: /it is an ECDH, .*make it where it is used$/,
  resource: /it is an AsyncResource, .*make it where it is used$/,
};

/** Where the culprit is put, and what the path says. */
const places: [name: string, put: (culprit: unknown) => unknown, path: string][] = [
  ["at the top", (culprit) => culprit, ""],
  ["in an array in an object", (culprit) => ({ list: [1, { deep: culprit }] }), ".list[1].deep"],
  ["in a Map", (culprit) => [new Map([["key", { culprit }]])], '[0].get("key").culprit'],
  ["as a Map's key", (culprit) => new Map([[[culprit], 1]]), " (map key)[0]"],
  ["in a Set", (culprit) => ({ set: new Set([[culprit]]) }), ".set (set member)[0]"],
  ["beside marks", (culprit) => ({ mark: Buffer.from("m"), both: [new URL("a:b"), culprit] }), ".both[1]"],
];

for (const [name, create] of Object.entries(make)) {
  test(`an argument that is or holds a ${name} fails its own future, with the path`, async () => {
    for (const [place, put, path] of places) {
      const error = await pool.submit(identity, put(create())).exception();
      assert.ok(error instanceof SerializationError, `${place}: ${String(error)}`);
      assert.equal(error.code, "ERR_UNGIL_SERIALIZATION");
      assert.equal(error.path, `arguments[0]${path}`, place);
      assert.match(error.message, kinds[name]!);
      assert.ok(error.message.startsWith(`arguments[0]${path} can't be sent: `));
    }
    assert.equal(await pool.submit(add, 1, 2), 3);
  });

  if (name === "promise") continue; // a task's promise is awaited
  test(`a result that is or holds a ${name} fails its own future, and the same thread goes on`, async () => {
    const before = await pool.submit(thread);
    for (const [place, put, path] of places) {
      // to see whether it is a promise, a task's result is asked for `then`
      if (name === "revoked" && path === "") continue;
      const error = await pool
        .submit((each: () => unknown, where: (culprit: unknown) => unknown) => where(each()), create, put)
        .exception();
      assert.ok(error instanceof SerializationError, `${place}: ${String(error)}`);
      assert.equal(error.path, `result${path}`, place);
      assert.match(error.message, kinds[name]!);
    }
    assert.equal(await pool.submit(thread), before);
  });
}

test("a result that is or holds a function says what to return", async () => {
  for (const [, put, path] of places) {
    const error = await pool
      .submit((where: (culprit: unknown) => unknown) => where(function save() {}), put)
      .exception();
    assert.ok(error instanceof SerializationError);
    assert.equal(error.path, `result${path}`);
    assert.match(error.message, /it is a function \(save\)\. Send the data it would work on$/);
  }
  const aClass = await pool.submit(() => class Thing {}).exception();
  assert.match((aClass as Error).message, /^result can't be sent: it is a function \(Thing\)/);
});

test("a promise nested in a result is refused: only the result itself is awaited", async () => {
  const error = await pool.submit(() => ({ later: [Promise.resolve(1)] })).exception();
  assert.ok(error instanceof SerializationError);
  assert.equal(error.path, "result.later[0]");
});

test("a socket as an argument is refused with advice", async () => {
  const socket = new Socket();
  for (const value of [socket, { nested: [socket] }]) {
    const error = await pool.submit(identity<unknown>, value).exception();
    assert.ok(error instanceof SerializationError);
    assert.match(error.message, /can't be sent: it is a Socket \(a Stream\).*make it where it is used$/);
  }
  socket.destroy();
});

test("an emitter with listeners is refused, one without is plain data", async () => {
  class Job extends EventEmitter {
    title = "job";
  }
  const job = new Job();
  assert.equal((await pool.submit(identity<Job>, job)).title, "job");
  job.on("done", () => {});
  const error = await pool.submit(identity<Job>, job).exception();
  assert.ok(error instanceof SerializationError);
  assert.match(
    error.message,
    /^arguments\[0\] can't be sent: it is an instance of Job, whose listeners belong/,
  );
});

test("a function argument that can't be captured is named with its path and the reason", async () => {
  const on = [process.hrtime.bigint];
  const refused = await pool.submit((value: unknown) => typeof value, { on }).exception();
  assert.ok(refused instanceof SerializationError);
  assert.equal(refused.path, "arguments[0].on[0]");
  assert.match(
    refused.message,
    /^arguments\[0\]\.on\[0\] can't be sent: cannot send function to a worker: .*internal to Node/,
  );
});

test("what a nested submission can't send fails its future in the task, with the path", async () => {
  const paths = await pool.submit(async (executor: ThreadPoolExecutor) => {
    const argument = await executor.submit((value: unknown) => value, { deep: [Symbol("s")] }).exception();
    const result = await executor.submit(() => ({ deep: [Symbol("s")] })).exception();
    return [argument, result].map((each) => (each as SerializationError).path);
  }, pool);
  assert.deepEqual(paths, ["arguments[0].deep[0]", "result.deep[0]"]);
});

test("the culprit is named, not a function before it that can be sent", async () => {
  const error = await pool.submit(countArguments, () => 1, Buffer.from("b"), Symbol("s")).exception();
  assert.ok(error instanceof SerializationError);
  assert.equal(error.path, "arguments[2]");
});

test("a getter that throws is named, in arguments and in results", async () => {
  const hostile = {
    list: [
      {
        get bad(): never {
          throw new RangeError("no access");
        },
      },
    ],
  };
  for (const value of [hostile, { url: new URL("a:b"), error: new Error("e"), run: () => 1, hostile }]) {
    const error = await pool.submit(identity<unknown>, value).exception();
    assert.ok(error instanceof SerializationError);
    assert.match(error.path, /list\[0\]\.bad$/);
    assert.match(error.message, /\.bad can't be sent: it is a getter that throws: no access$/);
    assert.ok(error.cause instanceof RangeError);
  }
  const result = await pool
    .submit(() => ({
      ok: 1,
      get bad(): never {
        throw new RangeError("in the worker");
      },
    }))
    .exception();
  assert.ok(result instanceof SerializationError);
  assert.equal(result.path, "result.bad");
  assert.ok(result.cause instanceof RangeError);
});

test("a first task whose argument is refused does not keep its function from later tasks", async () => {
  await using fresh = new ThreadPoolExecutor({ maxWorkers: 1 });
  const refused = await fresh.submit(countArguments, Symbol("refused")).exception();
  assert.ok(refused instanceof SerializationError);
  assert.equal(await fresh.submit(countArguments, 1, 2), 2);
  assert.equal(await fresh.submit(countArguments, { data: 1 }), 1);
});

test("refused tasks among many of a map fail alone", async () => {
  const items = Array.from({ length: 100 }, (_, i) => (i % 10 === 3 ? Symbol(String(i)) : i));
  const settled = await pool.map(identity<unknown>, items, { errors: "settle" });
  settled.forEach((each, i) => {
    if (i % 10 === 3) assert.ok(each.status === "rejected" && each.reason instanceof SerializationError);
    else assert.deepEqual(each, { status: "fulfilled", value: i });
  });
});

test("results that are refused among many of a map fail alone", async () => {
  const settled = await pool.map(
    (i: number) => (i % 10 === 3 ? () => i : i),
    Array.from({ length: 100 }).keys(),
    {
      errors: "settle",
      chunksize: 20,
    },
  );
  assert.equal(settled.filter((each) => each.status === "rejected").length, 10);
  assert.equal(settled.filter((each) => each.status === "fulfilled").length, 90);
});

test("progress that can't be sent throws in the task, with the path", async () => {
  const message = await pool.submit(() => {
    try {
      currentTask().report({ step: () => 1 });
    } catch (error) {
      return (error as Error).message;
    }
    return "reported";
  });
  assert.match(message, /^progress\.step can't be sent: it is a function/);
});

test("moving what was moved before fails that future", async () => {
  const bytes = new Uint8Array(8);
  assert.equal(await pool.submit((each: Uint8Array) => each.length, transfer(bytes)), 8);
  const error = await pool.submit((each: Uint8Array) => each.length, transfer(bytes)).exception();
  assert.ok(error instanceof SerializationError);
  assert.equal(error.path, "arguments[0]");
  const listed = await pool
    .with({ transfer: [bytes.buffer] })
    .submit(add, 1, 2)
    .exception();
  assert.ok(listed instanceof SerializationError);
  const returned = await pool
    .submit(async () => {
      const ungil = await import("ungil");
      const gone = new Uint8Array(4);
      structuredClone(gone.buffer, { transfer: [gone.buffer] });
      return ungil.transfer(gone);
    })
    .exception();
  assert.ok(returned instanceof SerializationError);
});

test("a buffer that both transfer and the task's options name moves once", async () => {
  const bytes = new Uint8Array(8);
  const view = pool.with({ transfer: [bytes.buffer] });
  assert.equal(await view.submit((each: Uint8Array) => each.length, transfer(bytes)), 8);
  assert.equal(bytes.length, 0);
});

test("a refused task counts as failed and leaves nothing behind", async () => {
  await using counted = new ThreadPoolExecutor({ maxWorkers: 1 });
  await counted.submit(identity<unknown>, Symbol("x")).exception();
  await counted.submit((): unknown => () => 1).exception();
  const { submitted, failed, completed, running, queued } = counted.stats();
  assert.deepEqual(
    { submitted, failed, completed, running, queued },
    {
      submitted: 2,
      failed: 2,
      completed: 0,
      running: 0,
      queued: 0,
    },
  );
});

test("an initializer's argument that can't be sent throws from the constructor", () => {
  assert.throws(
    () => new ThreadPoolExecutor({ initializer: identity, initargs: [{ socket: new Socket() }] }),
    (error) => error instanceof SerializationError && error.path.startsWith("initargs[0].socket"),
  );
});
