// What workers print: with `onOutput` write by write and with its task, without it on the program's own streams.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { spawn } from "node:child_process";
import path from "node:path";
import { describe, test } from "node:test";
import {
  AsyncExecutor,
  currentTask,
  InlineExecutor,
  InvalidArgumentError,
  ThreadPoolExecutor,
  type WorkerExecutorOptions,
  WorkerExitError,
  type WorkerOutput,
} from "ungil";
import { Gate, until } from "ungil/testing";

const limit = { timeout: 60_000 };

/** A pool and what it was told. */
function listening(options: WorkerExecutorOptions = {}): { pool: ThreadPoolExecutor; told: WorkerOutput[] } {
  const told: WorkerOutput[] = [];
  const pool = new ThreadPoolExecutor({
    maxWorkers: 1,
    ...options,
    onOutput: (output) => told.push(output),
  });
  return { pool, told };
}

const textOf = (told: readonly WorkerOutput[], stream: string): string =>
  told
    .filter((each) => each.stream === stream)
    .map(({ text }) => text)
    .join("");

/** Writes to both streams, in all ways there are. */
function speak(count: number): number {
  for (let at = 0; at < count; at++) {
    console.log(`log ${at}`);
    process.stdout.write(`write ${at}\n`);
    console.error(`error ${at}`);
    process.stderr.write(`raw ${at}\n`);
  }
  return count;
}

const spoken = (count: number): [string, string][] =>
  Array.from({ length: count }, (_, at): [string, string][] => [
    ["stdout", `log ${at}\n`],
    ["stdout", `write ${at}\n`],
    ["stderr", `error ${at}\n`],
    ["stderr", `raw ${at}\n`],
  ]).flat();

const writes = (told: readonly WorkerOutput[]): [string, string][] =>
  told.map(({ stream, text }) => [stream, text]);

