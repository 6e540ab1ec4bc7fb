// What an error carries besides its class: message, own properties, cause, and what can't be cloned.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { types } from "node:util";
import { SerializationError, ThreadPoolExecutor } from "ungil";
import { add } from "./fixtures/classes.js";
import { failureOf } from "./support/failures.js";

const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
after(() => pool.shutdown());

type Loose = Error & Record<string, unknown>;

test("own properties arrive, enumerable or not as they were", async () => {
  const error = await failureOf<Loose>(pool, () => {
    const made = Object.assign(new Error("m"), { code: "E_MINE", status: 404, retry: { after: [1, 2n] } });
    Object.defineProperty(made, "secret", { value: new Date(0), enumerable: false });
    throw Object.assign(made, { none: undefined, nil: null, map: new Map([["a", new Set([NaN])]]) });
  });
  assert.equal(error.code, "E_MINE");
  assert.deepEqual(error.retry, { after: [1, 2n] });
  assert.deepEqual(error.secret, new Date(0));
  assert.equal(Object.getOwnPropertyDescriptor(error, "secret")?.enumerable, false);
  assert.ok("none" in error);
  assert.equal(error.nil, null);
  assert.deepEqual(error.map, new Map([["a", new Set([Number.NaN])]]));
  assert.deepEqual(Object.keys(error), ["code", "status", "retry", "none", "nil", "map"]);
});

test("an own name arrives as an own name", async () => {
  const error = await failureOf<Loose>(pool, () => {
    throw Object.assign(new TypeError("m"), { name: "Renamed" });
  });
  assert.equal(error.name, "Renamed");
  assert.ok(Object.keys(error).includes("name"));
  assert.ok(error instanceof TypeError);
});

test("symbols do no harm: as values they arrive as text, as keys they stay behind", async () => {
  const error = await failureOf<Loose>(pool, () => {
    throw Object.assign(new Error("m"), { kind: Symbol("kind"), [Symbol("key")]: 1, after: "them" });
  });
  assert.equal(error.kind, "Symbol(kind)");
  assert.equal(error.after, "them");
  assert.deepEqual(Object.getOwnPropertySymbols(error), []);
});

test("a cause arrives: an error, a plain object, a primitive, undefined", async () => {
  const cause = async (make: () => unknown): Promise<unknown> => {
    const error = await pool
      .submit((each: () => unknown) => {
        throw new Error("outer", { cause: each() });
      }, make)
      .exception();
    assert.ok(Object.hasOwn(error as Error, "cause"));
    assert.equal(Object.getOwnPropertyDescriptor(error, "cause")?.enumerable, false);
    return (error as Error).cause;
  };
  const inner = await cause(() => new RangeError("inner", { cause: new URIError("innermost") }));
  assert.ok(inner instanceof RangeError);
  assert.ok(inner.cause instanceof URIError);
  assert.match(inner.stack ?? "", /inner\n\s+at /);
  assert.deepEqual(await cause(() => ({ plain: [1] })), { plain: [1] });
  assert.equal(await cause(() => "text"), "text");
  assert.equal(await cause(() => 0), 0);
  assert.equal(await cause(() => undefined), undefined);
  assert.equal(await cause(() => null), null);
});

test("an error without a cause arrives without one", async () => {
  const error = await failureOf(pool, () => {
    throw new Error("plain");
  });
  assert.equal("cause" in error, false);
});

test("cycles by cause and by properties are kept", async () => {
  const error = await failureOf<Loose>(pool, () => {
    const one = new Error("one") as Error & { self: unknown; context: unknown };
    const two = new Error("two", { cause: one });
    one.cause = two;
    one.self = one;
    const context: { error: Error; owner?: unknown } = { error: one };
    context.owner = context;
    one.context = context;
    throw one;
  });
  const { context } = error as unknown as { context: { error: Error; owner: object } };
  assert.equal((error.cause as Error).cause, error);
  assert.equal(error.self, error);
  assert.equal(context.error, error);
  assert.equal(context.owner, context);
});

