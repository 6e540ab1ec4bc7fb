import { outermostContext } from "../../async-context.js";
import { Fifo } from "../../fifo.js";
import type { Heap } from "../memory/heap.js";
import { bellWord, freedWord } from "../memory/layout.js";
import type { Crew } from "./crew.js";
import { check } from "./outcome.js";
import type { Job } from "./steps.js";
import { threadsOf } from "./threads.js";

/** Jobs that this thread has posted at once: the helpers are busy with fewer, and others want slots too. */
const mostPosted = 4;

interface Waiting {
  readonly job: Job;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Posted extends Waiting {
  readonly slot: number;
  /** What was left of it when it was last looked at, and how often it was the same. */
  left: number;
  looks: number;
}

/** Looks in which nothing comes of a job before a piece of it is done here: nobody else may be there, however it came. */
const mostLooks = 50;

interface WordWait {
  readonly async: boolean;
  readonly value: PromiseLike<string> | string;
}

const { waitAsync } = Atomics as unknown as {
  waitAsync(words: Int32Array, index: number, expected: number): WordWait;
};

/** Jobs of one thread that its event loop does not wait for. Rule 10. */
export class AsyncJobs {
  readonly #heap: Heap;
  readonly #crew: Crew;
  readonly #queue = new Fifo<Waiting>();
  readonly #posted = new Set<Posted>();
  #timer: NodeJS.Timeout | undefined;
  #awaitsSlot = false;

  constructor(heap: Heap, crew: Crew) {
    this.#heap = heap;
    this.#crew = crew;
  }

  add(job: Job): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, resolve, reject });
      this.#keepAlive();
      this.#postMore();
    });
  }

  #postMore(): void {
    while (this.#queue.size > 0 && this.#posted.size < mostPosted) {
      const helpers = threadsOf(this.#heap);
      const { job } = this.#queue.peek()!;
      if (!this.#crew.staff.ensure(Math.min(helpers, job.chunks))) {
        // nobody else can do it
        this.#settle(this.#queue.shift()!, () => this.#crew.doAlone(job));
        continue;
      }
      const freed = Atomics.load(this.#heap.words, freedWord);
      const slot = this.#crew.takeSlot();
      if (slot === undefined) return this.#awaitSlot(freed);
      const posted = { ...this.#queue.shift()!, slot, left: -1, looks: 0 };
      this.#posted.add(posted);
      try {
        this.#crew.post(slot, job, helpers);
      } catch (error) {
        this.#release(posted);
        posted.reject(error);
        continue;
      }
      this.#look(posted);
    }
    if (this.#queue.size === 0 && this.#posted.size === 0) this.#timer?.unref();
  }

  /** Looks whether a job is done, and again when its last piece is. */
  #look(posted: Posted): void {
    const { slots, words } = this.#heap;
    while (this.#posted.has(posted)) {
      const pending = slots.pending(posted.slot);
      if (!pending) return this.#end(posted);
      const wait = waitAsync(words, pending.at, pending.value);
      if (!wait.async) continue;
      void (wait.value as PromiseLike<string>).then(() => this.#look(posted));
      return;
    }
  }

  /** Ends a job that nobody works on any more. */
  #end(posted: Posted): void {
    const outcome = this.#heap.slots.outcome(posted.slot);
    // a helper counts before its piece is seen as done: the timer looks again
    if (outcome === undefined) return;
    this.#release(posted);
    this.#settle(posted, () => check(outcome, posted.job));
    this.#postMore();
  }

  #release(posted: Posted): void {
    this.#posted.delete(posted);
    this.#heap.slots.release(posted.slot);
  }

  #settle({ resolve, reject }: Waiting, finish: () => void): void {
    try {
      finish();
      resolve();
    } catch (error) {
      reject(error);
    }
  }

  #awaitSlot(freed: number): void {
    if (this.#awaitsSlot) return;
    const wait = waitAsync(this.#heap.words, freedWord, freed);
    if (!wait.async) return this.#postMore();
    this.#awaitsSlot = true;
    void (wait.value as PromiseLike<string>).then(() => {
      this.#awaitsSlot = false;
      this.#postMore();
    });
  }

  /** A wait for a word does not keep the process alive; a timer does, which looks after the dead as well. */
  #keepAlive(): void {
    if (this.#timer) this.#timer.ref();
    else {
      const { patience } = this.#heap.environment;
      // it outlives the call, and would keep the stores of its context
      this.#timer = outermostContext.runInAsyncScope(() => setInterval(() => this.#lookAround(), patience));
    }
  }

  #lookAround(): void {
    if (this.#queue.size === 0 && this.#posted.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const { slots, words } = this.#heap;
    slots.probe();
    for (const posted of this.#posted) {
      slots.probeHelpers(posted.slot);
      const pending = slots.pending(posted.slot);
      this.#end(posted);
      if (this.#posted.has(posted)) this.#findHelp(posted);
      // the engine keeps the wait until it is woken
      else if (pending) Atomics.notify(words, pending.at);
    }
    this.#postMore();
  }

  /** Helpers that had died are replaced, and those who sleep hear of pieces that dead ones were about to take. */
  #findHelp(posted: Posted): void {
    const { words, slots } = this.#heap;
    const { slot, job } = posted;
    const wanted = Math.min(threadsOf(this.#heap), job.chunks);
    this.#crew.staff.probe(wanted);
    if (!this.#crew.staff.ensure(wanted)) return void this.#crew.doOpenPieces(slot);
    Atomics.add(words, bellWord, 1);
    slots.wakeAll(slot);
    const left = slots.pending(slot)?.value ?? 0;
    posted.looks = left === posted.left ? posted.looks + 1 : 0;
    posted.left = left;
    if (posted.looks >= mostLooks) this.#crew.doOpenPieces(slot, 1);
  }
}
