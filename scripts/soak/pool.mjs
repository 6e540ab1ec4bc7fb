// One pool under chaos: submits, cancels, aborts, resizes, ends it and makes a new one, and checks every outcome.
import { rmSync } from "node:fs";
import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import { ProcessPoolExecutor, ThreadPoolExecutor } from "ungil";
import { fileCells, Gate } from "ungil/testing";
import { isCancelled, isLost, isOurs, isTimeout, kinds, refusedAtCall, undermining } from "./kinds.mjs";
import { Runs } from "./runs.mjs";
import * as tasks from "./tasks.mjs";

/** Longest that a round may take to settle, in ms: what takes longer hangs. */
const patience = 60_000;

/** Tasks of a round, at most. */
const traces = 4_096;

/** Not imported there: while a module loads, its task has begun, and others may begin beside it. */
const meetInMemory = (cells) => {
  Atomics.add(cells, 1, 1);
  Atomics.wait(cells, 0, 0);
  return 1;
};

export class SoakedPool {
  counts = { submitted: 0, fulfilled: 0, rejected: 0, cancelled: 0, crashed: 0, resizes: 0, pools: 0 };
  #random;
  #processes;
  #options;
  #strict;
  #pool;
  #nextId = 1;
  /** What was seen of this pool, to compare with its own statistics. */
  #own;
  /** Whether this pool is being ended: then anything may be cancelled. */
  #ending = false;

  /**
   * @param strict - whether tasks that behave never lose their worker: one at a time on each, and nothing that
   *   goes off after its task is done.
   */
  constructor(random, { processes = false, ...options }, strict) {
    this.#random = random;
    this.#processes = processes;
    this.#options = options;
    this.#strict = strict;
    this.#renew();
  }

