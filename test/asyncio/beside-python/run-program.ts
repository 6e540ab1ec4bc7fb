import {
  BrokenBarrierError,
  CancelledError,
  InvalidStateError,
  QueueShutDownError,
  TaskGroupError,
  TimeoutError,
} from "ungil";
import {
  Barrier,
  createTask,
  currentAsyncTask,
  Event,
  gather,
  Lock,
  Queue,
  run,
  Semaphore,
  shield,
  sleep,
  type Task,
  taskGroup,
  timeout,
  waitFor,
} from "ungil/asyncio";
import { manualClock } from "ungil/testing";

/** A step of a program: its name, its number, and what `make.py` gives it. */
export type Step = readonly [name: string, n: number, ...rest: unknown[]];
type Child = readonly [name: string, steps: Step[]];

/** When something happened, in ms, and what. */
export type Happening = [at: number, what: string];

/** What happens until a program has ended, in the order of `make.py`. */
export async function traceOf(program: readonly Step[]): Promise<Happening[]> {
  const clock = manualClock();
  const trace: Happening[] = [];
  const note = (what: string): void => void trace.push([clock.now(), what]);
  /** How many things had happened when it ended. */
  const main = { end: 0 };
  const steps = stepsOf(note);
  // not awaited: what is left when the program has ended, and is cancelled then, may wait for good as it cleans up
  void run(
    async () => {
      try {
        await timeout(3000, () => steps(program));
        note("main ends");
      } catch (error) {
        note(`main: ${words(error)}`);
      }
      main.end = trace.length;
    },
    { clock, onUnobserved: () => {} },
  );
  while (main.end === 0) await clock.advance(1000);
  const last = trace[main.end - 1]!;
  const before = trace.filter(([at]) => at < last[0]);
  return [...before.toSorted(byTimeAndText), last];
}

function byTimeAndText([at, what]: Happening, [otherAt, other]: Happening): number {
  return at - otherAt || (what < other ? -1 : Number(what > other));
}

function words(value: unknown): string {
  if (value instanceof TaskGroupError) {
    const different = new Set(value.errors.map(words));
    return `(${[...different].toSorted().join(" ")})`;
  }
  if (value instanceof CancelledError) return "cancelled";
  if (value instanceof TimeoutError) return "too late";
  if (value instanceof QueueShutDownError) return "shut down";
  if (value instanceof BrokenBarrierError) return "broken";
  if (value instanceof InvalidStateError && value.message.includes("taskDone")) return "too often";
  return value instanceof Error ? value.message : "fine";
}