test("a chain of ten thousand causes arrives in part, and the task fails with its own error", async () => {
  const error = await failureOf(pool, () => {
    let made = new Error("link 0");
    for (let i = 1; i < 10_000; i++) made = new Error(`link ${i}`, { cause: made });
    throw made;
  });
  assert.equal(error.message, "link 9999");
  let links = 1;
  let last: unknown = error;
  for (; last instanceof Error; last = last.cause) links++;
  assert.ok(links > 20);
  assert.match(last as string, /^\[Error: link \d+\]$/);
});

test("an error of many errors arrives whole", async () => {
  const error = await failureOf<AggregateError>(pool, () => {
    throw new AggregateError(
      Array.from({ length: 5_000 }, (_, i) => new RangeError(String(i))),
      "many",
    );
  });
  assert.equal(error.errors.length, 5_000);
  assert.ok(error.errors.every((each) => each instanceof RangeError));
});

test("errors as an enumerable property, as of a validator, are not hidden", async () => {
  const error = await failureOf<Loose>(pool, () => {
    throw Object.assign(new Error("invalid"), { errors: { field: ["is missing"] } });
  });
  assert.deepEqual(error.errors, { field: ["is missing"] });
  assert.ok(Object.keys(error).includes("errors"));
});

test("a frozen error and one with a frozen cause arrive", async () => {
  const error = await failureOf<Loose>(pool, () => {
    const cause = Object.freeze(new TypeError("cold cause"));
    throw Object.freeze(Object.assign(new RangeError("cold", { cause }), { detail: Object.freeze([1]) }));
  });
  assert.ok(error instanceof RangeError);
  assert.deepEqual(error.detail, [1]);
  assert.ok(error.cause instanceof TypeError);
});

test("getters that throw become a text; everything else arrives", async () => {
  const error = await failureOf<Loose>(pool, () => {
    const made = Object.defineProperties(new Error("m"), {
      bad: {
        enumerable: true,
        get() {
          throw new TypeError("no access");
        },
      },
      worse: {
        enumerable: true,
        get() {
          throw Object.create(null) as Error;
        },
      },
      good: { enumerable: true, get: () => 42 },
    });
    throw Object.assign(made, {
      nested: {
        get bad() {
          throw new Error("deep");
        },
      },
    });
  });
  assert.equal(error.bad, "[getter threw: TypeError: no access]");
  assert.equal(error.worse, "[getter threw]");
  assert.equal(error.good, 42);
  assert.deepEqual(error.nested, { bad: "[getter threw: Error: deep]" });
});

test("message and stack that throw or are no text do not harm the rest", async () => {
  const error = await failureOf<Loose>(pool, () => {
    const made = Object.defineProperty(new RangeError("m"), "stack", { value: 17 });
    Object.defineProperty(made, "message", {
      get() {
        throw new Error("no message");
      },
    });
    throw Object.assign(made, { code: "E" });
  });
  assert.ok(error instanceof RangeError);
  assert.equal(error.message, "[getter threw: Error: no message]");
  assert.equal(error.code, "E");
  const bare = await failureOf(pool, () => {
    const made = new Error("no stack");
    delete (made as { stack?: string }).stack;
    throw made;
  });
  assert.equal(bare.message, "no stack");
});