describe("onOutput", () => {
  test("is told each write, in order, before the task's future settles", limit, async () => {
    const { pool, told } = listening();
    for (let round = 0; round < 20; round++) {
      told.length = 0;
      assert.equal(await pool.submit(speak, 5), 5);
      assert.deepEqual(writes(told), spoken(5));
    }
    assert.deepEqual(new Set(told.map(({ worker }) => worker)).size, 1);
    await pool.shutdown();
  });

  test("and before a callback of a task among many in one batch", limit, async () => {
    const { pool, told } = listening();
    const futures = Array.from({ length: 200 }, (_, at) =>
      pool.with({ name: `task ${at}` }).submit((n: number) => console.log(`mark ${n}`), at),
    );
    const seen: boolean[] = [];
    for (const [at, future] of futures.entries()) {
      future.onDone(() => {
        seen.push(told.some(({ text, task }) => text === `mark ${at}\n` && task?.name === `task ${at}`));
      });
    }
    await Promise.all(futures);
    assert.deepEqual([...new Set(seen)], [true]);
    assert.equal(seen.length, 200);
    await pool.shutdown();
  });

  test("is told while the worker blocks", limit, async () => {
    const { pool, told } = listening();
    const gate = new Gate();
    const future = pool.submit((cells: Int32Array) => {
      for (let at = 0; at < 3; at++) {
        console.log(`out ${at}`);
        console.error(`err ${at}`);
      }
      Atomics.add(cells, 1, 1);
      while (Atomics.load(cells, 0) === 0) Atomics.wait(cells, 0, 0);
      console.log("after");
    }, gate.cells);
    await until(() => told.length === 6, "all six lines have come");
    assert.equal(future.done(), false);
    assert.equal(textOf(told, "stdout"), "out 0\nout 1\nout 2\n");
    gate.open();
    await future;
    assert.equal(told.at(-1)?.text, "after\n");
    await pool.shutdown();
  });

  test("is told all of a worker that exits right after, however it ends", limit, async () => {
    for (const end of ["exit", "throw", "terminate"]) {
      const { pool, told } = listening();
      const gate = new Gate();
      const future = pool.submit(
        (how: string, cells: Int32Array) => {
          for (let at = 0; at < 50; at++) {
            console.log(`out ${at}`);
            console.error(`err ${at}`);
          }
          if (how === "exit") process.exit(3);
          if (how === "throw") {
            setImmediate(() => {
              throw new RangeError("not caught");
            });
          }
          Atomics.add(cells, 1, 1);
          return new Promise(() => {});
        },
        end,
        gate.cells,
      );
      if (end === "terminate") {
        await gate.arrived(1);
        void pool.terminate();
      }
      const told50 = (word: string): string =>
        Array.from({ length: 50 }, (_, at) => `${word} ${at}\n`).join("");
      await assert.rejects(
        async () => future,
        (error: unknown) => {
          assert.ok(error instanceof WorkerExitError, end);
          // one that this side ends fails its tasks before it has ended
          assert.equal(error.stderrTail, end === "terminate" ? undefined : told50("err"), end);
          // it had come before the future settled
          assert.equal(textOf(told, "stdout"), told50("out"), end);
          assert.equal(textOf(told, "stderr"), told50("err"), end);
          return true;
        },
      );
      assert.deepEqual([...new Set(told.map(({ task }) => task?.id))], [1]);
      await pool.terminate();
    }
  });

  test("is told of a worker that ends while this thread is busy", limit, async () => {
    const { pool, told } = listening();
    const gate = new Gate();
    const done = new Int32Array(new SharedArrayBuffer(4));
    const future = pool.submit(
      (open: Int32Array, cells: Int32Array) => {
        Atomics.add(open, 1, 1);
        while (Atomics.load(open, 0) === 0) Atomics.wait(open, 0, 0);
        console.log("last words");
        Atomics.store(cells, 0, 1);
        Atomics.notify(cells, 0);
        process.exit(0);
      },
      gate.cells,
      done,
    );
    await gate.arrived(1);
    gate.open();
    assert.notEqual(Atomics.wait(done, 0, 0, 20_000), "timed-out");
    assert.deepEqual(told, []);
    await assert.rejects(async () => future, WorkerExitError);
    assert.deepEqual(writes(told), [["stdout", "last words\n"]]);
    await pool.shutdown();
  });

  test("is told what a worker prints after it was told to end, up to its exit", limit, async () => {
    const ways: [name: string, options: WorkerExecutorOptions, end: (pool: ThreadPoolExecutor) => unknown][] =
      [
        ["shutdown", {}, (pool) => pool.shutdown()],
        ["idle", { idleTimeout: 1 }, () => {}],
        ["served", { maxTasksPerWorker: 1 }, (pool) => pool.submit(() => 1)],
      ];
    for (const [name, options, end] of ways) {
      const { pool, told } = listening(options);
      await pool.submit(() => {
        // a thread that nobody ends comes here only after it was told to
        process.once("exit", () => {
          console.log("last");
          console.error("words");
        });
      });
      await end(pool);
      await until(() => told.length === 2, `${name}: both lines have come`);
      assert.deepEqual(
        writes(told),
        [
          ["stdout", "last\n"],
          ["stderr", "words\n"],
        ],
        name,
      );
      await pool.shutdown();
    }
  });

  test("knows which task printed, while several share a worker", limit, async () => {
    const { pool, told } = listening({ tasksPerWorker: 10 });
    const gate = new Gate();
    const tasks = Array.from({ length: 10 }, (_, at) =>
      pool.with({ name: `task ${at}` }).submit(
        async (n: number, cells: Int32Array) => {
          const { id } = currentTask();
          console.log(`start ${n} ${id}`);
          Atomics.add(cells, 1, 1);
          while (Atomics.load(cells, 0) === 0) {
            await new Promise<void>((resolve) => setImmediate(resolve));
          }
          console.error(`end ${n} ${id}`);
        },
        at,
        gate.cells,
      ),
    );
    await gate.arrived(10);
    gate.open();
    await Promise.all(tasks);
    assert.equal(told.length, 20);
    for (const { text, task } of told) {
      const [, n, id] = text.trim().split(" ");
      assert.deepEqual(task, { id: Number(id), name: `task ${n}` });
    }
    await pool.shutdown();
  });

  test("knows the task of what it leaves behind, of a map and of an executor within it", limit, async () => {
    const { pool, told } = listening();
    const gate = new Gate();
    await pool.with({ name: "left" }).submit((cells: Int32Array) => {
      const look = (): void => {
        if (Atomics.load(cells, 0) === 0) setImmediate(look);
        else console.log("behind");
      };
      look();
    }, gate.cells);
    await pool.with({ name: "between" }).submit(() => 1);
    gate.open();
    await until(() => told.length === 1, "what was left behind has printed");
    assert.equal(told[0]?.task?.name, "left");
    told.length = 0;
    await pool.with({ name: "mapped" }).map((n: number) => console.log(n), [1, 2, 3]);
    assert.deepEqual(
      told.map(({ text, task }) => [text, task?.name]),
      [1, 2, 3].map((n) => [`${n}\n`, "mapped"]),
    );
    told.length = 0;
    const executors = { AsyncExecutor };
    await pool.with({ name: "outer" }).submit(
      async (specifier: string) => {
        const { AsyncExecutor: Inner } = (await import(specifier)) as typeof executors;
        await new Inner().submit(() => console.log("inner"));
      },
      import.meta.resolve("ungil"),
    );
    assert.deepEqual(
      told.map(({ text, task }) => [text, task?.name]),
      [["inner\n", "outer"]],
    );
    await pool.shutdown();
  });

  test("is told of what no task prints, without one", limit, async () => {
    const { pool, told } = listening({ initializer: () => console.log("initializer") });
    await pool.submit(() => 1);
    assert.deepEqual(told, [
      { stream: "stdout", text: "initializer\n", worker: told[0]?.worker, task: undefined },
    ]);
    await pool.submit(() => process.emitWarning("careful"));
    await until(() => textOf(told, "stderr").includes("careful"), "Node's own warning has come");
    await pool.shutdown();
  });

  test("gets whole characters, though their bytes come one by one", limit, async () => {
    const { pool, told } = listening();
    await pool.submit(() => {
      for (const byte of Buffer.from("grüße 😀\n")) process.stdout.write(Buffer.of(byte));
      process.stdout.write(Uint8Array.of(0xf0, 0x9f));
      process.stderr.write("between\n");
      process.stdout.write(Uint8Array.of(0x98, 0x80));
      process.stdout.write("ü");
      process.stdout.write("c3bc", "hex");
      process.stdout.write("\n", "utf8");
    });
    assert.equal(textOf(told, "stdout"), "grüße 😀\n😀üü\n");
    assert.equal(textOf(told, "stderr"), "between\n");
    assert.ok(told.every(({ text }) => text !== "" && !text.includes("\ufffd")));
    // what is never completed is told at the end
    await assert.rejects(async () =>
      pool.submit(() => {
        process.stderr.write(Uint8Array.of(0xf0, 0x9f));
        process.exit(1);
      }),
    );
    assert.equal(told.at(-1)?.text, "\ufffd");
    await pool.shutdown();
  });

  test("leaves the streams what they are: callbacks, answers, errors, the end", limit, async () => {
    const { pool, told } = listening();
    const calls = await pool.submit(async () => {
      const seen: unknown[] = [];
      seen.push(process.stdout.write("one\n", "utf8", () => seen.push("first")));
      await new Promise<void>((resolve) => process.stdout.write("two\n", () => resolve()));
      try {
        process.stdout.write(5 as never);
      } catch (error) {
        seen.push((error as { code?: unknown }).code);
      }
      await new Promise<void>((resolve) => process.stderr.end("last\n", () => resolve()));
      seen.push(process.stderr.writable);
      return seen;
    });
    assert.deepEqual(calls, [true, "first", "ERR_INVALID_ARG_TYPE", false]);
    assert.equal(textOf(told, "stdout"), "one\ntwo\n");
    assert.equal(textOf(told, "stderr"), "last\n");
    await pool.shutdown();
  });

  test("may throw, and is called in the context in which it was given", limit, async () => {
    const store = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => {
      if (warning.name === "UngilWarning") warnings.push(warning.message);
    };
    process.on("warning", onWarning);
    const pool = store.run(
      "maker",
      () =>
        new ThreadPoolExecutor({
          maxWorkers: 1,
          onOutput: () => {
            seen.push(store.getStore());
            throw new RangeError("from the listener");
          },
        }),
    );
    assert.equal(await store.run("submitter", () => pool.submit(speak, 1)), 1);
    await until(() => warnings.length === 4, "the warnings have come");
    process.off("warning", onWarning);
    assert.deepEqual(seen, ["maker", "maker", "maker", "maker"]);
    assert.match(warnings[0]!, /onOutput of an executor threw/);
    await pool.shutdown();
  });

  test("may answer with a promise that rejects", limit, async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => {
      if (warning.name === "UngilWarning") warnings.push(warning.message);
    };
    process.on("warning", onWarning);
    const pool = new ThreadPoolExecutor({
      maxWorkers: 1,
      onOutput: async () => {
        await null;
        throw new RangeError("from the listener");
      },
    });
    assert.equal(await pool.submit(speak, 1), 1);
    await until(() => warnings.length === 4, "the warnings have come");
    process.off("warning", onWarning);
    assert.match(warnings[0]!, /onOutput of an executor rejected/);
    await pool.shutdown();
  });

  test("has to be a function, and says nothing to executors on this thread", limit, async () => {
    assert.throws(() => new ThreadPoolExecutor({ onOutput: 5 as never }), InvalidArgumentError);
    const options: WorkerExecutorOptions = { onOutput: () => assert.fail("nothing is printed by a worker") };
    for (const executor of [new AsyncExecutor(options), new InlineExecutor(options)]) {
      assert.equal(await executor.submit(() => 1), 1);
      await executor.shutdown();
    }
  });
});