  #renew() {
    const Executor = this.#processes ? ProcessPoolExecutor : ThreadPoolExecutor;
    this.#pool = new Executor({
      grace: 100,
      resourceLimits: { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 8 },
      // what is not awaited in time is looked at in `#check`
      onUnobserved: () => {},
      ...this.#options,
    });
    this.#ending = false;
    this.#own = { submitted: 0, completed: 0, failed: 0, cancelled: 0 };
    this.counts.pools++;
  }

  /** Submits a number of tasks, does things to them and to the pool, and checks what became of them. */
  async round() {
    const random = this.#random;
    const runs = new Runs(traces, !this.#processes);
    const entries = [];
    const size = random.integer(1, random.chance(0.1) ? 2_000 : 200);
    for (let i = 0; i < size; i++) {
      if (this.#options.maxQueue !== undefined && random.chance(0.9)) await this.#pool.ready();
      this.#submit(runs, entries);
      if (random.chance(0.02)) await turn();
      if (random.chance(0.05)) this.#disturb(entries);
      if (random.chance(0.002)) this.#resize();
    }
    const ends = random.chance(0.03);
    if (ends) await this.#end();
    else if (random.chance(0.3)) await this.#map();
    await this.#settled(entries);
    for (const entry of entries) this.#check(entry, runs);
    runs.remove();
    if (ends) {
      await this.#pool.shutdown();
      this.#compare();
      this.#renew();
    }
  }

  async shutdown() {
    await this.#pool.shutdown();
    this.#compare();
    const { starting, idle, busy } = this.#pool.stats().workers;
    expect(starting + idle + busy === 0, `${starting + idle + busy} workers are left after shutdown`);
  }

  /** With nothing under way: the pool is what it was meant to be. */
  async rest() {
    const end = performance.now() + patience;
    // a chunk of a map that was left still comes to the end of its item
    for (let left = this.#pool.stats(); left.running + left.queued > 0; left = this.#pool.stats()) {
      expect(performance.now() < end, `${left.queued} queued and ${left.running} running where nothing is`);
      await delay(1);
    }
    this.#compare();
    const wanted = this.#options.maxWorkers;
    this.#pool.resize({ maxWorkers: wanted });
    if (this.#options.tasksPerWorker > 1) return this.#atFullStrength(wanted, end);
    const cells = this.#processes ? fileCells(2) : undefined;
    const gate = new Gate(undefined, cells);
    // blocked workers can't share: each of these needs one of its own
    const meet = this.#processes ? tasks.meet : meetInMemory;
    const futures = Array.from({ length: wanted }, () => this.#pool.submit(meet, gate.cells));
    while (gate.arrivals < wanted) {
      expect(
        performance.now() < end,
        `${this.#pool.stats().name}: only ${gate.arrivals} of ${wanted} workers came back; ${JSON.stringify(this.#pool.stats())}`,
      );
      await delay(1);
    }
    gate.open();
    await Promise.all(futures);
    if (cells) rmSync(cells.folder, { recursive: true, force: true });
    this.#own.submitted += wanted;
    this.#own.completed += wanted;
    this.#compare();
    const { starting, idle, busy } = this.#pool.stats().workers;
    expect(starting + idle + busy <= wanted, `${starting + idle + busy} workers instead of ${wanted}`);
  }

  /** Where tasks share workers, those that block may meet on one of them, and the others wait for it. */
  async #atFullStrength(wanted, end) {
    const { minWorkers = 0 } = this.#options;
    this.#pool.resize({ minWorkers: wanted });
    for (let idle = 0; idle !== wanted; { idle } = this.#pool.stats().workers) {
      expect(performance.now() < end, `only ${idle} of ${wanted} workers came back`);
      await delay(1);
    }
    this.#pool.resize({ minWorkers });
  }

  #submit(runs, entries) {
    const random = this.#random;
    const all = this.#strict ? kinds : [...kinds, undermining];
    const kind = random.weighted(all);
    const id = this.#nextId++;
    const args = kind.args(random);
    const options = {};
    if (kind.retries) options.retries = kind.retries;
    else if (this.#options.onWorkerCrash === "retry" && kind.fatal && random.chance(0.3)) options.retries = 1;
    if (random.chance(0.05)) options.timeout = random.integer(1, 50);
    if (random.chance(0.05)) options.deadline = random.integer(1, 100);
    if (random.chance(0.1)) options.priority = random.integer(-1, 2);
    let controller;
    if (random.chance(0.05)) {
      controller = new AbortController();
      options.signal = controller.signal;
      if (random.chance(0.2)) controller.abort("before it began");
    }
    const executor = Object.keys(options).length > 0 ? this.#pool.with(options) : this.#pool;
    let future;
    try {
      future = executor.submit(kind.fn, runs.given, id, ...args);
    } catch (error) {
      expect(refusedAtCall(error), `submit threw ${error}`);
      return;
    }
    this.counts.submitted++;
    this.#own.submitted++;
    const entry = {
      kind,
      id,
      args,
      options,
      controller,
      future,
      settlements: 0,
      taken: false,
      stopped: false,
    };
    if (controller?.signal.aborted) entry.stopped = true;
    future.onDone(() => {
      entry.settlements++;
    });
    // those that run until they are stopped must not hold up the round
    if (kind.mustStop) setTimeout(() => future.abort("long enough"), random.integer(0, 30));
    entries.push(entry);
  }

  /** Cancels or aborts some of what there is. */
  #disturb(entries) {
    const random = this.#random;
    for (let i = random.integer(1, 8); i > 0 && entries.length > 0; i--) {
      const entry = entries[random.integer(Math.max(0, entries.length - 300), entries.length)];
      const before = entry.future.state;
      const way = random.integer(0, 3);
      if (way === 0) {
        const cancelled = entry.future.cancel("not wanted");
        if (cancelled && before === "pending") entry.taken = true;
      } else if (way === 1) entry.future.abort("not wanted");
      else entry.controller?.abort("not wanted");
      entry.stopped = true;
    }
  }

  #resize() {
    this.counts.resizes++;
    this.#pool.resize({ maxWorkers: this.#random.integer(1, this.#options.maxWorkers + 2) });
  }

  async #end() {
    const way = this.#random.integer(0, 3);
    this.#ending = true;
    if (way === 0) await this.#pool.terminate();
    else if (way === 1) void this.#pool.shutdown({ cancelFutures: true });
    else await Promise.race([this.#pool.shutdown({ timeout: 1 }).catch(() => {}), turn()]);
  }

  async #map() {
    const random = this.#random;
    const length = random.integer(0, 3_000);
    const first = this.#nextId;
    this.#nextId += length;
    const ordered = random.chance(0.5);
    const stopAt = random.chance(0.3) ? random.integer(0, length + 1) : length;
    const fails = random.chance(0.3) ? random.integer(0, length + 1) : -1;
    const items = Array.from({ length }, (_, i) => ({ id: first + i, fails: i === fails }));
    const seen = new Set();
    // at its call a map throws like `submit` where the queue is full
    if (this.#options.maxQueue !== undefined) await this.#pool.ready();
    try {
      const stream = this.#pool.map(
        ({ id, fails }) => {
          if (fails) throw new RangeError(`item ${id}`);
          return Math.imul(id, 2_654_435_761) | 0;
        },
        items,
        { ordered },
      );
      for await (const value of stream) {
        expect(!seen.has(value), "a map answered twice for one item");
        if (ordered) expect(value === tasks.valueOf(first + seen.size), "a map is out of order");
        seen.add(value);
        if (seen.size >= stopAt && stopAt < length) break;
      }
      expect(seen.size === length || stopAt < length, `a map answered ${seen.size} of ${length} items`);
      if (stopAt >= length) expect(fails < 0 || fails >= length, "the failure of an item was lost");
    } catch (error) {
      const expected = fails >= 0 && error instanceof RangeError && error.message === `item ${first + fails}`;
      // the worker of a chunk may be undermined by a task that ran there before
      if (!expected) expect(!this.#strict && isLost(error), `a map failed with ${error?.stack ?? error}`);
    }
  }

  async #settled(entries) {
    const enough = new AbortController();
    // a timer that is left would hold on to all results
    const late = delay(patience, "late", { ref: false, signal: enough.signal }).catch(() => {});
    const all = Promise.allSettled(entries.map(({ future }) => future));
    const first = await Promise.race([all, late]);
    enough.abort();
    if (first !== "late") return;
    const open = entries.filter(({ future }) => !future.done());
    const list = open.slice(0, 10).map(({ kind, id, future }) => `${kind.fn.name} ${id} (${future.state})`);
    throw new Error(`${open.length} futures hang: ${list.join(", ")}; ${JSON.stringify(this.#pool.stats())}`);
  }

  #check(entry, runs) {
    const { kind, id, args, options, future, settlements, taken, stopped } = entry;
    const snapshot = future.snapshot();
    const ran = runs.of(id);
    const error = snapshot.exception;
    const told = `${kind.fn.name} ${id} ${JSON.stringify(options)}, ran ${ran} times: ${
      error === null || error === undefined
        ? JSON.stringify(snapshot.result)?.slice(0, 200)
        : (error.stack ?? error)
    }`;
    expect(settlements === 1, `settled ${settlements} times: ${told}`);
    const attempts = 1 + (options.retries ?? 0);
    expect(ran <= attempts, `ran too often: ${told}`);
    if (snapshot.cancelled) {
      this.counts.cancelled++;
      this.#own.cancelled++;
      expect(isCancelled(error), `cancelled without a CancelledError: ${told}`);
      expect(stopped || kind.mustStop || this.#ending, `cancelled by nobody: ${told}`);
      if (taken) expect(ran < attempts, `ran although it was cancelled before: ${told}`);
      return;
    }
    expect(!taken, `answered although it was cancelled: ${told}`);
    if (error === null || error === undefined) {
      this.counts.fulfilled++;
      this.#own.completed++;
      expect(!kind.failsWith, `a fault was answered: ${told}`);
      expect(ran >= 1, `answered without having run: ${told}`);
      expect(kind.accepts(id, snapshot.result, args), `a wrong answer: ${told}`);
      return;
    }
    this.counts.rejected++;
    this.#own.failed++;
    if (isLost(error)) this.counts.crashed++;
    if (kind.failsWith?.(id, error)) return;
    if (isTimeout(error)) return expect(options.timeout ?? options.deadline, `timed out by nobody: ${told}`);
    if (isLost(error)) {
      // terminate ends what runs
      const shared = !this.#strict || this.#ending;
      expect(shared || (kind.fatal && ran > 0), `lost its worker by no fault of its own: ${told}`);
      return;
    }
    // a task that submits can't wait for room, in which it would wait for itself
    if (kind.submits && this.#options.maxQueue !== undefined && refusedAtCall(error)) return;
    // what it submitted had not begun when the pool ended
    if (kind.submits && this.#ending && isCancelled(error)) return;
    expect(kind.retries !== undefined && !isOurs(error), `failed without a reason: ${told}`);
  }

  /** The pool's own numbers are those that were seen from outside, nested submissions and chunks aside. */
  #compare() {
    const { submitted, completed, failed, cancelled, queued, running } = this.#pool.stats();
    const told = JSON.stringify({ ...this.#own, stats: { submitted, completed, failed, cancelled } });
    expect(
      queued === 0 && running === 0,
      `${queued} queued and ${running} running where nothing is: ${told}`,
    );
    expect(submitted === completed + failed + cancelled, `the counts don't add up: ${told}`);
    expect(submitted >= this.#own.submitted, `fewer were counted than were submitted: ${told}`);
    expect(failed >= this.#own.failed, `fewer failures were counted than were seen: ${told}`);
  }
}

export function expect(condition, message) {
  if (!condition) throw new Error(message);
}
