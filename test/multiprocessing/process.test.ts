import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import {
  CancelledError,
  CaptureError,
  InvalidArgumentError,
  InvalidStateError,
  ProcessPoolExecutor,
  SerializationError,
  ThreadPoolExecutor,
  WorkerExitError,
  wait,
} from "ungil";
import { activeChildren, cpuCount, currentProcess, Process, parentProcess } from "ungil/multiprocessing";
import { loadCell, until } from "ungil/testing";
import { rejectionOf } from "../threading/support/rejection.js";
import { gateOf } from "./support/gates.js";
import {
  endByInterrupt,
  exitAtGate,
  goOnAfterReturn,
  nothing,
  tell,
  tellError,
  tellOfOthers,
  tellStdin,
  tellWhoIAm,
  waitForever,
} from "./support/process-tasks.js";
import { started } from "./support/started.js";
import { block, exit, refuseToEnd, spin } from "./support/tasks.js";

const limit = { timeout: 60_000 };

/** A place for what a process tells. */
function placeOf(test: TestContext): { file: string; told(): unknown } {
  const folder = mkdtempSync(path.join(tmpdir(), "ungil-process-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, "told.json");
  return { file, told: () => JSON.parse(readFileSync(file, "utf8")) as unknown };
}

const ofSignal = (child: Process): unknown => [child.exitCode, child.signal];

test("H1: exitCode is null until the process has ended, and 0 after its work", limit, async (t) => {
  const gate = gateOf(t);
  const child = new Process({ target: block, args: [gate.cells, 1] });
  assert.deepEqual([child.pid, child.exitCode, child.signal, child.isAlive()], [null, null, null, false]);
  child.start();
  await gate.arrived(1);
  assert.deepEqual([child.exitCode, child.signal, child.isAlive()], [null, null, true]);
  assert.notEqual(child.pid, process.pid);
  gate.open();
  assert.equal(await child.join(), true);
  assert.deepEqual([child.exitCode, child.signal, child.isAlive()], [0, null, false]);
});

for (const [method, signal] of [
  ["terminate", "SIGTERM"],
  ["kill", "SIGKILL"],
  ["interrupt", "SIGINT"],
] as const) {
  test(`H1: ${method}() ends a process by ${signal}, which is told beside no exit code`, limit, async (t) => {
    const gate = gateOf(t);
    const child = started(t, spin, [gate.cells]);
    await gate.arrived(1);
    child[method]();
    assert.equal(await child.join(), true);
    assert.deepEqual(ofSignal(child), [null, signal]);
    child[method]();
    assert.deepEqual(ofSignal(child), [null, signal]);
  });
}

test("H1: a process may refuse SIGTERM, and not SIGKILL", limit, async (t) => {
  const gate = gateOf(t);
  const child = started(t, refuseToEnd, [gate.cells]);
  await gate.arrived(1);
  child.terminate();
  assert.equal(await child.join({ timeout: 50 }), false);
  child.kill();
  await child.join();
  assert.deepEqual(ofSignal(child), [null, "SIGKILL"]);
});

test("H2: process.exit gives the exit code, and so does process.exitCode", limit, async (t) => {
  const children = [0, 1, 42, 255].map((code) => started(t, exit, [code]));
  const quiet = started(t, () => void (process.exitCode = 9), []);
  for (const child of [...children, quiet]) await child.join();
  assert.deepEqual(
    [...children, quiet].map(({ exitCode }) => exitCode),
    [0, 1, 42, 255, 9],
  );
});

test("H3: join with a timeout of 0 or less looks and answers at once", limit, async (t) => {
  const gate = gateOf(t);
  const child = started(t, block, [gate.cells, 1]);
  for (const timeout of [0, -1, -0.5, Number.NEGATIVE_INFINITY])
    assert.equal(await child.join({ timeout }), false);
  assert.equal(await child.join({ timeout: 5 }), false);
  await gate.arrived(1);
  gate.open();
  assert.deepEqual(await Promise.all([child.join(), child.join({ timeout: 50_000 })]), [true, true]);
  for (const timeout of [undefined, 0, -1]) assert.equal(await child.join({ timeout }), true);
});

test("H3: a join is ended by its signal, the process is not", limit, async (t) => {
  const gate = gateOf(t);
  const child = started(t, block, [gate.cells, 1]);
  const controller = new AbortController();
  const joining = child.join({ signal: controller.signal });
  controller.abort(new Error("enough"));
  const error = await rejectionOf(joining, CancelledError);
  assert.equal((error.cause as Error).message, "enough");
  assert.equal(child.isAlive(), true);
  assert.throws(() => child.join({ timeout: "1" as never }), InvalidArgumentError);
  assert.throws(() => child.join({ signal: {} as never }), InvalidArgumentError);
  assert.throws(() => child.join({ timout: 1 } as object), /timout.*did you mean timeout/);
  child.kill();
  await child.join();
});

test("H3: activeChildren has those that run, and drops one that has ended", limit, async (t) => {
  const gate = gateOf(t);
  const fresh = new Process({ target: nothing });
  const child = started(t, block, [gate.cells, 1]);
  const other = started(t, spin, [gateOf(t).cells]);
  assert.deepEqual(activeChildren(), [child, other]);
  gate.open();
  await child.join();
  assert.deepEqual(activeChildren(), [other]);
  assert.equal(fresh.isAlive(), false);
  other.kill();
  await other.join();
});

test(
  "H4: the sentinel is not there before start, and is done when the process has ended",
  limit,
  async (t) => {
    const early = new Process({ target: nothing });
    assert.throws(() => early.sentinel, /start\(\) first/);
    const gates = [gateOf(t), gateOf(t)] as const;
    const [one, other] = gates.map((gate, i) => started(t, exitAtGate, [gate.cells, i])) as [
      Process,
      Process,
    ];
    assert.equal(one.sentinel, one.sentinel);
    assert.equal(one.sentinel.cancel(), false);
    one.sentinel.abort();
    const first = wait([one.sentinel, other.sentinel], { returnWhen: "FIRST_COMPLETED" });
    gates[1].open();
    const { done, notDone } = await first;
    assert.deepEqual([[...done], [...notDone]], [[other.sentinel], [one.sentinel]]);
    assert.deepEqual(await other.sentinel, { exitCode: 1, signal: null });
    one.kill();
    assert.deepEqual(await one.sentinel, { exitCode: null, signal: "SIGKILL" });
  },
);

test(
  "H5: a process that runs can't be closed; after close nothing is left but a second close",
  limit,
  async (t) => {
    const gate = gateOf(t);
    const child = started(t, block, [gate.cells, 1]);
    assert.throws(() => child.close(), /can't be closed while it runs/);
    gate.open();
    await child.join();
    child.close();
    child.close();
    const uses: (() => unknown)[] = [
      () => child.start(),
      () => child.join(),
      () => child.isAlive(),
      () => child.terminate(),
      () => child.kill(),
      () => child.interrupt(),
      () => child.pid,
      () => child.exitCode,
      () => child.signal,
      () => child.sentinel,
      () => void (child.daemon = true),
    ];
    for (const use of uses)
      assert.throws(use, { name: "InvalidStateError", message: /is closed/ }, String(use));
    assert.deepEqual([child.name.startsWith("Process-"), child.daemon], [true, false]);
    await child[Symbol.asyncDispose]();
  },
);

test("H6: a process starts once, and nobody waits for or ends one that was not started", limit, async () => {
  const child = new Process({ target: nothing });
  for (const use of [
    () => child.join(),
    () => child.terminate(),
    () => child.kill(),
    () => child.interrupt(),
    () => child.sentinel,
  ]) {
    assert.throws(use, { name: "InvalidStateError", message: /call start\(\) first/ }, String(use));
  }
  child.start();
  assert.throws(() => child.start(), { name: "InvalidStateError", message: /starts only once/ });
  await child.join();
  assert.throws(() => child.start(), { name: "InvalidStateError", message: /starts only once/ });
  const closed = new Process({ target: nothing });
  closed.close();
  assert.throws(() => closed.start(), InvalidStateError);
});

test("H6: daemon is set before start only, and a daemonic process may have no children", limit, async (t) => {
  const { file, told } = placeOf(t);
  const child = new Process({
    target: tellError,
    args: [file, () => new Process({ target: nothing }).start()],
  });
  assert.equal(child.daemon, false);
  child.daemon = true;
  assert.throws(() => void (child.daemon = 1 as never), InvalidArgumentError);
  child.start();
  assert.throws(() => void (child.daemon = false), {
    name: "InvalidStateError",
    message: /before start\(\)/,
  });
  assert.equal(child.daemon, true);
  await child.join();
  assert.match(JSON.stringify(told()), /InvalidStateError.*is daemonic.*may have no children/);
});

test("H6: a process is used only by the one that made it; another can tell it apart", limit, async (t) => {
  const { file, told } = placeOf(t);
  const gate = gateOf(t);
  const child = started(t, block, [gate.cells, 1], { name: "other" });
  const uses = ["start", "join", "isAlive", "terminate", "kill", "interrupt", "close"] as const;
  const properties = ["exitCode", "signal", "sentinel"] as const;
  const use = (): void => {
    const outcomes: unknown[] = [child.name, child.pid, child.daemon];
    for (const name of uses) {
      try {
        void child[name]();
        outcomes.push("done");
      } catch (error) {
        outcomes.push((error as Error).message);
      }
    }
    for (const name of properties) {
      try {
        outcomes.push(child[name]);
      } catch (error) {
        outcomes.push((error as Error).message);
      }
    }
    tell(file, outcomes);
  };
  await started(t, use, []).join();
  const [name, pid, daemon, ...outcomes] = told() as unknown[];
  assert.deepEqual([name, pid, daemon], ["other", child.pid, false]);
  assert.equal(outcomes.length, uses.length + properties.length);
  for (const [at, message] of outcomes.entries())
    assert.match(
      String(message),
      new RegExp(`^${[...uses, ...properties][at]} of other is only there in the process`),
    );
  assert.equal(child.isAlive(), true);
  gate.open();
  await child.join();
});

test("H6: interrupt() lets a target end well", limit, async (t) => {
  const gate = gateOf(t);
  const child = started(t, endByInterrupt, [gate.cells]);
  await gate.arrived(1);
  child.interrupt();
  await child.join();
  assert.deepEqual(ofSignal(child), [5, null]);
});

test("H6: a process knows its name, its number and its parent; the main one has none", limit, async (t) => {
  assert.equal(parentProcess(), null);
  assert.deepEqual(currentProcess(), { name: "MainProcess", pid: process.pid, daemon: false });
  const { file, told } = placeOf(t);
  const child = started(t, tellWhoIAm, [file], { name: "teller", daemon: true });
  await child.join();
  assert.deepEqual(told(), {
    name: "teller",
    pid: child.pid,
    daemon: true,
    parent: { name: "MainProcess", pid: process.pid, isAlive: true },
  });
});

test(
  "names are numbered, those of children's children behind their parent's; threads know them too",
  limit,
  async (t) => {
    const [one, other] = [new Process({ target: nothing }), new Process({ target: nothing })];
    const [, number] = /^Process-(\d+)$/.exec(one.name) ?? [];
    assert.equal(other.name, `Process-${Number(number) + 1}`);
    const places = [placeOf(t), placeOf(t)] as const;
    const child = started(t, tellOfOthers, [places[0].file, places[1].file]);
    await child.join();
    const name = `Process-${Number(number) + 2}`;
    assert.deepEqual(places[0].told(), {
      ofThread: { name, pid: child.pid, daemon: false },
      child: `${name}:1`,
      active: [`${name}:1`],
      exitCode: 0,
    });
    const { name: nested, parent } = places[1].told() as { name: string; parent: unknown };
    assert.equal(nested, `${name}:1`);
    assert.deepEqual(parent, { name, pid: child.pid, isAlive: true });
  },
);

test("a worker of a process pool is a child as well", limit, async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1, name: "pool" });
  const [own, parent] = await pool.submit(() => [currentProcess(), parentProcess()?.pid] as const);
  assert.match(own.name, /^pool-\d+$/);
  assert.equal(parent, process.pid);
});

