// Which class an error of a worker's task has on arrival, and what becomes of its constructor.
import assert, { AssertionError } from "node:assert/strict";
import { after, test } from "node:test";
import vm from "node:vm";
import {
  BrokenPipeError,
  BrokenThreadPoolError,
  BufferTooShortError,
  CancelledError,
  CaptureError,
  ConnectionClosedError,
  EOFError,
  InvalidArgumentError,
  MapFullError,
  MissingDependencyError,
  QueueEmptyError,
  QueueFullError,
  QueueShutDownError,
  SerializationError,
  ThreadPoolExecutor,
  TimeoutError,
  UngilError,
  WorkerExitError,
} from "ungil";
import * as classes from "./fixtures/classes.js";
import { failureOf } from "./support/failures.js";

const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
after(() => pool.shutdown());

for (const name of [
  "Error",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
] as const) {
  test(`a ${name} arrives as a ${name}`, async () => {
    const error = await pool
      .submit((each: typeof name) => {
        throw new globalThis[each](`a ${each}`);
      }, name)
      .exception();
    assert.ok(error instanceof globalThis[name]);
    assert.equal(Object.getPrototypeOf(error), globalThis[name].prototype);
    assert.equal(error.name, name);
    assert.equal(error.message, `a ${name}`);
    assert.equal(Object.hasOwn(error, "name"), false, "nothing was added to it");
  });
}

test("an AggregateError arrives with its errors, each of its class, nested ones too", async () => {
  const error = await failureOf<AggregateError>(pool, () => {
    const inner = new AggregateError([new URIError("deep")], "inner");
    throw new AggregateError([new RangeError("one"), inner, "three", { four: 4 }], "outer");
  });
  assert.ok(error instanceof AggregateError);
  assert.equal(error.message, "outer");
  assert.equal(Object.getOwnPropertyDescriptor(error, "errors")?.enumerable, false);
  const [one, inner, three, four] = error.errors as [RangeError, AggregateError, string, object];
  assert.ok(one instanceof RangeError);
  assert.ok(inner instanceof AggregateError);
  assert.ok(inner.errors[0] instanceof URIError);
  assert.equal(inner.errors[0].message, "deep");
  assert.equal(three, "three");
  assert.deepEqual(four, { four: 4 });
});

test("Promise.any of rejections arrives as an AggregateError", async () => {
  const error = await failureOf<AggregateError>(pool, () =>
    Promise.any([Promise.reject(new TypeError("a")), Promise.reject(new URIError("b"))]),
  );
  assert.ok(error instanceof AggregateError);
  assert.ok(error.errors[0] instanceof TypeError);
});

test("a DOMException arrives with its name and code", async () => {
  for (const name of ["AbortError", "TimeoutError", "DataCloneError", "NotFoundError"]) {
    const error = await pool
      .submit((each: string) => {
        throw new DOMException("the message", each);
      }, name)
      .exception();
    assert.ok(error instanceof DOMException);
    assert.equal(error.name, name);
    assert.equal(error.code, new DOMException("", name).code);
    assert.equal(error.message, "the message");
  }
});

test("the AbortError of an aborted signal arrives as one", async () => {
  const error = await failureOf<DOMException>(pool, () => AbortSignal.abort().throwIfAborted());
  assert.ok(error instanceof DOMException);
  assert.equal(error.name, "AbortError");
});

test("an error of Node keeps its code and can be shown as text", async () => {
  const error = await failureOf<NodeJS.ErrnoException>(pool, () => Buffer.alloc("x" as never));
  assert.ok(error instanceof TypeError);
  assert.equal(error.code, "ERR_INVALID_ARG_TYPE");
  assert.match(String(error), /^TypeError.*"size"/);
});

test("a system error keeps code, errno, syscall and path", async () => {
  const error = await failureOf<NodeJS.ErrnoException>(pool, async () => {
    const { readFile } = await import("node:fs/promises");
    await readFile("/nowhere/at/all");
  });
  assert.ok(error instanceof Error);
  const { code, errno, syscall, path } = error;
  assert.deepEqual(
    { code, errno, syscall, path },
    {
      code: "ENOENT",
      errno: -2,
      syscall: "open",
      path: "/nowhere/at/all",
    },
  );
});

test("a SystemError of node:os keeps its info", async () => {
  const error = await failureOf<NodeJS.ErrnoException & { info: { syscall: string } }>(pool, async () => {
    const { setPriority } = await import("node:os");
    setPriority(2 ** 30, 0);
  });
  assert.ok(error instanceof Error);
  assert.equal(error.name, "SystemError");
  assert.equal(error.code, "ERR_SYSTEM_ERROR");
  assert.equal(error.info.syscall, "uv_os_setpriority");
  assert.equal(error.syscall, "uv_os_setpriority");
});

