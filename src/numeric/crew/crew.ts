import type { Heap } from "../memory/heap.js";
import { mostArgs } from "../memory/layout.js";
import { AsyncJobs } from "./async-jobs.js";
import { check } from "./outcome.js";
import { Staff } from "./staff.js";
import type { Job } from "./steps.js";
import { threadsOf } from "./threads.js";
import { argsOf, doPiece } from "./work.js";

/** Those who do the jobs over a heap, as one thread sees them: itself, and the helpers that all share. */
export class Crew {
  readonly staff: Staff;
  readonly #heap: Heap;
  readonly #asyncJobs: AsyncJobs;
  /** Where the arguments are of what this thread does alone. */
  #ownArgs = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.staff = new Staff(heap);
    this.#asyncJobs = new AsyncJobs(heap, this);
  }

  /** Does a job here and now, with the help of those who turn up. */
  doNow(job: Job): void {
    const helpers = Math.min(threadsOf(this.#heap) - 1, job.chunks - 1);
    const slot = helpers > 0 && this.staff.ensure(helpers) ? this.takeSlot() : undefined;
    if (slot === undefined) return this.doAlone(job);
    const { slots } = this.#heap;
    this.post(slot, job, helpers);
    const error = this.doOpenPieces(slot);
    const outcome = slots.join(slot, this.#heap.environment.spins);
    slots.release(slot);
    if (error) throw error.cause;
    check(outcome, job);
  }

  /** Does what nobody does of the job in a slot, at most so many pieces; answers what a kernel threw. */
  doOpenPieces(slot: number, most = Number.POSITIVE_INFINITY): { readonly cause: unknown } | undefined {
    const { slots, kernels } = this.#heap;
    let error: { readonly cause: unknown } | undefined;
    for (let count = 0; count < most; count++) {
      const piece = slots.claim(slot);
      if (piece < 0) break;
      let ok = error === undefined;
      try {
        if (ok) doPiece(kernels, slots, slot, piece);
      } catch (cause) {
        ok = false;
        error = { cause };
      }
      slots.finish(slot, piece, ok);
    }
    return error;
  }

  /** Has the helpers do a job, while the event loop goes on. */
  doLater(job: Job): Promise<void> {
    return this.#asyncJobs.add(job);
  }

  /** A slot for this thread; undefined where there is none, or where nobody would see that this thread has died. */
  takeSlot(): number | undefined {
    const { seats, slots } = this.#heap;
    return seats.me === 0 ? undefined : slots.take();
  }

  /** Posts a job in a slot of this thread. */
  post(slot: number, { kernel, args, chunks }: Job, helpers: number): void {
    const { slots, kernels } = this.#heap;
    this.#write(argsOf(slot), args);
    const built = typeof kernel === "string";
    slots.post(slot, {
      kernel: built ? kernels.numberOf(kernel) : kernel.address,
      length: built ? 0 : kernel.length,
      chunks,
      helpers,
    });
  }

  /** Does a job without anybody's help. */
  doAlone({ kernel, args, chunks }: Job): void {
    this.#ownArgs ||= this.#heap.allocate(mostArgs * 8);
    this.#write(this.#ownArgs, args);
    const work = this.#heap.kernel(kernel);
    for (let chunk = 0; chunk < chunks; chunk++) work(this.#ownArgs, chunk, chunks);
  }

  #write(address: number, args: readonly number[]): void {
    if (args.length > mostArgs)
      throw new RangeError(`a job has ${args.length} arguments, more than ${mostArgs}`);
    const numbers = this.#heap.numbers(address + mostArgs * 8);
    for (let k = 0; k < args.length; k++) numbers[address / 8 + k] = args[k]!;
  }
}

const crews = new WeakMap<Heap, Crew>();

/** Those who do the jobs over a heap. */
export function crewOf(heap: Heap): Crew {
  let crew = crews.get(heap);
  if (!crew) crews.set(heap, (crew = new Crew(heap)));
  return crew;
}