test("H6: the target and its arguments are released by start", {
  ...limit,
  skip: !globalThis.gc,
}, async (t) => {
  const gate = gateOf(t);
  const start = (): [Process, WeakRef<object>[]] => {
    const captured = { cells: gate.cells };
    const target = (arg: object): void => void block(captured.cells, arg);
    const arg = { some: "data" };
    return [started(t, target, [arg]), [captured, target, arg].map((each) => new WeakRef<object>(each))];
  };
  const [child, references] = start();
  await gate.arrived(1);
  await until(() => {
    globalThis.gc?.();
    return references.every((each) => each.deref() === undefined);
  }, "what was given to the process is collected");
  assert.equal(child.isAlive(), true);
  child.kill();
  await child.join();
});

test("any function can be the target, and what it captures is sent as start finds it", limit, async (t) => {
  const { file, told } = placeOf(t);
  let word = "early";
  const child = new Process({
    target: async (make: (word: string) => string, error: Error, when: Date) => {
      await Promise.resolve();
      tell(file, [make(word), error instanceof RangeError, error.message, when.getTime()]);
    },
    args: [(given: string) => `${given} bird`, new RangeError("as it was"), new Date(5)],
  });
  word = "late";
  child.start();
  word = "too late";
  await child.join();
  assert.deepEqual(told(), ["late bird", true, "as it was", 5]);
});