describe("the end of stderr in a WorkerExitError", () => {
  test("is there without onOutput, too", limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const future = pool.submit(() => {
      for (let at = 0; at < 3; at++) console.error(`(this line belongs to a test) ${at}`);
      // no farewell: lines that wait for the other side would be lost
      (process as unknown as { reallyExit(code: number): never }).reallyExit(4);
    });
    await assert.rejects(
      async () => future,
      (error: unknown) => {
        assert.ok(error instanceof WorkerExitError);
        assert.equal(
          error.stderrTail,
          [0, 1, 2].map((at) => `(this line belongs to a test) ${at}\n`).join(""),
        );
        return true;
      },
    );
  });

  test("is of whole lines, at most 2 KB, and undefined where nothing was written", limit, async () => {
    const { pool } = listening();
    const long = pool.submit(() => {
      for (let at = 1000; at < 2000; at++) console.error(`line ${at}`);
      process.exit(4);
    });
    const { stderrTail } = (await long.exception()) as WorkerExitError;
    assert.ok(stderrTail && stderrTail.length <= 2048 && stderrTail.length > 2000);
    assert.match(stderrTail, /^line 1\d{3}\n[^]*line 1999\n$/);
    const silent = pool.submit(() => process.exit(4));
    assert.equal(((await silent.exception()) as WorkerExitError).stderrTail, undefined);
    await pool.shutdown();
  });
});

