// I/O for real: ten thousand requests to a server, cancelled in the middle, leave nothing behind.
import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, test } from "node:test";
import { AsyncExecutor, CancelledError, TimeoutError } from "ungil";
import { allTasks, currentSignal, run, sleep, TaskGroup, taskGroup, timeout } from "ungil/asyncio";
import { until } from "ungil/testing";
import { unhandledOf } from "../futures/support/warnings.js";
import { failureOf } from "./support/turn.js";

const requests = 10_000;

let server: Server;
let agent: Agent;
let port: number;
/** Requests that the server has answered. */
let answered: number;
let before: Map<string, number>;

/** What keeps the process alive, by kind. */
function handles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

beforeEach(async () => {
  answered = 0;
  before = handles();
  server = createServer((_, response) => {
    answered += 1;
    response.end("hello");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
  agent = new Agent({ keepAlive: true, maxSockets: 64 });
});

afterEach(async () => {
  agent.destroy();
  server.close();
  await once(server, "close");
});

function request(): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = get({ port, host: "127.0.0.1", agent, signal: currentSignal() }, (response) => {
      let text = "";
      response.on("data", (data: Buffer) => (text += data.toString()));
      response.on("end", () => resolve(text));
      response.on("error", reject);
    });
    sent.on("error", reject);
  });
}

/** Nothing of the requests is left: no connection, no task, and no handle once agent and server are closed. */
async function assertNothingLeft(executor: AsyncExecutor): Promise<void> {
  const { queued, running, submitted, completed, failed, cancelled } = executor.stats();
  assert.deepEqual([queued, running], [0, 0]);
  assert.equal(completed + failed + cancelled, submitted);
  assert.deepEqual(allTasks(), []);
  agent.destroy();
  const connections = (): Promise<number> =>
    new Promise((resolve, reject) => {
      server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  let open = await connections();
  await until(() => {
    void connections().then((count) => (open = count));
    return open === 0;
  }, "all connections are closed");
  server.close();
  await until(() => {
    const now = handles();
    return ["TCPSocketWrap", "TCPServerWrap", "Timeout", "TCPConnectWrap"].every(
      // the timer of `until` itself
      (kind) => (now.get(kind) ?? 0) <= (before.get(kind) ?? 0) + (kind === "Timeout" ? 1 : 0),
    );
  }, "all handles are gone");
  server = createServer().listen(0);
  await once(server, "listening");
}

test("10,000 requests through an AsyncExecutor in a group, cancelled in the middle, leave nothing behind", async () => {
  const unhandled = await unhandledOf(async () => {
    await using executor = new AsyncExecutor({ maxWorkers: 64 });
    const outcomes = new Map<string, number>();
    await run(() =>
      taskGroup(async (group) => {
        for (let i = 0; i < requests; i++) {
          const task = group.submit(executor, request);
          task.onDone(({ state }) => void outcomes.set(state, (outcomes.get(state) ?? 0) + 1));
        }
        await until(() => answered >= requests / 2, "half of them are answered", 150_000);
        group.cancel("enough");
      }),
    );
    assert.equal((outcomes.get("finished") ?? 0) + (outcomes.get("cancelled") ?? 0), requests);
    assert.ok(outcomes.get("finished")! >= requests / 4, "many were answered");
    assert.ok(outcomes.get("cancelled")! >= requests / 4, "many were cancelled");
    await assertNothingLeft(executor);
  });
  assert.deepEqual(unhandled, []);
});

test("a time limit around them stops them all, and those that wait for an answer that never comes", async () => {
  server.removeAllListeners("request");
  server.on("request", (_, response) => {
    answered += 1;
    if (answered <= 100) response.end("hello");
  });
  await using executor = new AsyncExecutor({ maxWorkers: 64 });
  const error = await failureOf(
    timeout(500, async () => {
      await taskGroup((group) => {
        for (let i = 0; i < 1_000; i++) group.submit(executor, request);
      });
    }),
  );
  assert.ok(error instanceof TimeoutError);
  await assertNothingLeft(executor);
});

test("tasks of a group that request by themselves are cancelled with it, as often as that happens", async () => {
  await using executor = new AsyncExecutor();
  for (let round = 0; round < 5; round++) {
    const group = new TaskGroup();
    const block = async (): Promise<void> => {
      await sleep(0);
      await using entered = group;
      const tasks = Array.from({ length: 200 }, () => entered.createTask(request));
      await tasks[20];
      entered.cancel();
      assert.ok((await failureOf(tasks.at(-1)!)) instanceof CancelledError);
    };
    await block();
  }
  await assertNothingLeft(executor);
});