test("large arguments arrive whole", limit, async (t) => {
  const { file, told } = placeOf(t);
  const bytes = new Uint8Array(20 * 2 ** 20).fill(3);
  const sum = (given: Uint8Array): void =>
    tell(
      file,
      given.reduce((a, b) => a + b, 0),
    );
  await started(t, sum, [bytes]).join();
  assert.equal(told(), 3 * bytes.length);
});

test("a process ends when nothing keeps its event loop, as a program does", limit, async (t) => {
  const { file, told } = placeOf(t);
  const child = started(t, goOnAfterReturn, [file]);
  await child.join();
  assert.deepEqual([told(), child.exitCode], ["later", 0]);
});

test("its stdin is empty", limit, async (t) => {
  const { file, told } = placeOf(t);
  const child = started(t, tellStdin, [file]);
  await child.join();
  assert.deepEqual([told(), child.exitCode], ["", 0]);
});

test("env, cwd and execArgv are the process's", limit, async (t) => {
  const { file, told } = placeOf(t);
  const look = (): void =>
    tell(file, [process.env["OF_THE_PROCESS"], process.cwd(), process.execArgv.join(" "), process.ppid]);
  const settings = {
    env: { ...process.env, OF_THE_PROCESS: "yes" },
    cwd: "/",
    execArgv: ["--no-warnings", "--stack-trace-limit=7"],
  };
  await started(t, look, [], settings).join();
  assert.deepEqual(told(), ["yes", "/", "--no-warnings --stack-trace-limit=7", process.pid]);
});