test("an AssertionError arrives as one, with what it compared", async () => {
  const error = await failureOf<AssertionError>(pool, () => assert.deepEqual({ a: 1 }, { a: 2 }));
  assert.ok(error instanceof AssertionError);
  assert.equal(error.code, "ERR_ASSERTION");
  assert.deepEqual(error.actual, { a: 1 });
  assert.deepEqual(error.expected, { a: 2 });
});

test("an error of another realm keeps the builtin class of its name", async () => {
  const error = await failureOf(pool, async () => {
    const { runInNewContext } = await import("node:vm");
    runInNewContext("null.x");
  });
  assert.equal(Object.getPrototypeOf(error), TypeError.prototype);
  const own = await pool.submit(classes.identity, vm.runInNewContext("new RangeError('r')") as Error);
  assert.equal(Object.getPrototypeOf(own), RangeError.prototype);
});

test("our own errors arrive as what they are, with all they say", async () => {
  const errors = [
    new UngilError("base", "ERR_UNGIL_X"),
    new InvalidArgumentError("size", -1, "positive"),
    new CancelledError("off", { cause: new RangeError("why") }),
    new TimeoutError(),
    new QueueFullError("full"),
    new QueueEmptyError("empty"),
    new QueueShutDownError(),
    new MapFullError("full"),
    new EOFError(),
    new BrokenPipeError(),
    new BufferTooShortError("too long", new Uint8Array([1, 2])),
    new ConnectionClosedError("gone", { object: "Queue", ownerPid: 4711, cause: new Error("why") }),
    new SerializationError("no", "result.x"),
    new CaptureError("a socket", { functionName: "f", path: ["f", "s"], location: "a.ts:1:2", advice: "Do" }),
    new WorkerExitError("ended", { reason: "exit", exitCode: 3, task: "t" }),
    new BrokenThreadPoolError("broken", { cause: "no reason" }),
    new MissingDependencyError("x", "y"),
  ];
  for (const sent of errors) {
    const arrived = await pool.submit(classes.identity<Error>, sent);
    assert.equal(Object.getPrototypeOf(arrived), Object.getPrototypeOf(sent), sent.name);
    assert.deepEqual(arrived, sent);
    assert.deepEqual(Object.keys(arrived), Object.keys(sent));
  }
});

test("an error of ours that a task throws is the task's own", async () => {
  const error = await failureOf<TimeoutError>(pool, async () => {
    const ungil = await import("ungil");
    throw new ungil.TimeoutError("from a task", { cause: new URIError("inner") });
  });
  assert.ok(error instanceof TimeoutError);
  assert.ok(error.cause instanceof URIError);
  assert.equal(error.stack?.match(/submitted to/g)?.length, 1, "its stacks are joined once");
});

class EntryError extends RangeError {
  constructor(readonly detail: string) {
    super(`entry: ${detail}`);
    if (detail === "forbidden") throw new Error("the constructor ran");
  }
  get shouted(): string {
    return this.detail.toUpperCase();
  }
}

test("a class declared in the program's own file arrives as that very class", async () => {
  const error = await failureOf<EntryError>(pool, () => {
    throw new EntryError("mine");
  });
  assert.ok(error instanceof EntryError);
  assert.equal(error.constructor, EntryError);
  assert.equal(error.detail, "mine");
  assert.equal(error.shouted, "MINE");
  assert.equal(error.message, "entry: mine");
});

test("an exported class arrives as the same class object, and its constructor does not run", async () => {
  const before = classes.constructed;
  const error = await pool.submit(classes.throwCounted, "x").exception();
  assert.ok(error instanceof classes.CountedError);
  assert.equal(error.constructor, classes.CountedError);
  assert.equal(error.shouted, "X");
  assert.equal(classes.constructed, before);
});

test("a subclass of a subclass of TypeError is all three", async () => {
  const error = await pool.submit(classes.throwField, "age").exception();
  assert.ok(error instanceof classes.FieldError);
  assert.ok(error instanceof TypeError);
  assert.equal(error.name, "ValidationError");
  assert.equal(error.field, "age");
});

test("a name on the prototype is kept", async () => {
  const error = await pool.submit(classes.throwPrototypeNamed).exception();
  assert.ok(error instanceof classes.PrototypeNamed);
  assert.equal(error.name, "PrototypeNamed");
});

