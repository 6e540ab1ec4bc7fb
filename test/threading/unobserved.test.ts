import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { ThreadPoolExecutor, type UnobservedFailure, wait } from "ungil";
import { until } from "ungil/testing";
import { rejection } from "./support/rejection.js";
import { fail } from "./support/tasks.js";

test("onUnobserved: told once, at shutdown, of what nobody looked at", async () => {
  const told: UnobservedFailure[] = [];
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, onUnobserved: (failure) => told.push(failure) });
  const held = pool.with({ name: "lost" }).submit(fail, "nobody looks");
  await until(() => held.done(), "it has failed");
  assert.equal(told.length, 0);
  await pool.shutdown();
  await pool.shutdown();
  assert.equal(told.length, 1);
  assert.equal(told[0]!.name, "lost");
  assert.equal((told[0]!.error as Error).message, "nobody looks");
});

test("onUnobserved: never told of a failure that was awaited, waited for, mapped or read", async () => {
  const told: UnobservedFailure[] = [];
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, onUnobserved: (failure) => told.push(failure) });
  await rejection(pool.submit(fail, "awaited"));
  await wait([pool.submit(fail, "waited for")]);
  await pool.submit(fail, "read").exception();
  await rejection(pool.map(fail, ["mapped", "and another"]));
  await pool.map(fail, ["settled"], { errors: "settle" });
  await pool.shutdown();
  assert.deepEqual(told, []);
});

test("onUnobserved: told when the future is collected", {
  skip: globalThis.gc ? false : "needs node --expose-gc",
}, async () => {
  const told: UnobservedFailure[] = [];
  await using pool = new ThreadPoolExecutor({
    maxWorkers: 1,
    onUnobserved: (failure) => told.push(failure),
  });
  const drop = async (): Promise<void> => {
    const future = pool.submit(fail, "dropped");
    await until(() => future.done(), "it has failed");
  };
  await drop();
  await until(() => {
    globalThis.gc?.();
    return told.length === 1;
  }, "it is collected and told");
});

test("without onUnobserved it is a process warning that names the task, and no crash", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on("warning", note);
  try {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    pool.with({ name: "lost" }).submit(fail, "nobody looks");
    await pool.shutdown();
    await until(() => warnings.length === 1, "the warning has come");
    assert.match(warnings[0]!.message, /lost/);
    assert.match((warnings[0] as Error & { detail: string }).detail, /nobody looks/);
  } finally {
    process.off("warning", note);
  }
});

test("A11: a program that ends without shutdown reports what nobody looked at, once, and exits well", {
  timeout: 60_000,
}, async () => {
  const run = promisify(execFile);
  const program = path.resolve("test/threading/fixtures/unbuilt/forgotten-failure.mjs");
  const { stdout } = await run(process.execPath, [program, "told"]);
  assert.deepEqual(stdout.split("\n").toSorted(), ["", "many lost item", "one lost task"]);
  const { stderr } = await run(process.execPath, [program]);
  assert.deepEqual(stderr.match(/^Error: lost.*/gm)?.toSorted(), ["Error: lost item", "Error: lost task"]);
});