test("options that can't be are InvalidArgumentErrors, thrown from the constructor", () => {
  const bad: [string, object | undefined][] = [
    ["options", undefined],
    ["target", {}],
    ["target", { target: "work" }],
    ["args", { target: nothing, args: "all" }],
    ["name", { target: nothing, name: "" }],
    ["daemon", { target: nothing, daemon: "yes" }],
    ["env.A", { target: nothing, env: { A: 1 } }],
    ["cwd", { target: nothing, cwd: 5 }],
    ["execArgv", { target: nothing, execArgv: "--no-warnings" }],
    ["execPath", { target: nothing, execPath: "" }],
    ["demon", { target: nothing, demon: true }],
  ];
  for (const [name, options] of bad) {
    assert.throws(
      () => new Process(options as never),
      (error: unknown) => error instanceof InvalidArgumentError && error.message.includes(name),
      name,
    );
  }
});

test("what can't be sent is refused by start, which can be called again", limit, async (t) => {
  const port = new MessageChannel().port1;
  t.after(() => port.close());
  const capturing = new Process({ target: () => port });
  assert.throws(() => capturing.start(), CaptureError);
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const sharing = new Process({ target: () => shared });
  assert.throws(() => sharing.start(), { name: "SerializationError", message: /target.*SharedArrayBuffer/ });
  const args: [unknown, RegExp][] = [
    [Symbol("s"), /args\[0\].*symbol/],
    [{ inner: new WeakMap() }, /args\[0\]\.inner/],
    [shared, /SharedArrayBuffer/],
  ];
  for (const [arg, message] of args) {
    const child = new Process({ target: (value: unknown) => value, args: [arg] });
    assert.throws(() => child.start(), { name: "SerializationError", message }, String(message));
    assert.equal(child.pid, null);
  }
  assert.deepEqual(activeChildren(), []);
  let captured: unknown = port;
  const changing = new Process({ target: () => captured });
  assert.throws(() => changing.start(), CaptureError);
  captured = 5;
  changing.start();
  await changing.join();
  assert.equal(changing.exitCode, 0);
});

