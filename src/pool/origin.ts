/**
 * Where work was submitted, to be joined to the stack of its failure. To capture a stack takes longer than to
 * submit a small task, so within a burst only some submissions are captured and the others share theirs.
 *
 * @module
 */

/** Where a submission was made; `stack` is formatted only when somebody reads it. */
export interface Origin {
  readonly stack?: string;
  /** Whether the stack is that of an earlier submission in the same burst. */
  readonly shared?: boolean;
}

/** So many submissions of a burst are all captured, for people who submit by hand rather than in a loop. */
const captured = 32;
/** Of those that follow, one in so many is: of the first thousand, and of the others. Powers of two. */
const interval = 64;
const thousand = 1_024;
const wideInterval = 512;
/** Bursts that begin within so many ms of each other go on as one: whoever awaits each task submits in a loop, too. */
const close = 0.1;

/** The stack of an earlier submission, for all those until the next that is captured. */
class SharedOrigin implements Origin {
  readonly shared = true;
  readonly #source: Origin;

  constructor(source: Origin) {
    this.#source = source;
  }

  get stack(): string {
    return this.#source.stack ?? "";
  }
}

/** Submissions to one executor until the microtasks run. */
interface Burst {
  readonly executor: object;
  /** How many there have been. */
  count: number;
  /** The latest that was captured. */
  latest: Origin;
  /** The same, for those that share it. */
  shared: SharedOrigin | undefined;
}

/** The burst that the latest submission belongs to; those of other executors, if there are any. */
let current: Burst | undefined;
const others = new Map<object, Burst>();
const settled = Promise.resolve();

/** Stands for an executor without keeping it. */
const marks = new WeakMap<object, object>();

/** When the latest burst began, whose it was, by how many others it was closely preceded, and what it may go on with. */
let beganAt = 0;
let latestMark: object | undefined;
let preceded = 0;
let latestOrigin: WeakRef<Origin> | undefined;

/**
 * Notes where a submission is made. In a burst, which is what is submitted to one executor before the microtasks
 * run, and what follows it within 100 µs, the first 32 are captured, then every 64th, and from the thousandth on every 512th; the others are given
 * the stack of the nearest before them, marked as shared. A stack that nobody has read holds the receivers of its frames, until the last task that has
 * it is done.
 * @param above - the function whose caller submits: it and what it calls are left out of the stack.
 * @param executor - what submissions belong to: none shares the stack of another executor's.
 */
export function captureOrigin(above: (...args: never[]) => unknown, executor: object): Origin {
  const burst = current?.executor === executor ? current : enter(executor);
  const nth = burst.count++;
  if (nth >= captured && nth % (nth < thousand ? interval : wideInterval) !== 0)
    return (burst.shared ??= new SharedOrigin(burst.latest));
  const origin: Origin = {};
  // here and not in a function of its own: every frame that has to be left out costs an eighth more
  Error.captureStackTrace(origin, above);
  burst.latest = origin;
  burst.shared = undefined;
  // weak: a stack holds the receivers of its frames; and only where the next burst may share it
  if (preceded >= captured - 1) latestOrigin = new WeakRef(origin);
  return origin;
}

/** Makes the executor's burst the current one. */
function enter(executor: object): Burst {
  // not `queueMicrotask`, which in Node makes a resource for each
  if (current === undefined) void settled.then(endBursts);
  else others.set(current.executor, current);
  current = others.get(executor) ?? begin(executor);
  return current;
}

function begin(executor: object): Burst {
  const now = performance.now();
  const mark = markOf(executor);
  const goesOn = now - beganAt < close && mark === latestMark;
  beganAt = now;
  latestMark = mark;
  preceded = goesOn ? preceded + 1 : 0;
  const latest = preceded < captured ? undefined : latestOrigin?.deref();
  return { executor, count: latest ? preceded : 0, latest: latest ?? {}, shared: undefined };
}

function markOf(executor: object): object {
  let mark = marks.get(executor);
  if (!mark) {
    mark = {};
    marks.set(executor, mark);
  }
  return mark;
}

function endBursts(): void {
  current = undefined;
  if (others.size > 0) others.clear();
}