test("functions, sockets, streams, promises and native things arrive as a short text, never as {}", async () => {
  const error = await failureOf<Loose>(pool, async () => {
    const { Socket } = await import("node:net");
    const { Readable } = await import("node:stream");
    const { request } = await import("node:http");
    const asked = request({ host: "127.0.0.1", port: 1 });
    asked.on("error", () => {});
    asked.destroy();
    throw Object.assign(new Error("m"), {
      save() {},
      arrow: () => 1,
      aClass: class Thing {},
      socket: new Socket(),
      stream: Readable.from([1]),
      request: asked,
      promise: Promise.resolve(1),
      weak: new WeakMap(),
      ref: new WeakRef({}),
      generator: (function* () {})(),
      proxy: new Proxy({ a: 1 }, {}),
      proxyArray: new Proxy([1], {}),
      headers: new Headers({ a: "b" }),
      signal: new AbortController().signal,
      channel: new MessageChannel().port1,
      web: new ReadableStream(),
      list: [() => 1, Symbol.iterator],
    });
  });
  const { save, arrow, aClass, socket, stream, request, promise, weak, ref, generator, proxy, proxyArray } =
    error;
  assert.deepEqual(
    { save, arrow, aClass, socket, stream, request, promise, weak, ref, generator, proxy, proxyArray },
    {
      save: "[Function: save]",
      arrow: "[Function: arrow]",
      aClass: "[Function: Thing]",
      socket: "[Socket]",
      stream: "[Readable]",
      request: "[ClientRequest]",
      promise: "[Promise]",
      weak: "[WeakMap]",
      ref: "[WeakRef]",
      generator: "[Generator]",
      proxy: "[Proxy]",
      proxyArray: "[Proxy]",
    },
  );
  assert.equal(error.headers, "[Headers]");
  assert.equal(error.signal, "[AbortSignal]");
  assert.match(String(error.channel), /^\[\w+\]$/);
  assert.equal(error.web, "[ReadableStream]");
  assert.deepEqual(error.list, ["[Function: (anonymous)]", "Symbol(Symbol.iterator)"]);
});

test("an error as of an HTTP client keeps config and response, and shows the rest as text", async () => {
  const error = await failureOf<Loose>(pool, async () => {
    const { Agent, ClientRequest, IncomingMessage } = await import("node:http");
    const { Socket } = await import("node:net");
    class ClientHeaders {
      constructor(readonly accept: string) {}
    }
    const config = {
      url: new URL("https://example.org/a?b"),
      headers: new ClientHeaders("*/*"),
      transform: [(data: unknown) => data],
      httpAgent: new Agent(),
      timeout: 0,
    };
    const socket = new Socket();
    const asked = new ClientRequest({ host: "127.0.0.1", port: 1, createConnection: () => socket });
    asked.on("error", () => {}).destroy();
    throw Object.assign(new Error("Request failed with status code 503"), {
      name: "ClientError",
      code: "ERR_BAD_RESPONSE",
      config,
      request: asked,
      response: {
        status: 503,
        config,
        data: Buffer.from("busy"),
        raw: new IncomingMessage(socket),
        request: asked,
      },
      toJSON() {
        return {};
      },
    });
  });
  const config = {
    url: new URL("https://example.org/a?b"),
    headers: { accept: "*/*" },
    transform: ["[Function: (anonymous)]"],
    httpAgent: "[Agent]",
    timeout: 0,
  };
  assert.equal(error.code, "ERR_BAD_RESPONSE");
  assert.equal(error.name, "ClientError");
  assert.deepEqual(error.config, config);
  assert.equal(error.request, "[ClientRequest]");
  const response = error.response as Record<string, unknown>;
  assert.deepEqual(response, {
    status: 503,
    config,
    data: Buffer.from("busy"),
    raw: "[IncomingMessage]",
    request: "[ClientRequest]",
  });
  assert.ok(Buffer.isBuffer(response.data));
  assert.equal(response.config, error.config, "shared parts stay shared");
  assert.doesNotThrow(() => JSON.stringify(error));
});

test("buffers and memory arrive, detached memory as text", async () => {
  const error = await failureOf<Loose>(pool, () => {
    const gone = new Uint8Array(8);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    throw Object.assign(new Error("m"), {
      pooled: Buffer.from("abc"),
      view: new Float64Array([1.5, -0]),
      memory: new ArrayBuffer(3),
      gone,
      goneMemory: gone.buffer,
      boxed: Object(1n) as unknown,
    });
  });
  assert.deepEqual(error.pooled, Buffer.from("abc"));
  assert.deepEqual(error.view, new Float64Array([1.5, -0]));
  assert.ok(types.isArrayBuffer(error.memory));
  assert.equal(error.gone, "[Uint8Array]");
  assert.equal(error.goneMemory, "[ArrayBuffer]");
  assert.deepEqual(error.boxed, Object(1n));
});

