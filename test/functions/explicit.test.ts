import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  assertNotReviving,
  built,
  captureFunction,
  captureMode,
  referenceTo,
  resolveReference,
  task,
  withCaptures,
} from "./api.js";
import type { named } from "./fixtures/dep.js";
import { DomainError } from "./fixtures/dep.js";
import { RemoteError, refusal, TestWorker } from "./harness.js";

const worker = new TestWorker();
after(() => worker.close());
const depUrl = new URL("./fixtures/dep.js", import.meta.url);

test("task() sends an export by name and calls it here too", async () => {
  const job = task<typeof named>(depUrl, "named");
  assert.equal(job.name, "named");
  assert.equal(await job(4), "named4h2");
  assert.equal(captureFunction(job).graph.nodes[0]?.type, "module");
  assert.equal(captureFunction(job).stable, true);
  assert.equal(await worker.run(job, 4), "named4h2");
  assert.equal(await worker.run(task(depUrl.href, "default")), "def");
});

test("task() checks its arguments, and a missing export is named", async () => {
  assert.throws(() => task("./dep.js", "named"), {
    code: "ERR_UNGIL_INVALID_ARGUMENT",
    argument: "moduleUrl",
  });
  assert.throws(() => task(5 as never, "named"), { argument: "moduleUrl" });
  assert.throws(() => task(depUrl, ""), { argument: "exportName" });
  const missing = task(depUrl, "missing");
  await assert.rejects(missing(), /missing/);
  await assert.rejects(worker.run(missing), /dep\.js has no missing here/);
});

test("withCaptures() sends the text with the given variables", async () => {
  const data = [1, 2];
  const fn = withCaptures(
    { data, twice: (x: number): number => x * 2 },
    (x: number) => twice(x) + data.length,
  );
  assert.equal(await worker.run(fn, 4), 10);
  data.push(3);
  assert.equal(await worker.run(fn, 4), 11);
  const local = withCaptures({ data }, (x: number) => x + data.length);
  assert.equal(local(1), 4);
  assert.equal(local.length, 1);
});
declare const twice: (x: number) => number;

test("withCaptures() refuses a variable that was not given, and bad arguments", () => {
  const n = 1;
  assert.match(refusal(withCaptures({}, () => n)).message, /`n`: .*withCaptures/);
  assert.throws(() => withCaptures(null as never, () => 1), { argument: "captures" });
  assert.throws(() => withCaptures({ "a-b": 1 }, () => 1), { argument: "captures" });
  assert.throws(() => withCaptures({}, 1 as never), { argument: "fn" });
});

test("this runtime shows the variables of a closure", () => {
  assert.deepEqual(captureMode(), { mode: "full" });
});

async function failure(fn: () => never): Promise<RemoteError> {
  const outcome: unknown = await worker.run(fn).catch((error: unknown) => error);
  assert.ok(outcome instanceof RemoteError);
  return outcome;
}

test("a class that travelled by value is recognised when it comes back", async () => {
  class LocalError extends Error {}
  const fail = (): never => {
    throw new LocalError("local");
  };
  const { reference } = await failure(fail);
  assert.equal(reference!.type, "origin");
  assert.equal(await resolveReference(reference!), LocalError);
});

test("a class of a module is found by its export, a builtin by its name", async () => {
  const fail = (): never => {
    throw new DomainError("domain");
  };
  const { reference } = await failure(fail);
  assert.equal(await resolveReference(reference!), DomainError);
  assert.equal(await resolveReference(referenceTo(DomainError)!), DomainError);
  assert.equal(await resolveReference(referenceTo(RangeError)!), RangeError);
  assert.equal(await resolveReference(referenceTo(Buffer)!), Buffer);
  assert.equal(referenceTo(class {}), undefined);
  assert.equal(await resolveReference({ type: "module", url: "file:///nowhere.js", path: ["x"] }), undefined);
  assert.equal(await resolveReference({ type: "origin", id: 5e15 }), undefined);
});

test("nothing is being revived here", () => {
  assert.doesNotThrow(assertNotReviving);
});

test("an object or function that follows the portable protocol travels as its reference", async () => {
  const { portable } = (await built("portable.js")) as { portable: symbol };
  const portableUrl = new URL("../../../dist/portable.js", import.meta.url).href;
  await worker.run(async () => {
    const { registerReviver } = (await import(portableUrl)) as {
      registerReviver: (name: string, revive: (data: unknown) => unknown) => void;
    };
    registerReviver("test", (data) => ({ revived: data }));
  });
  const unsendable = { socket: new WeakMap(), [portable]: () => ({ reviver: "test", data: 5 }) };
  const callable = Object.assign(() => unsendable, { [portable]: () => ({ reviver: "test", data: 6 }) });
  const use = (): unknown[] => [unsendable, { nested: callable }];
  assert.deepEqual(await worker.run(use), [{ revived: 5 }, { nested: { revived: 6 } }]);
  assert.equal(captureFunction(use).stable, false);
});
