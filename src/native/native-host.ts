/**
 * The host of `NativeExecutor`: native functions run on threads of Node's pool, others as on any event loop. A worker is
 * a place that one task has at a time.
 *
 * @module
 */
import { taskStorage } from "../pool/current-task.js";
import type { HostWorker, WorkerEvents } from "../pool/host.js";
import { LocalHost, LocalWorker } from "../pool/local-host.js";
import type { LocalTask } from "../pool/local-task.js";
import type { Task } from "../pool/task.js";
import type { NativeCode } from "./binding.js";
import { PoolCall } from "./call-gate.js";
import { codeOf } from "./native-code.js";

export class NativeHost extends LocalHost {
  readonly #prepared = new WeakMap<NativeCode, (...args: unknown[]) => Promise<unknown>>();

  constructor() {
    super("native", false);
  }

  override prepare(fn: (...args: never[]) => unknown): unknown {
    const code = codeOf(fn);
    if (!code) return fn;
    let prepared = this.#prepared.get(code);
    if (!prepared) this.#prepared.set(code, (prepared = (...args) => callInTask(code, args)));
    return prepared;
  }

  override startWorker(_index: number, events: WorkerEvents): HostWorker {
    const worker = new NativeWorker(events);
    events.ready();
    return worker;
  }
}

function callInTask(code: NativeCode, args: readonly unknown[]): Promise<unknown> {
  const { task } = taskStorage.getStore() as LocalTask;
  // a map gives its function the index too, which C functions do not leave alone
  const own = task.group ? args.slice(0, code.arity) : args;
  return (task.worker!.host as NativeWorker).call(task, code.prepare(own));
}

/** A call that a task waits for. */
interface Waiting {
  readonly call: PoolCall;
  giveUp(error: unknown): void;
}

class NativeWorker extends LocalWorker {
  readonly #events: WorkerEvents;
  readonly #waiting = new Map<Task, Waiting>();
  /** Calls that run though their task was given up. */
  #givenUp = 0;
  #isToStop = false;

  constructor(events: WorkerEvents) {
    super(events);
    this.#events = events;
  }

  override get occupied(): boolean {
    return this.#givenUp > 0;
  }

  /** Makes a call for a task. */
  call(task: Task, start: ConstructorParameters<typeof PoolCall>[0]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const call = new PoolCall(
        start,
        (outcome) => {
          if ("error" in outcome) reject(outcome.error);
          else resolve(outcome.value);
        },
        () => {
          isOver = true;
          if (!this.#waiting.delete(task)) this.#returned();
        },
      );
      // one that could not even be started is over already
      if (!isOver) this.#waiting.set(task, { call, giveUp: reject });
    });
  }

  override askToStop(task: Task, reason: unknown): void {
    const waiting = this.#waiting.get(task);
    if (!waiting) return super.askToStop(task, reason);
    this.#waiting.delete(task);
    const error = task.stopping!;
    if (!waiting.call.withdraw()) {
      this.#givenUp++;
      sayThatItRuns(error, task.name);
    }
    waiting.giveUp(error);
  }

  override stop(): void {
    this.#isToStop = true;
    if (!this.occupied) super.stop();
  }

  /** A call has come back that nobody waits for. */
  #returned(): void {
    this.#givenUp--;
    if (this.occupied) return;
    if (this.#isToStop) super.stop();
    else this.#events.told();
  }
}

/** Adds to an error what its reader may not expect. */
function sayThatItRuns(error: Error, name: string): void {
  // first: the stack is made of the message when it is looked at for the first time
  const { stack, message } = error;
  const said = `${message}; the native call of ${name} can't be stopped: it runs on and keeps its place until it returns`;
  error.message = said;
  if (stack !== undefined) error.stack = stack.replace(message, () => said);
}
