import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { test } from "node:test";
import type { ThreadPoolExecutor } from "ungil";
import { sharedCells } from "ungil/testing";
import { limit, onPool, range, settled } from "./support/pool.js";
import { increment, startTicking, takeTurns } from "./support/tasks.js";

/** Answers of a flood in which something else has to come about; so many that only a starved one does not. */
const most = 2_000_000;

/** Answers that there are at least, so that it is a flood. */
const least = 20_000;

const inFlight = 1_000;

/**
 * A thousand tasks in flight, each answer submits the next, until `enough` holds, or for so long that it never
 * will. Answers with the number of tasks.
 */
function flood(pool: ThreadPoolExecutor, enough: () => boolean): Promise<number> {
  let answers = 0;
  let flying = inFlight;
  return new Promise((resolve, reject) => {
    const submit = (): void => {
      if (answers >= most || (answers >= least && enough())) {
        if (--flying === 0) resolve(answers);
        return;
      }
      answers++;
      pool
        .submit(increment, 1)
        .then((value) => (value === 2 ? submit() : reject(new Error(`${value}`))), reject);
    };
    for (let i = 0; i < inFlight; i++) submit();
  });
}

test("timers of this thread fire during an endless flood of answers", limit, async () => {
  await onPool({ maxWorkers: 2 }, async (pool) => {
    await pool.submit(increment, 1);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const answers = await flood(pool, () => ticks >= 20);
    clearInterval(timer);
    assert.ok(ticks >= 20, `${ticks} ticks, ${answers} answers`);
  });
});

test("immediates of this thread have their turns during an endless flood of answers", limit, async () => {
  await onPool({ maxWorkers: 2 }, async (pool) => {
    await pool.submit(increment, 1);
    let count = 0;
    let going = true;
    const again = (): void => {
      count++;
      if (going) setImmediate(again);
    };
    setImmediate(again);
    const answers = await flood(pool, () => count >= 100);
    going = false;
    assert.ok(count >= 100, `${count} turns, ${answers} answers`);
  });
});

test("a socket of this thread is served during an endless flood of answers", limit, async () => {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  let echoes = 0;
  let going = true;
  socket.on("data", () => {
    echoes++;
    if (going) socket.write("ping");
  });
  try {
    await onPool({ maxWorkers: 2 }, async (pool) => {
      await pool.submit(increment, 1);
      socket.write("ping");
      const answers = await flood(pool, () => echoes >= 20);
      assert.ok(echoes >= 20, `${echoes} echoes, ${answers} answers`);
    });
  } finally {
    going = false;
    socket.end();
    await once(socket, "close");
    server.close();
  }
});

test(
  "the answers of one great burst come in portions, between which this thread has turns",
  limit,
  async () => {
    await onPool({ maxWorkers: 2 }, async (pool) => {
      await pool.submit(increment, 1);
      let done = 0;
      let turns = 0;
      let atLastTurn = 0;
      let portion = 0;
      let going = true;
      const again = (): void => {
        turns++;
        portion = Math.max(portion, done - atLastTurn);
        atLastTurn = done;
        if (going) setImmediate(again);
      };
      const futures = range(60_000).map((i) => {
        const future = pool.submit(increment, i);
        future.onDone(() => done++);
        return future;
      });
      setImmediate(again);
      await settled(futures);
      going = false;
      assert.ok(turns >= 2, `${turns} turns`);
      assert.ok(portion <= 30_000, `${portion} answers in one turn`);
    });
  },
);

test("a timer of a worker ticks during an endless flood of tasks", limit, async () => {
  await onPool({ maxWorkers: 1 }, async (pool) => {
    const cells = sharedCells(1);
    await pool.submit(startTicking, cells);
    const answers = await flood(pool, () => Atomics.load(cells, 0) >= 20);
    assert.ok(Atomics.load(cells, 0) >= 20, `${cells[0]} ticks, ${answers} answers`);
  });
});

test(
  "an asynchronous task comes to its end during an endless flood of others on its worker",
  limit,
  async () => {
    await onPool({ maxWorkers: 1, tasksPerWorker: 2 }, async (pool) => {
      await pool.submit(increment, 1);
      let done = false;
      const future = pool.submit(takeTurns, 100);
      future.onDone(() => {
        done = true;
      });
      const answers = await flood(pool, () => done);
      assert.ok(done, `not so after ${answers} answers`);
      assert.equal(await future, 100);
    });
  },
);