test(
  "a Process that is captured or given arrives in worker threads and processes, which have not loaded it",
  limit,
  async (t) => {
    const gate = gateOf(t);
    const child = started(t, block, [gate.cells, 0]);
    await gate.arrived(1);
    for (const executor of [
      new ThreadPoolExecutor({ maxWorkers: 1 }),
      new ProcessPoolExecutor({ maxWorkers: 1 }),
    ]) {
      const told = await executor.submit((given: Process) => [given.pid, child.pid, child === given], child);
      assert.deepEqual(told, [child.pid, child.pid, false]);
      assert.deepEqual(await executor.map((given: Process) => given.name, [child]), [child.name]);
      const useless = executor.submit((given: Process) => given.kill(), child);
      assert.ok((await useless.exception()) instanceof InvalidStateError);
      await executor.shutdown();
    }
    child.kill();
  },
);

test("an executor that is captured or given is refused: it runs tasks for this process", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  for (const child of [
    new Process({ target: () => pool.submit(nothing) }),
    new Process({ target: (given: unknown) => given, args: [{ deep: [pool] }] }),
    new Process({ target: (given: unknown) => given, args: [() => pool.submit(nothing)] }),
  ]) {
    assert.throws(
      () => child.start(),
      (error: unknown) => {
        return error instanceof SerializationError && /inside the target/.test(error.message);
      },
    );
  }
});

test("a process that the system does not start is a WorkerExitError with its reason", limit, () => {
  for (const settings of [{ execPath: "/no/such/node" }, { cwd: "/no/such/folder" }]) {
    const child = new Process({ target: nothing, ...settings });
    const [place] = Object.values(settings);
    assert.throws(
      () => child.start(),
      (error: unknown) =>
        error instanceof WorkerExitError &&
        error.message.includes(`ENOENT`) &&
        error.message.includes(place!),
    );
    assert.deepEqual([child.pid, child.isAlive(), activeChildren()], [null, false, []]);
  }
});

test("a target that waits for what never comes ends with 13, as a program of Node does", limit, async (t) => {
  const child = started(t, waitForever, []);
  await child.join();
  assert.deepEqual(ofSignal(child), [13, null]);
});

test("await using waits for the end of a process", limit, async (t) => {
  const { file, told } = placeOf(t);
  {
    await using child = new Process({ target: tell, args: [file, "told"] });
    child.start();
    await using unused = new Process({ target: nothing });
    assert.equal(unused.pid, null);
  }
  assert.equal(told(), "told");
});

test("it shows its name and how far it is", limit, async (t) => {
  const gate = gateOf(t);
  const child = new Process({ target: block, args: [gate.cells, 1], name: "shown", daemon: true });
  assert.equal(String(child), "<Process shown initial daemon>");
  child.start();
  assert.equal(String(child), `<Process shown pid=${child.pid} parent=${process.pid} running daemon>`);
  const { pid } = child;
  child.kill();
  await child.join();
  assert.equal(
    String(child),
    `<Process shown pid=${pid} parent=${process.pid} ended exitcode=SIGKILL daemon>`,
  );
  child.close();
  assert.equal(String(child), "<Process shown closed daemon>");
  assert.equal(loadCell(gate.cells, 0), 0);
});

test("cpuCount is what this process may use", () => {
  assert.equal(cpuCount(), availableParallelism());
});

test("the example: five processes print five different PIDs", limit, () => {
  const program = path.resolve("examples/processes/start.mjs");
  assert.ok(existsSync(program));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
  const lines = stdout.trimEnd().split("\n");
  const found = lines.map((line) => /^Process-[1-5]: worker ([0-4]) has PID (\d+)$/.exec(line) ?? []);
  assert.deepEqual(new Set(found.map(([, number]) => number)), new Set(["0", "1", "2", "3", "4"]));
  assert.equal(new Set(found.map(([, , pid]) => pid)).size, 5);
});