function stepsOf(note: (what: string) => void): (steps: readonly Step[]) => Promise<void> {
  const tasks = new Map<string, Task<void>>();
  const events = [new Event(), new Event()];
  const queues = [new Queue<number>(1), new Queue<number>(1)];
  const locks = [new Lock(), new Lock()];
  const semaphores = [new Semaphore(2), new Semaphore(2)];
  const barriers = [new Barrier(2), new Barrier(3)];

  const steps = async (all: readonly Step[]): Promise<void> => {
    for (const [name, n, ...rest] of all) {
      const step = kinds[name];
      if (!step) throw new Error(`there is no step "${name}"`);
      await (step as (n: number, ...rest: unknown[]) => unknown)(n, ...rest);
    }
  };
  const body = (name: string, all: readonly Step[]) => async () => {
    try {
      note(`${name} starts`);
      await steps(all);
      note(`${name} ends`);
    } catch (error) {
      note(`${name}: ${words(error)}`);
      throw error;
    }
  };
  const spawn = async (
    children: readonly Child[],
    create: (fn: () => Promise<void>) => Task<void> = createTask,
  ): Promise<Task<void>[]> => {
    const made = children.map(([name, all]) => {
      const task = create(body(name, all));
      tasks.set(name, task);
      return task;
    });
    // all have begun, whatever the loop does first
    await sleep(0);
    return made;
  };
  /** Tells how something ended, and throws its error unless that is caught. */
  const told = async (
    act: () => PromiseLike<unknown>,
    { well, badly, catches }: { well: string; badly: string; catches?: (error: unknown) => boolean },
  ): Promise<void> => {
    try {
      await act();
      note(well);
    } catch (error) {
      note(`${badly}: ${words(error)}`);
      if (!catches?.(error)) throw error;
    }
  };
  const holding = async (guard: { release(): void }, what: string, all: Step[]): Promise<void> => {
    try {
      note(what);
      await steps(all);
    } finally {
      guard.release();
    }
  };

  const kinds: Record<string, (n: number, ...rest: never[]) => unknown> = {
    log: (n) => note(`${n}`),
    sleep: async (n, ms: number) => {
      await sleep(ms);
      note(`${n} slept`);
    },
    raise: async (n, ms: number) => {
      await sleep(ms);
      throw new Error(`E${n}`);
    },
    cancel: async (n, name: string, ms: number) => {
      await sleep(ms);
      const task = tasks.get(name);
      if (!task) return;
      note(`${n} cancels ${name}: ${task.cancel() ? "yes" : "no"}`);
      await sleep(0);
    },
    set: (_, which: number) => events[which]!.set(),
    "await set": async (n, which: number) => {
      await events[which]!.wait();
      note(`${n} is set`);
    },
    put: async (n, which: number) => {
      await queues[which]!.put(n);
      note(`${n} put`);
    },
    get: async (n, which: number) => note(`${n} got ${await queues[which]!.get()}`),
    meet: async (n, which: number) => note(`${n} met ${await barriers[which]!.wait()}`),
    break: async (_, which: number, ms: number) => {
      await sleep(ms);
      barriers[which]!.abort();
    },
    reset: async (_, which: number, ms: number) => {
      await sleep(ms);
      barriers[which]!.reset();
    },
    "task done": async (_, which: number, ms: number) => {
      await sleep(ms);
      queues[which]!.taskDone();
    },
    "join queue": async (n, which: number) => {
      await queues[which]!.join();
      note(`${n} all done`);
    },
    "shut down": async (_, which: number, immediate: boolean, ms: number) => {
      await sleep(ms);
      queues[which]!.shutdown({ immediate });
    },
    group: (n, children: Child[], all: Step[], catches: boolean) =>
      told(
        () =>
          taskGroup(async (group) => {
            await spawn(children, (fn) => group.createTask(fn));
            await steps(all);
          }),
        {
          well: `${n} group ends`,
          badly: `${n} group`,
          catches: (error) => catches && error instanceof TaskGroupError,
        },
      ),
    timeout: (n, ms: number, all: Step[], catches: boolean) =>
      told(() => timeout(ms, () => steps(all)), {
        well: `${n} in time`,
        badly: `${n} timeout`,
        catches: (error) => catches && error instanceof TimeoutError,
      }),
    wait_for: (n, ms: number, all: Step[], catches: boolean) =>
      told(() => waitFor(() => steps(all), ms), {
        well: `${n} in time`,
        badly: `${n} wait_for`,
        catches: (error) => catches && error instanceof TimeoutError,
      }),
    gather: async (n, children: Child[], returnExceptions: boolean) => {
      const made = await spawn(children);
      try {
        const results: unknown[] = returnExceptions
          ? await gather(made, { returnExceptions })
          : await gather(made);
        note(`${n} gathered ${results.map(words).join(" ")}`);
      } catch (error) {
        note(`${n} gather: ${words(error)}`);
        throw error;
      }
    },
    shield: async (n, child: Child) => {
      const [task] = await spawn([child]);
      await told(() => shield(task!), { well: `${n} shield ends`, badly: `${n} shield` });
    },
    except: async (n, all: Step[]) => {
      try {
        await steps(all);
      } catch (error) {
        if (error instanceof CancelledError) throw error;
        note(`${n} caught ${words(error)}`);
      }
    },
    finally: async (n, all: Step[], cleanup: Step[]) => {
      try {
        await steps(all);
      } finally {
        note(`${n} finally`);
        await steps(cleanup);
        note(`${n} cleaned up`);
      }
    },
    cancelled: async (n, all: Step[], then: string, ms: number) => {
      try {
        await steps(all);
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        note(`${n} is cancelled`);
        if (then === "sleep") {
          await sleep(ms);
          note(`${n} slept`);
        }
        if (then !== "go on") throw error;
      }
    },
    spawn: (_, child: Child) => spawn([child]),
    join: async (n, name: string) => {
      const task = tasks.get(name);
      if (task && task !== currentAsyncTask())
        await told(() => task, { well: `${n} joined`, badly: `${n} join` });
    },
    lock: async (n, which: number, all: Step[]) => holding(await locks[which]!.acquire(), `${n} locked`, all),
    semaphore: async (n, which: number, all: Step[]) =>
      holding(await semaphores[which]!.acquire(), `${n} entered`, all),
  };
  return steps;
}