test("a class that only the worker has loaded is found by its module", async () => {
  const error = await failureOf<Error & { thread: number }>(pool, async () => {
    const { WorkerOnlyError } = await import("./fixtures/worker-only.js");
    throw new WorkerOnlyError(7);
  });
  const { WorkerOnlyError } = await import("./fixtures/worker-only.js");
  assert.ok(error instanceof WorkerOnlyError);
  assert.equal(error.thread, 7);
});

test("of a class that can't be found, the nearest builtin and the name arrive", async () => {
  const hidden = await pool.submit(classes.throwHidden).exception();
  assert.equal(Object.getPrototypeOf(hidden), RangeError.prototype);
  assert.equal((hidden as Error).name, "Hidden");
  const named = await pool.submit(classes.throwHiddenNamed).exception();
  assert.equal(Object.getPrototypeOf(named), RangeError.prototype);
  assert.equal((named as Error).name, "NamedByGetter");
  const local = (await pool.submit(classes.throwLocal).exception()) as Error & { detail: number };
  assert.equal(Object.getPrototypeOf(local), SyntaxError.prototype);
  assert.equal(local.name, "Local");
  assert.equal(local.message, "local to a function");
  assert.equal(local.detail, 7);
});

test("of an unknown subclass of ours, our class and the name arrive", async () => {
  const error = await failureOf<TimeoutError>(pool, async () => {
    const ungil = await import("ungil");
    throw new (class SlowError extends ungil.TimeoutError {
      pace = "snail";
    })("too slow");
  });
  assert.ok(error instanceof TimeoutError);
  assert.equal(Object.getPrototypeOf(error), TimeoutError.prototype);
  assert.equal(error.code, "ERR_UNGIL_TIMEOUT");
  assert.equal((error as TimeoutError & { pace: string }).pace, "snail");
});

test("an error without a class, or with a hostile one, arrives as an Error", async () => {
  const bare = await failureOf(pool, () => {
    throw Object.setPrototypeOf(new Error("no class"), null) as Error;
  });
  assert.ok(bare instanceof Error);
  assert.equal(bare.message, "no class");
  const hostile = await failureOf(pool, () => {
    const prototype = Object.create(RangeError.prototype, {
      constructor: {
        get() {
          throw new Error("hands off");
        },
      },
    }) as object;
    throw Object.setPrototypeOf(new RangeError("hostile"), prototype) as Error;
  });
  assert.ok(hostile instanceof Error);
  assert.equal(hostile.message, "hostile");
});

test("a class of util.inherits arrives as itself where it can be found", async () => {
  const error = await failureOf(pool, async () => {
    const { inherits } = await import("node:util");
    function OldError(this: Error, message: string): void {
      Error.captureStackTrace(this, OldError);
      this.message = message;
    }
    inherits(OldError, Error);
    OldError.prototype.name = "OldError";
    const made = Object.setPrototypeOf(new Error("old"), OldError.prototype as object) as Error;
    throw made;
  });
  assert.ok(error instanceof Error);
  assert.equal(error.name, "OldError");
  assert.equal(error.message, "old");
});

test("errors arrive as results, as arguments, and within data, Maps and Sets", async () => {
  const result = await pool.submit(() => ({
    list: [new RangeError("in a list")],
    map: new Map<unknown, unknown>([["key", new TypeError("in a map")]]),
    set: new Set([new URIError("in a set")]),
  }));
  assert.ok(result.list[0] instanceof RangeError);
  assert.ok(result.map.get("key") instanceof TypeError);
  assert.ok([...result.set][0] instanceof URIError);
  const seen = await pool.submit(
    (direct: Error, data: { error: Error }, map: Map<Error, Set<Error>>) => [
      direct instanceof TypeError && direct.message,
      data.error instanceof classes.CountedError && data.error.shouted,
      [...map.keys()][0] instanceof RangeError,
      [...[...map.values()][0]!][0] instanceof EntryError,
    ],
    new TypeError("as an argument"),
    { error: new classes.CountedError("arg") },
    new Map([[new RangeError("key"), new Set<Error>([new EntryError("member")])]]),
  );
  assert.deepEqual(seen, ["as an argument", "ARG", true, true]);
});

test("the same error twice in a value is one error on arrival", async () => {
  const { errors, again, context } = await pool.submit(() => {
    const shared = { n: 1 };
    const error = Object.assign(new Error("one"), { context: shared });
    const cause = new Error("two", { cause: error });
    return { errors: [error, cause], again: error, context: shared };
  });
  assert.equal(errors[0], again);
  assert.equal(errors[1]?.cause, again);
  assert.equal((again as Error & { context: object }).context, context);
});