/** Runs a program of the fixtures to its end. */
function run(
  program: string,
  mode: string,
  encoding: BufferEncoding = "utf8",
): Promise<{ stdout: string; stderr: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const file = path.resolve("test/threading/fixtures/unbuilt", `${program}.mjs`);
    const child = spawn(process.execPath, [file, mode], { stdio: ["ignore", "pipe", "pipe"] });
    const texts = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding(encoding).on("data", (text: string) => {
        texts[name] += text;
      });
    }
    const hanging = setTimeout(() => child.kill("SIGKILL"), 30_000);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(hanging);
      resolve({ ...texts, code });
    });
  });
}

describe("a program", () => {
  test("without onOutput has the very bytes", limit, async () => {
    const { stdout, code } = await run("prints", "bytes", "latin1");
    const bytes = [...Array.from({ length: 156 }, (_, at) => at + 100), 0xff, 0xfe, 0xe9, 0xc3, 0xa9];
    assert.deepEqual([[...Buffer.from(stdout, "latin1")], code], [bytes, 0]);
  });

  const lines = (word: string): string => Array.from({ length: 200 }, (_, at) => `${word} ${at}\n`).join("");
  for (const mode of ["plain", "exit", "hard", "idle", "busy", "terminate"]) {
    test(`without onOutput has it whole and in order on its own streams (${mode})`, limit, async () => {
      const { stdout, stderr, code } = await run("prints", mode);
      assert.deepEqual([stdout, stderr, code], [lines("out"), lines("err"), 0]);
    });

    test(`with onOutput is told all of it, and ends by itself (${mode})`, limit, async () => {
      const { stdout, stderr, code } = await run("prints", `${mode} told`);
      assert.deepEqual(
        [stdout, stderr, code],
        [`told ${lines("out").length} ${lines("err").length}\n`, "", 0],
      );
    });
  }
});
