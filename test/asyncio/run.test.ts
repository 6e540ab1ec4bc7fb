// Contract items Q1 and Q2: run, Runner, SIGINT. A context is not kept between runs: stores are values of the call.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { CancelledError, InvalidArgumentError, InvalidStateError, type UnobservedFailure } from "ungil";
import { allTasks, createTask, Runner, run, sleep, type Task, taskGroup } from "ungil/asyncio";
import { until } from "ungil/testing";
import { failureOf, foreign, turn } from "./support/turn.js";

const forever = Number.POSITIVE_INFINITY;

test("Q1 run gives what the main function returns or throws", async () => {
  assert.equal(await run(() => 5), 5);
  assert.equal(await run(async () => "later"), "later");
  const mine = new RangeError("mine");
  assert.equal(await failureOf(run(() => Promise.reject(mine))), mine);
});

test("Q1 inside of a task or scope run throws; so it does for what is no function", async () => {
  await run(() => {
    assert.throws(() => run(() => 1), InvalidStateError);
  });
  await taskGroup(() => {
    assert.throws(() => run(() => 1), /await the function itself/);
  });
  assert.throws(() => run(5 as never), InvalidArgumentError);
  assert.throws(() => run(Promise.resolve(1) as never), InvalidArgumentError);
  assert.throws(() => run(() => 1, { handleSignals: true } as never), InvalidArgumentError);
});

test("Q1 a Runner runs one function after the other; closed twice it is closed, and can't be used again", async () => {
  const runner = new Runner();
  assert.equal(await runner.run(() => 1), 1);
  const gate = foreign();
  const second = runner.run(() => gate.promise);
  assert.throws(() => runner.run(() => 2), /runs already/);
  gate.resolve();
  await second;
  await runner.close();
  await runner.close();
  assert.throws(() => runner.run(() => 3), /the runner is closed/);
});

test("Q1 at the end all tasks that are left are cancelled and waited for, and their errors reported", async () => {
  const reported: UnobservedFailure[] = [];
  const log: string[] = [];
  const value = await run(
    async () => {
      createTask(async () => {
        try {
          await sleep(forever);
        } finally {
          await sleep(1);
          log.push("clean");
        }
      });
      createTask(
        async () => {
          await sleep(forever).catch(() => {});
          throw new RangeError("while it ends");
        },
        { name: "hanging" },
      );
      await turn();
      return "main";
    },
    { onUnobserved: (failure) => reported.push(failure) },
  );
  assert.equal(value, "main");
  assert.deepEqual(log, ["clean"]);
  assert.deepEqual(
    reported.map(({ name }) => name),
    ["hanging"],
  );
});

test("Q1 at the end a task for which another one waits is interrupted once: its clean-up may wait", async () => {
  const seen: string[] = [];
  await run(async () => {
    createTask(async () => {
      await createTask(async () => {
        try {
          await sleep(forever);
        } finally {
          await sleep(0);
          seen.push("clean");
        }
      });
    });
    await turn();
  });
  assert.deepEqual(seen, ["clean"]);
});

test("Q1 clean-up at the end may start tasks; one that starts itself again does not go on for ever", async () => {
  const log: string[] = [];
  let starts = 0;
  const reported: UnobservedFailure[] = [];
  await run(
    async () => {
      createTask(async () => {
        try {
          await sleep(forever);
        } finally {
          await createTask(async () => {
            await sleep(0);
            log.push("saved");
          });
        }
      });
      const hydra = async (): Promise<void> => {
        starts += 1;
        try {
          await sleep(forever);
        } finally {
          createTask(hydra);
        }
      };
      createTask(hydra);
      await turn();
    },
    { onUnobserved: (failure) => reported.push(failure) },
  );
  assert.deepEqual(log, ["saved"]);
  assert.ok(starts <= 3, `${starts} starts`);
  for (const { error } of reported) assert.ok(error instanceof InvalidStateError);
  assert.deepEqual(allTasks(), []);
});

test("run in a task of an executor is cancelled with it", async () => {
  const { AsyncExecutor } = await import("ungil");
  await using executor = new AsyncExecutor();
  const log: string[] = [];
  const future = executor.submit(() =>
    run(async () => {
      try {
        await sleep(forever);
      } finally {
        log.push("main is clean");
      }
    }),
  );
  await turn();
  future.abort("stop");
  await failureOf(future);
  assert.deepEqual(log, ["main is clean"]);
});

test("Q2 without being asked run listens to no signal; asked, only while it runs and where nobody listens", async () => {
  const before = process.listenerCount("SIGINT");
  await run(() => assert.equal(process.listenerCount("SIGINT"), before));
  await run(() => assert.equal(process.listenerCount("SIGINT"), before + 1), { handleSigint: true });
  const own = (): void => {};
  process.on("SIGINT", own);
  try {
    await run(() => assert.equal(process.listenerCount("SIGINT"), before + 1), { handleSigint: true });
  } finally {
    process.off("SIGINT", own);
  }
  assert.equal(process.listenerCount("SIGINT"), before);
});

/** Runs a program that prints "ready", sends it SIGINT as often as it prints "again", and gives what it printed. */
async function interrupted(
  program: string,
): Promise<{ output: string; code: number | null; signal: string | null }> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (data: Buffer) => {
    const text = data.toString();
    output += text;
    for (const line of text.split("\n")) if (line === "ready" || line === "again") child.kill("SIGINT");
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { output, code, signal };
}

test("Q2 the first SIGINT cancels the main task, which cleans up; run fails with a CancelledError", async () => {
  const { output, code } = await interrupted(`
    import { run, sleep } from "ungil/asyncio";
    const keep = setInterval(() => {}, 1_000);
    try {
      await run(async () => {
        console.log("ready");
        try { await sleep(Infinity); } finally { await sleep(1); console.log("clean"); }
      }, { handleSigint: true });
    } catch (error) { console.log(error.name, error.cause); }
    clearInterval(keep);
  `);
  assert.equal(output, "ready\nclean\nCancelledError SIGINT\n");
  assert.equal(code, 0);
});

test("Q2 a second SIGINT waits for no clean-up", async () => {
  const { output, code } = await interrupted(`
    import { run, sleep } from "ungil/asyncio";
    try {
      await run(async () => {
        const keep = setInterval(() => {}, 1_000);
        console.log("ready");
        try { await sleep(Infinity); } finally { console.log("again"); await sleep(Infinity); }
      }, { handleSigint: true });
    } catch (error) { console.log(error.name, error.cause); process.exit(9); }
  `);
  assert.equal(output, "ready\nagain\nCancelledError SIGINT\n");
  assert.equal(code, 9);
});

test("Q2 a third SIGINT, or one after run, ends the program as without us", async () => {
  const { output, signal } = await interrupted(`
    import { run } from "ungil/asyncio";
    await run(() => 1, { handleSigint: true });
    setInterval(() => {}, 1_000);
    console.log("ready");
  `);
  assert.equal(output, "ready\n");
  assert.equal(signal, "SIGINT");
});

test("a main task that was cancelled by itself makes run fail with its CancelledError", async () => {
  let main: Task<unknown> | undefined;
  const running = run(async () => {
    const { currentAsyncTask } = await import("ungil/asyncio");
    main = currentAsyncTask();
    await sleep(forever);
  });
  await until(() => main?.running() ?? false, "it runs");
  await turn();
  main!.cancel("itself");
  const error = await failureOf<CancelledError>(running);
  assert.ok(error instanceof CancelledError);
  assert.equal(error.cause, "itself");
});
