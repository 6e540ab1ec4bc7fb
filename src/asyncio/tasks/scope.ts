/**
 * Scopes of cancellation: a task's body, the body of a `timeout`, the body of a `TaskGroup`. Which one code runs in
 * follows it through `await` by an `AsyncLocalStorage`.
 *
 * A cancellation is an event, as in Python's asyncio, and not a state for good as in trio: so clean-up code may wait
 * like any other. The rules, which the code cites:
 *
 * 1. A cancellation of a scope ends what waits in it and in the scopes inside, up to the bodies of other tasks.
 * 2. Where nothing waits, it is _armed_: the next wait in the scope fails, and disarms it.
 * 3. If what was ended includes the wait that began last, the cancellation is delivered, and later waits are not
 *    affected. An older one may be the loser of a `Promise.race`, from which nobody hears any more.
 * 4. What is armed when the body ends is delivered by its end, unless the body was told through its signal.
 * 5. A scope is _requested_ from its cancellation until it is taken back or ends. Who ends with a `CancelledError`
 *    asks the scopes around it whether that is theirs: whether one was requested since, or is armed.
 * 6. A scope that has ended has no part in anything: who still runs in it is in the scope around it.
 * 7. A cancellation that comes while the code has not gone on from the one before is delivered with it: one that was
 *    passed on to a task and meets it a second time, by `run` or what else waits for it, does not interrupt its clean-up.
 *    A group cancels no task that has heard of the same cancellation already, however long ago that was.
 * 8. As long as a cancellation of which the body was told by its signal is armed, others that come are known to it, too:
 *    what it does from then on, such as returning a value, it does knowing that it is to end.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { getEventListeners, setMaxListeners } from "node:events";
import { onAbort } from "../../abort.js";
import { type Clock, systemClock } from "../../clock.js";
import type { CancelledError } from "../../errors.js";
import { cancelledBy, type Future } from "../../futures/future.js";
import { type UnobservedFailures, unownedFailures } from "../../futures/unobserved.js";
import { type CurrentTask, taskStorage } from "../../pool/current-task.js";
import { provideAmbientSignal, provideAmbientTask } from "../../sync/ambient.js";
import { type Chain, currentChain, tell } from "./cancel-chain.js";

/** What the tasks of one runner share; those outside of any share `outside`. */
export interface Home {
  readonly clock: Clock;
  /** Receives failures that nobody looks at. */
  readonly unobserved: UnobservedFailures;
  /** The live tasks of a runner. */
  readonly tasks: Set<Future<unknown>> | undefined;
  /** Whether the runner takes no more tasks. */
  closed: boolean;
}

/** The home of tasks that no runner started. */
export const outside: Home = {
  clock: systemClock,
  unobserved: unownedFailures,
  tasks: undefined,
  closed: false,
};

/** Something that is waited for in a scope. */
export interface Wait {
  /** What it is, for people. */
  what(): string;
  /** Its place in the order in which waits began; set by the scope. */
  turn?: number;
  /** Ends it: called once, when the scope no longer knows it. */
  interrupt(error: CancelledError): void;
}

/** A cancellation that no wait has met yet. */
export interface Armed {
  readonly error: CancelledError;
  /** Whether somebody was told by the scope's signal. */
  readonly told: boolean;
}

/** What a scope is made with. */
export interface ScopeOptions {
  /** The scope around it, of the same task. */
  readonly parent?: Scope | undefined;
  /** The task whose body it is part of. */
  readonly task?: Future<unknown> | undefined;
  readonly home?: Home | undefined;
  readonly clock?: Clock | undefined;
}

/** Waits that have begun, in all scopes. */
let turns = 0;
/** The code that runs in scopes has gone on from a cancellation (rule 7). */
let hear: (scopes: readonly Scope[], error: CancelledError) => void;

/** A part of a program that can be cancelled as a whole. */
export class Scope {
  readonly parent: Scope | undefined;
  readonly task: Future<unknown> | undefined;
  readonly home: Home;
  readonly clock: Clock;
  /** The task of an executor in which it was made. */
  readonly executorTask: CurrentTask | undefined = taskStorage.getStore();
  /** Cancellations that were not taken back. */
  requests = 0;
  /** Which cancellation was its last one. */
  lastChain: Chain | undefined;
  /** The turn of the wait that began last in it or inside. */
  #lastTurn = 0;
  /** Cancellations of the scopes around it that were delivered before it began. */
  readonly #requestsAtEntry: number;
  #closed = false;
  #lastError: CancelledError | undefined;
  #armed: Armed | undefined;
  /** The last cancellation that was delivered to it, until the code has gone on from that. */
  #unheard: CancelledError | undefined;
  #inner: Set<Scope> | undefined;
  #waits: Set<Wait> | undefined;
  /** For waits that know signals only. They take their listeners off, so that its listeners are waits. */
  #waitController: AbortController | undefined;
  #waitTurn = 0;
  /** For the user. Its listeners may be anything. */
  #controller: AbortController | undefined;