test("properties are followed twelve levels deep, below stands a text", async () => {
  const error = await failureOf<Loose>(pool, () => {
    let deep: unknown = "bottom";
    for (let i = 0; i < 20; i++) deep = { deep };
    throw Object.assign(new Error("m"), { deep, wide: new Array(1e9) });
  });
  let levels = 0;
  let value: unknown = error.deep;
  for (; typeof value === "object"; levels++) value = (value as { deep: unknown }).deep;
  assert.equal(levels, 12);
  assert.equal(value, "[Object]");
  assert.equal((error.wide as unknown[]).length, 1e9);
});

test("hostile keys of properties are only keys", async () => {
  const error = await failureOf<Loose>(pool, () => {
    const made = new Error("m") as Loose;
    made["\u0000ungil"] = "error";
    made.data = JSON.parse('{"__proto__":{"polluted":1},"\\u0000ungil":"buffer","constructor":3}') as object;
    throw made;
  });
  assert.equal(error["\u0000ungil"], "error");
  assert.equal(({} as { polluted?: number }).polluted, undefined);
  assert.deepEqual(Object.keys(error.data as object), ["__proto__", "\u0000ungil", "constructor"]);
});

test("a Proxy of an error, thrown, fails the task and nothing else", async () => {
  const error = await failureOf<SerializationError>(pool, () => {
    throw new Proxy(new RangeError("behind"), {});
  });
  assert.ok(error instanceof SerializationError);
  assert.match(error.message, /Proxy/);
  assert.equal(await pool.submit(add, 1, 2), 3);
});

for (const [what, value] of [
  ["a string", "text"],
  ["an empty string", ""],
  ["a number", 42],
  ["a BigInt", 10n],
  ["undefined", undefined],
  ["null", null],
  ["false", false],
  ["a plain object", { status: 500, nested: [1] }],
  ["an array", [1, "two"]],
  ["a Map", new Map([["k", 1]])],
] as const) {
  test(`${what} that is thrown, or that a promise rejects with, arrives as it is`, async () => {
    const thrown = (each: unknown): never => {
      // oxlint-disable-next-line typescript/only-throw-error -- that is the test
      throw each;
    };
    const rejected = (each: unknown): Promise<never> => Promise.reject(each);
    const late = async (each: unknown): Promise<never> => {
      for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => setImmediate(resolve));
      // oxlint-disable-next-line typescript/only-throw-error
      throw each;
    };
    for (const fn of [thrown, rejected, late]) {
      const [outcome] = await Promise.allSettled([pool.submit(fn, value)]);
      assert.deepEqual(outcome, { status: "rejected", reason: value });
    }
  });
}

test("a symbol or a function that is thrown arrives as a SerializationError that says so", async () => {
  for (const [make, pattern] of [
    [() => Symbol("thrown"), /^error can't be sent: it is a symbol \(Symbol\(thrown\)\)/],
    [() => function work() {}, /^error can't be sent: it is a function \(work\)/],
    [() => ({ handlers: [() => 1] }), /^error\.handlers\[0\] can't be sent: it is a function/],
  ] as const) {
    const error = await pool
      .submit((each: () => unknown) => {
        throw each();
      }, make)
      .exception();
    assert.ok(error instanceof SerializationError);
    assert.match(error.message, pattern);
  }
  assert.equal(await pool.submit(add, 1, 2), 3);
});

test("an error after several awaits arrives like any other", async () => {
  const error = await failureOf<Loose>(pool, async () => {
    for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setTimeout(resolve, 1));
    throw Object.assign(new URIError("late"), { step: 5 });
  });
  assert.ok(error instanceof URIError);
  assert.equal(error.step, 5);
});

test("a thenable that rejects fails its task", async () => {
  const error = await failureOf(pool, () => ({
    // oxlint-disable-next-line unicorn/no-thenable -- that is the test
    then: (_: unknown, reject: (error: Error) => void) => reject(new RangeError("thenable")),
  }));
  assert.ok(error instanceof RangeError);
});
