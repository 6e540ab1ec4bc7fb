// Random programs of puts and gets in several processes, with limits, cancellations and deaths.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { type Connection, Pipe, Process, Queue } from "ungil/multiprocessing";
import { act, beActor, type Done, type Step } from "./support/queue-actor.js";

/** Processes beside this one. */
const children = 2;

interface Actor {
  readonly child: Process;
  readonly control: Connection<Step, Done>;
}

function startActor(): Actor {
  const [control, theirs] = Pipe<Step, Done>();
  const child = new Process({ target: beActor, args: [theirs] });
  child.start();
  theirs.close();
  return { child, control };
}

const actors: Actor[] = Array.from({ length: children }, startActor);
after(async () => {
  for (const { child, control } of actors) {
    control.close();
    child.kill();
    await child.join();
  }
});

type Command =
  | {
      readonly do: "step";
      readonly actor: number;
      readonly op: Step["op"];
      readonly timeout: number | undefined;
      readonly cancelAfter: number | undefined;
    }
  | { readonly do: "kill"; readonly actor: number }
  | { readonly do: "turn" };

const step = fc.record({
  do: fc.constant("step" as const),
  actor: fc.nat(children),
  op: fc.constantFrom<Step["op"][]>("put", "put", "put", "get", "get", "get", "putNowait", "getNowait"),
  timeout: fc.option(fc.nat(3), { nil: undefined }),
  cancelAfter: fc.option(fc.nat(3), { nil: undefined }),
});
const turn = fc.constant({ do: "turn" as const });
const kill = fc.record({ do: fc.constant("kill" as const), actor: fc.integer({ min: 1, max: children }) });

/** What a program has come to. */
interface Trace {
  /** Items whose put was confirmed, and all that were tried, each by its producer and number. */
  readonly confirmed: Set<string>;
  readonly tried: Set<string>;
  /** Items in the order of the calls by which each actor got them; a new process is a new actor. */
  readonly got: string[][];
  /** What was on the way in processes when they were killed. */
  readonly lostGets: number;
}

/** Runs a program on a new queue, and takes out what is left at its end. */
async function run(maxsize: number, program: readonly Command[]): Promise<Trace> {
  const queue = new Queue<string>(maxsize);
  const confirmed = new Set<string>();
  const tried = new Set<string>();
  // by the call: what need not wait is answered before what waited, though both are served in one moment
  const got: Map<number, string>[] = Array.from({ length: children + 1 }, () => new Map<number, string>());
  /** The list of each actor that is there now. */
  const listOf = [...got];
  const pending = new Map<number, { readonly step: Step; readonly actor: number }>();
  let lostGets = 0;
  let ids = 0;
  const failures: unknown[] = [];
  const tell = (done: Done): void => {
    const { step: of, actor } = pending.get(done.id)!;
    pending.delete(done.id);
    if (typeof done.item === "string") listOf[actor]!.set(done.id, done.item);
    else if (done.item === null) confirmed.add(of.item);
    else assert.match(done.error!, /^(?:TimeoutError|CancelledError|QueueFullError|QueueEmptyError)$/);
  };
  const listen = async ({ control }: Actor): Promise<void> => {
    try {
      for (;;) tell(await control.recv({ signal: over.signal }));
    } catch (error) {
      if (!/^(?:EOFError|CancelledError)$/.test((error as Error).name)) failures.push(error);
    }
  };
  const over = new AbortController();
  const listening = new Set<Promise<void>>();
  for (const actor of actors) listening.add(listen(actor));
  const end = async (at: number): Promise<void> => {
    const actor = actors[at]!;
    actor.child.kill();
    await actor.child.join();
    for (const [id, { step: of, actor: whose }] of pending) {
      if (whose !== at + 1) continue;
      if (of.op === "get" || of.op === "getNowait") lostGets++;
      pending.delete(id);
    }
    const next = startActor();
    actors[at] = next;
    got.push(new Map());
    listOf[at + 1] = got.at(-1)!;
    listening.add(listen(next));
  };
  for (const command of program) {
    if (command.do === "turn") await new Promise((resolve) => setImmediate(resolve));
    else if (command.do === "kill") await end(command.actor - 1);
    else {
      const { actor, op, timeout, cancelAfter } = command;
      const id = ids++;
      const item = `${got.indexOf(listOf[actor]!)}:${id}`;
      const asked: Step = { id, queue, op, item, timeout, cancelAfter };
      pending.set(id, { step: asked, actor });
      if (op === "put" || op === "putNowait") tried.add(item);
      if (actor === 0) void act(asked).then(tell);
      else await actors[actor - 1]!.control.send(asked);
    }
  }
  // what waits for ever gets what it waits for, one by one
  let fillers = 0;
  while (pending.size > 0) {
    if (await queue.empty()) {
      // a get waits, or nothing is left to be told
      const filler = `filler:${fillers++}`;
      tried.add(filler);
      await queue.put(filler).then(() => confirmed.add(filler));
    } else {
      try {
        listOf[0]!.set(ids++, await queue.get({ timeout: 0 }));
      } catch (error) {
        assert.equal((error as Error).name, "TimeoutError");
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  while (!(await queue.empty())) listOf[0]!.set(ids++, await queue.get());
  over.abort();
  await Promise.all(listening);
  assert.deepEqual(failures, []);
  const inOrder = (items: Map<number, string>): string[] =>
    [...items].toSorted(([one], [other]) => one - other).map(([, item]) => item);
  return { confirmed, tried, got: got.map(inOrder), lostGets };
}

function check({ confirmed, tried, got, lostGets }: Trace, inOrder: boolean): void {
  const all = got.flat();
  assert.equal(new Set(all).size, all.length, "no item is there twice");
  for (const item of all) assert.ok(tried.has(item), `${item} was put by somebody`);
  const seen = new Set(all);
  const lost = [...confirmed].filter((item) => !seen.has(item));
  assert.ok(lost.length <= lostGets, `no item is lost but with who had it: ${lost.join(", ")}`);
  if (!inOrder) return;
  const doubtful = [...seen].filter((item) => !confirmed.has(item));
  assert.deepEqual(doubtful, [], "what was not put is not there");
  for (const items of got) {
    const byProducer = new Map<string, number[]>();
    for (const item of items) {
      const [producer, number] = item.split(":") as [string, string];
      byProducer.set(producer, [...(byProducer.get(producer) ?? []), Number(number)]);
    }
    for (const numbers of byProducer.values())
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
        "first in, first out",
      );
  }
}

const maxsize = fc.constantFrom(0, 1, 2, 5);

test("random programs in several processes: no item is lost or doubled, and each producer's are in order", {
  timeout: 170_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      maxsize,
      fc.array(fc.oneof({ arbitrary: step, weight: 5 }, turn), { minLength: 5, maxLength: 60 }),
      async (size, program) => check(await run(size, program), true),
    ),
    { numRuns: 60 },
  );
});

test("the same with processes that are killed: no item is lost but with a process that had it", {
  timeout: 170_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      maxsize,
      fc.array(
        fc.oneof(
          { arbitrary: step, weight: 12 },
          { arbitrary: turn, weight: 3 },
          { arbitrary: kill, weight: 1 },
        ),
        {
          minLength: 5,
          maxLength: 60,
        },
      ),
      async (size, program) => check(await run(size, program), false),
    ),
    { numRuns: 15 },
  );
});