  constructor({ parent, task, home, clock }: ScopeOptions) {
    this.parent = parent;
    this.task = task ?? parent?.task;
    this.home = home ?? parent?.home ?? outside;
    this.clock = clock ?? parent?.clock ?? this.home.clock;
    this.#requestsAtEntry = this.#requestsAround();
    for (let scope = parent; scope; scope = scope.parent) if (scope.#armed) this.#requestsAtEntry -= 1;
    if (parent) (parent.#inner ??= new Set()).add(this);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Aborts when the scope is cancelled. One that was delivered (rule 3) is over: the signal is a new one then. */
  get signal(): AbortSignal {
    const armed = this.#chainArmed();
    if (armed) {
      this.#tellByArmed();
      return AbortSignal.abort(armed.error);
    }
    if (!this.#controller || this.#controller.signal.aborted) this.#controller = manyListeners();
    return this.#controller.signal;
  }

  /** For waits that know signals only; read when a wait begins. */
  get waitSignal(): AbortSignal {
    const armed = this.#chainArmed();
    if (armed) return this.#deliveredByReading(armed.error);
    this.#waitTurn = this.#nextTurn();
    return (this.#waitController ??= manyListeners()).signal;
  }

  /** Cancels what runs in the scope. @returns true: it has an effect. */
  cancel(error: CancelledError): true {
    return tell(this, () => this.#cancel(error));
  }

  #cancel(error: CancelledError): true {
    this.requests += 1;
    this.lastChain = currentChain();
    this.#lastError = error;
    const scopes = this.withInner();
    const waits: Wait[] = [];
    const controllers: AbortController[] = [];
    const last = scopes.reduce((latest, scope) => Math.max(latest, scope.#lastTurn), 0);
    let delivered = false;
    // rule 8
    let told = this.#armed?.told === true;
    for (const scope of scopes) {
      const { waitController, controller } = scope.#takeControllers();
      if (waitController) {
        controllers.push(waitController);
        delivered ||= scope.#waitTurn === last && isListenedTo(waitController);
      }
      if (controller) {
        controllers.push(controller);
        told ||= isListenedTo(controller);
      }
      for (const wait of scope.#takeWaits()) {
        waits.push(wait);
        delivered ||= wait.turn === last;
      }
    }
    // rules 2, 3 and 7, before anybody is told: what is called from here on may cancel, wait and end scopes
    const isHeard = scopes.every((scope) => scope.#unheard === undefined);
    if (delivered) for (const scope of scopes) scope.#unheard = error;
    else if (isHeard) this.#armed = { error, told };
    for (const wait of waits) wait.interrupt(error);
    for (const controller of controllers) controller.abort(error);
    // who awaits what was interrupted goes on in a microtask that is queued by now
    if (delivered) queueMicrotask(() => hear(scopes, error));
    return true;
  }

  /** Takes one cancellation back; with the last one, what is armed is disarmed. @returns how many are left. */
  uncancel(): number {
    if (this.requests > 0) this.requests -= 1;
    if (this.requests === 0) this.#armed = undefined;
    return this.requests;
  }

  /** The next wait fails: a cancellation was delivered, and something else was thrown in its place. */
  rearm(): void {
    if (this.#lastError) this.#armed ??= { error: this.#lastError, told: false };
  }

  /** What the next wait fails with, which is disarmed by that: in this scope and those around it (rule 2). */
  takeArmed(): CancelledError | undefined {
    let outermost: CancelledError | undefined;
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      if (scope.#armed) outermost = scope.#armed.error;
      scope.#armed = undefined;
    }
    return outermost;
  }

  /** The reason that was given for its last cancellation. */
  get reason(): unknown {
    return this.#lastError?.cause;
  }

  /** The nearest requested scope around this one, if a cancellation has reached this one from there (rule 5). */
  requestedAround(): Scope | undefined {
    if (this.#requestsAround() <= this.#requestsAtEntry) return undefined;
    for (let scope = this.parent; scope; scope = scope.parent) if (scope.requests > 0) return scope;
    return undefined;
  }

  /** Whether it, or a scope around it, is requested. */
  get requested(): boolean {
    return this.requests > 0 || this.#requestsAround() > 0;
  }

  #requestsAround(): number {
    let requests = 0;
    for (let scope = this.parent; scope; scope = scope.parent) requests += scope.requests;
    return requests;
  }

  addWait(wait: Wait): void {
    wait.turn = this.#nextTurn();
    (this.#waits ??= new Set()).add(wait);
  }

  /** A wait that was interrupted goes on: it hears of the next cancellation, too. */
  keepWait(wait: Wait): void {
    (this.#waits ??= new Set()).add(wait);
  }

  removeWait(wait: Wait): void {
    this.#waits?.delete(wait);
  }

  /** Ends it. @returns what was armed (rule 4). */
  close(): Armed | undefined {
    const armed = this.#armed;
    this.#closed = true;
    this.#armed = undefined;
    if (this.parent) {
      this.parent.#inner?.delete(this);
      this.parent.#lastTurn = Math.max(this.parent.#lastTurn, this.#lastTurn);
    }
    return armed;
  }

  /** What is waited for in it and in the scopes inside. */
  waits(): string[] {
    const found: string[] = [];
    for (const scope of this.withInner()) {
      if (scope.#waits) for (const wait of scope.#waits) found.push(wait.what());
      const others = scope.#waitController ? listenersOf(scope.#waitController) : 0;
      for (let i = 0; i < others; i++) found.push("a lock, a queue or the like");
    }
    return found;
  }

  static {
    hear = (scopes, error) => {
      for (const scope of scopes) if (scope.#unheard === error) scope.#unheard = undefined;
    };
  }

  #nextTurn(): number {
    turns += 1;
    this.#lastTurn = turns;
    return turns;
  }

  #chainArmed(): Armed | undefined {
    let outermost: Armed | undefined;
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      outermost = scope.#armed ?? outermost;
    }
    return outermost;
  }

  #tellByArmed(): void {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      if (scope.#armed) scope.#armed = { ...scope.#armed, told: true };
    }
  }

  /** An aborted signal. Who reads its reason throws it: only then it is delivered, not to who need not wait. */
  #deliveredByReading(error: CancelledError): AbortSignal {
    const signal = AbortSignal.abort(error);
    Object.defineProperty(signal, "reason", {
      get: () => {
        this.takeArmed();
        return error;
      },
    });
    return signal;
  }

  /** Itself and the scopes inside, from the outside inwards. */
  withInner(): Scope[] {
    const scopes: Scope[] = [this];
    for (const scope of scopes) if (scope.#inner) scopes.push(...scope.#inner);
    return scopes;
  }

  #takeWaits(): Wait[] {
    if (!this.#waits) return [];
    const waits = [...this.#waits];
    this.#waits.clear();
    return waits;
  }

  #takeControllers(): {
    readonly waitController: AbortController | undefined;
    readonly controller: AbortController | undefined;
  } {
    const taken = { waitController: this.#waitController, controller: this.#controller };
    this.#waitController = undefined;
    this.#controller = undefined;
    return taken;
  }
}

/** The scope in which code runs, as far as it was opened here. */
export const scopeStorage = new AsyncLocalStorage<Scope>();

/**
 * Runs a body in a scope, in which what it answers is waited for, too: a task that is returned and not awaited has to
 * hear of the scope's cancellation. A promise is answered as it is, and so a turn of microtasks sooner: what it waits
 * for began in the scope.
 */
export function runWithin<R>(scope: Scope, body: () => R): R | Promise<Awaited<R>> {
  return scopeStorage.run(scope, (): R | Promise<Awaited<R>> => {
    const answer = body();
    return answer instanceof Promise ? answer : (async (): Promise<Awaited<R>> => await answer)();
  });
}

const executorScopes = new WeakMap<CurrentTask, Scope>();

/** The scope in which the caller runs; in a task of an executor, at least that task's. */
export function currentScope(): Scope | undefined {
  let scope = scopeStorage.getStore();
  // rule 6
  while (scope?.closed) scope = scope.parent;
  const executorTask = taskStorage.getStore();
  if (executorTask === undefined || scope?.executorTask === executorTask) return scope;
  return scopeOfExecutorTask(executorTask);
}

/** The clock that holds for the caller. */
export function currentClock(given: Clock | undefined): Clock {
  return given ?? currentScope()?.clock ?? systemClock;
}

/** Whether the caller runs in a task of an executor, and in no scope inside of it. */
export function isScopeOfExecutorTask(scope: Scope): boolean {
  return scope.executorTask !== undefined && executorScopes.get(scope.executorTask) === scope;
}

function scopeOfExecutorTask(task: CurrentTask): Scope {
  const existing = executorScopes.get(task);
  if (existing) return existing;
  const scope = new Scope({});
  executorScopes.set(task, scope);
  const { signal } = task;
  const cancel = (): void => void scope.cancel(cancelledBy(signal.reason, "the task was cancelled"));
  if (signal.aborted) cancel();
  else onAbort(signal, cancel);
  return scope;
}

/** A controller whose signal may have any number of listeners. */
export function manyListeners(): AbortController {
  const controller = new AbortController();
  // a scope in which ten thousand requests wait is no leak
  setMaxListeners(0, controller.signal);
  return controller;
}

const listenersOf = ({ signal }: AbortController): number => getEventListeners(signal, "abort").length;

const isListenedTo = (controller: AbortController): boolean => listenersOf(controller) > 0;

provideAmbientSignal(() => currentScope()?.waitSignal);
provideAmbientTask(() => currentScope()?.task);

/**
 * The signal of the scope in which the caller runs: it aborts when the task, the `timeout` or the `TaskGroup` around
 * it is cancelled. Give it to whatever takes a signal: `fetch`, streams, timers, executors. Its reason is the
 * `CancelledError` itself.
 *
 * Functions of `ungil/asyncio` that wait heed it by themselves. Read it anew where you need it: once a cancellation
 * was delivered (a wait failed with it), the signal is a new one, so that clean-up code can use it as well. Outside of
 * all scopes it is one that never aborts.
 *
 * @example
 * const response = await fetch(url, { signal: currentSignal() });
 */
export function currentSignal(): AbortSignal {
  return currentScope()?.signal ?? new AbortController().signal;
}
