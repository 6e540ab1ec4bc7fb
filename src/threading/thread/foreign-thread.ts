/**
 * A thread as others see it than the one that made it: it tells what shared memory tells, and its end can be waited
 * for. A class of its own, so that a thread which is only given one need not load what starts threads.
 *
 * @module
 */
import { type InspectOptions, inspect } from "node:util";
import { threadId } from "node:worker_threads";
import { outermostContext } from "../../async-context.js";
import { InvalidStateError } from "../../errors.js";
import { type PortableReference, portable, registerReviver } from "../../portable.js";
import { Ending, type JoinOptions } from "../../target/ending.js";
import { ownThread } from "./own-thread.js";
import type { ThreadInfo } from "./thread-info.js";
import { noSeat, threadTable } from "./thread-table.js";

const reviver = "ungil.Thread";

/** Longest time that an end is not noticed, should nobody have told it, in ms. It keeps the event loop alive. */
const lookTime = 100;

/** What travels of a thread. */
export interface KnownThread {
  readonly name: string;
  readonly daemon: boolean;
  readonly ident: number | null;
  readonly seat: number;
  /** The process that it is a thread of. */
  readonly pid: number;
}

/** How a thread travels. */
export const referenceToThread = ({
  name,
  daemon,
  ident,
  seat,
}: Omit<KnownThread, "pid">): PortableReference => ({
  reviver,
  entry: "threading",
  data: { name, daemon, ident, seat, pid: process.pid } satisfies KnownThread,
});

/** Threads that are known here: each is one object. */
const known = new Map<number, WeakRef<ThreadInfo>>();
const collected = new FinalizationRegistry<number>((seat) => {
  if (known.get(seat)?.deref() === undefined) known.delete(seat);
});

/** Says which object stands for a thread here. */
export function rememberThread(seat: number, thread: ThreadInfo): void {
  if (seat === noSeat) return;
  known.set(seat, new WeakRef(thread));
  collected.register(thread, seat);
}

/** The object that stands for a thread here. */
export function threadOf(thread: KnownThread): ThreadInfo {
  const here = thread.pid === process.pid ? known.get(thread.seat)?.deref() : undefined;
  if (here) return here;
  const made = new ForeignThread(thread);
  if (thread.pid === process.pid) rememberThread(thread.seat, made);
  return made;
}

/** What only the thread that made it can do. */
const methods = ["start", "terminate", Symbol.asyncDispose];
const properties = ["exitCode", "sentinel"];

class ForeignThread implements ThreadInfo {
  readonly #known: KnownThread;
  #ident: number | null;
  #nativeId: number | null = null;
  #ending: Ending<void> | undefined;

  constructor(thread: KnownThread) {
    this.#known = thread;
    this.#ident = thread.ident;
  }

  get name(): string {
    return this.#known.name;
  }

  get daemon(): boolean {
    // it may have been set since
    return this.#record?.daemon ?? this.#known.daemon;
  }

  get ident(): number | null {
    this.#ident ??= this.#record?.ident ?? null;
    return this.#ident;
  }

  get nativeId(): number | null {
    this.#nativeId ??= this.#record?.nativeId ?? null;
    return this.#nativeId;
  }

  isAlive(): boolean {
    if (this.#isThisOne) return true;
    this.#assertTold("isAlive");
    return threadTable().phaseOf(this.#known.seat) === "alive";
  }

  join(options?: JoinOptions): Promise<boolean> {
    this.#assertJoinable();
    if (!this.#ending) {
      const { seat, name } = this.#known;
      let timer: NodeJS.Timeout | undefined;
      const ending = new Ending<void>(name, (awaited) => {
        clearInterval(timer);
        if (awaited) timer = outermostContext.runInAsyncScope(() => setInterval(look, lookTime));
      });
      const look = (): void => {
        if (!ending.future.done() && threadTable().phaseOf(seat) === "ended") ending.come();
      };
      this.#ending = ending;
      outermostContext.runInAsyncScope(() => threadTable().whenEnded(seat, look));
    }
    return this.#ending.join(options);
  }

  /** `<Thread Thread-1 ident=3 running>`. */
  toString(): string {
    const ident = this.ident === null ? "" : ` ident=${this.ident}`;
    return `<Thread ${this.name}${ident}${this.daemon ? " daemon" : ""}>`;
  }

  [inspect.custom](
    _depth: number,
    options: InspectOptions & { stylize?: (text: string, style: "special") => string },
  ): string {
    return options.stylize ? options.stylize(this.toString(), "special") : this.toString();
  }

  [portable](): PortableReference {
    const { name, daemon, ident } = this;
    // where it goes on to may not be the process it came from
    return { ...referenceToThread(this.#known), data: { ...this.#known, name, daemon, ident } };
  }

  get #record(): ReturnType<ReturnType<typeof threadTable>["read"]> {
    return this.#isHere ? threadTable().read(this.#known.seat) : undefined;
  }

  get #isHere(): boolean {
    return this.#known.pid === process.pid;
  }

  get #isThisOne(): boolean {
    return this.#isHere && this.ident === threadId;
  }

  /** Refuses what can't be known here. */
  #assertTold(use: string): void {
    if (!this.#isHere) {
      throw new InvalidStateError(
        `${use} of ${this.name} is only there in its process, which is not this one (process ${process.pid})`,
      );
    }
    if (this.#known.seat === noSeat)
      throw new InvalidStateError(`${use} of ${this.name} is not there: ungil did not start this thread`);
  }

  #assertJoinable(): void {
    const { name } = this;
    if (this.#isThisOne) throw new InvalidStateError(`${name} can't be joined: it is the current thread`);
    this.#assertTold("join");
    if (this.ident === 0)
      throw new InvalidStateError(
        `${name} can't be joined: it ends with the program, and this thread with it`,
      );
    const phase = threadTable().phaseOf(this.#known.seat);
    if (phase === "initial") throw new InvalidStateError(`${name} can't be joined: call start() first`);
    const { seat } = ownThread();
    if (
      phase === "alive" &&
      this.ident !== null &&
      seat !== noSeat &&
      threadTable().isStarter(this.ident, seat)
    ) {
      throw new InvalidStateError(
        `${name} can't be joined: it has started the current thread, which ends with it if not before`,
      );
    }
  }
}

function refuse(name: string, use: string): never {
  throw new InvalidStateError(
    `${use} of ${name} is only there in the thread that made it, which is not this one (${ownThread().name})`,
  );
}

for (const method of methods) {
  Object.defineProperty(ForeignThread.prototype, method, {
    value(this: ThreadInfo) {
      refuse(this.name, String(method));
    },
  });
}
for (const property of properties) {
  Object.defineProperty(ForeignThread.prototype, property, {
    get(this: ThreadInfo) {
      return refuse(this.name, property);
    },
  });
}

/** Makes known here how a thread arrives. */
export function receiveThreads(): void {
  registerReviver(reviver, (data) => threadOf(data as KnownThread));
}
