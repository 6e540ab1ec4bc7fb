// `instanceof` by brand, across two copies of the package and into user subclasses; how errors show themselves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import * as ungil from "ungil";
import {
  CancelledError,
  InvalidArgumentError,
  ThreadPoolExecutor,
  TimeoutError,
  UngilError,
  WorkerExitError,
} from "ungil";

type Copy = typeof ungil;

/** A second copy of the error classes, as two versions of the package in one program make it. */
const copy = (await import(
  new URL("../errors.js?copy", import.meta.resolve("ungil")).href
)) as unknown as Copy;

test("the second copy is a copy", () => {
  assert.notEqual(copy.TimeoutError, TimeoutError);
});

test("an error of either copy is an instance of the class of the other, and of its bases", () => {
  assert.ok(new TimeoutError() instanceof copy.TimeoutError);
  assert.ok(new TimeoutError() instanceof copy.UngilError);
  assert.ok(new copy.TimeoutError() instanceof TimeoutError);
  assert.ok(new copy.BrokenThreadPoolError("x") instanceof ungil.BrokenExecutorError);
});

test("an error is no instance of a class beside or below its own, in either copy", () => {
  assert.equal(new TimeoutError() instanceof copy.CancelledError, false);
  assert.equal(new copy.TimeoutError() instanceof CancelledError, false);
  assert.equal(new copy.BrokenExecutorError("x") instanceof ungil.BrokenThreadPoolError, false);
});

test("only objects with the brand are instances", () => {
  for (const value of [
    undefined,
    null,
    "TimeoutError",
    1,
    {},
    new Error("x"),
    { name: "TimeoutError" },
    () => 1,
  ])
    assert.equal((value as object) instanceof TimeoutError, false);
});

test("a user's subclass of an error of ours has instances of its own only", () => {
  class SlowError extends TimeoutError {}
  class SlowerError extends SlowError {}
  assert.ok(new SlowerError() instanceof SlowError);
  assert.ok(new SlowerError() instanceof TimeoutError);
  assert.ok(new SlowerError() instanceof copy.TimeoutError);
  assert.equal(new TimeoutError() instanceof SlowError, false);
  assert.equal(new copy.TimeoutError() instanceof SlowError, false);
  assert.equal(new SlowError() instanceof SlowerError, false);
});

test("a user's subclass keeps its own name where it sets one", () => {
  class NamedError extends TimeoutError {
    override name = "NamedError";
  }
  assert.equal(new NamedError().name, "NamedError");
  assert.match(String(new NamedError("slow")), /^NamedError: slow$/);
});

test("an error of the other copy that a task throws or returns arrives as one of ours", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const arrived = await pool.submit((each: Error) => each, new copy.WorkerExitError("w", { reason: "exit" }));
  assert.ok(arrived instanceof WorkerExitError);
  assert.equal(arrived.reason, "exit");
});

test("every exported error has a stable code, its class's name, and a stack that begins with it", () => {
  for (const [name, each] of Object.entries(ungil.errorClasses)) {
    assert.equal(each.prototype.name, name);
    assert.equal(Object.keys(each.prototype).includes("name"), false);
  }
  const error = new TimeoutError("late");
  assert.equal(error.code, "ERR_UNGIL_TIMEOUT");
  assert.match(error.stack ?? "", /^TimeoutError: late\n\s+at /);
});

test("inspect shows class, message, stack, cause and details", () => {
  const error = new WorkerExitError("the worker ended", {
    reason: "exit",
    exitCode: 3,
    cause: new RangeError("why"),
  });
  const text = inspect(error);
  for (const part of [
    "WorkerExitError: the worker ended",
    "ERR_UNGIL_WORKER_EXIT",
    "exitCode: 3",
    "RangeError: why",
  ])
    assert.ok(text.includes(part), `${part} in ${text}`);
  assert.doesNotMatch(text, /Symbol\(|ungil\.error/);
});

test("JSON shows name, message, code and details", () => {
  const error = new WorkerExitError("the worker ended", { reason: "exit", exitCode: 3, task: "t" });
  assert.deepEqual(JSON.parse(JSON.stringify(error)), {
    name: "WorkerExitError",
    message: "the worker ended",
    code: "ERR_UNGIL_WORKER_EXIT",
    reason: "exit",
    exitCode: 3,
    task: "t",
  });
});

test("JSON of an InvalidArgumentError works for every value", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  for (const value of [1n, cyclic, Symbol("s"), () => 1, undefined, Number.NaN]) {
    const shown = JSON.parse(JSON.stringify(new InvalidArgumentError("size", value, "positive"))) as {
      message: string;
      argument: string;
    };
    assert.match(shown.message, /^size must be positive, got /);
    assert.equal(shown.argument, "size");
  }
});

test("an InvalidArgumentError can name any value, also one that throws when looked at", () => {
  const hostile = new Proxy(
    {},
    {
      getPrototypeOf() {
        throw new Error("no");
      },
    },
  );
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  const badName = Object.create({
    get constructor() {
      throw new Error("no");
    },
  }) as object;
  for (const value of [hostile, proxy, badName, Object.create(null), -0, "x".repeat(1_000), [1, 2]]) {
    const { message } = new InvalidArgumentError("size", value, "positive");
    assert.match(message, /^size must be positive, got /);
    assert.ok(message.length < 120);
  }
  assert.match(new InvalidArgumentError("x", -0, "y").message, /got -0 \(number\)/);
});

test("an error caught as UngilError is told from a task's own", () => {
  assert.ok(new CancelledError() instanceof UngilError);
  assert.equal(new Error("x") instanceof UngilError, false);
});
