import { getEnvironmentData, isMainThread, setEnvironmentData } from "node:worker_threads";
import { InvalidStateError, MemoryError } from "../../errors.js";
import { nextId } from "../../functions/index.js";
import { noteMemoryOwner } from "../../portable.js";
import { type Environment, machineAtomics } from "../crew/environment.js";
import { Slots } from "../crew/slots.js";
import { LinkedKernels } from "../kernels/linked.js";
import {
  type HeapFunctions,
  type Kernel,
  kernelsBuild,
  kernelsModules,
  type MadeKernel,
} from "../kernels/module.js";
import { currentBuffer, type WasmMemory, webAssembly } from "../kernels/webassembly.js";
import { Joining } from "./joining.js";
import { allocationUnit, baseWord, fixedWords, slotsLayout, topWord } from "./layout.js";
import { type Seats, seatOf } from "./seats.js";
import { takeSeat } from "./watch.js";

/** Fixed words, then what kernels keep in memory of their own. */
const reserved = 1 << 17;

/** What 32-bit addresses reach. */
const limit = 65_536 * 65_536;

/** How long who waits for a job sleeps before it looks whether somebody has died, in ms. */
const patience = 100;

/** How often to look whether a job is done before sleeping for it: some ten microseconds. */
const spins = 2_000;

/** A message that has not arrived after so many seconds never will, if memory is needed. */
const longestWay = 600;

/** Seconds on a clock that all threads share. */
const processTime = (): number => process.hrtime()[0];

/** What travels of a heap. */
export interface HeapReference {
  readonly id: number;
  /** Stands first, so that it is what is found by who can't send shared memory: it is known whose it is. */
  readonly mark: SharedArrayBuffer;
  readonly memory: WasmMemory;
  /** Of which kernels it is. */
  readonly build: number;
}

/** Memory that threads share, with the kernels over it, as one of them sees it. */
export class Heap {
  readonly reference: HeapReference;
  readonly memory: WasmMemory;
  readonly kernels: LinkedKernels;
  readonly functions: HeapFunctions;
  /** What lies at fixed places. */
  readonly words: Int32Array;
  /** The threads that use it. */
  readonly seats: Seats;
  /** Where jobs are posted. */
  readonly slots: Slots;
  readonly environment: Environment;
  readonly #joining: Joining;
  #bytes: Uint8Array;
  #numbers: Float64Array;

  constructor(reference: HeapReference) {
    this.reference = reference;
    this.memory = reference.memory;
    this.kernels = new LinkedKernels(kernelsModules(), this.memory);
    this.functions = this.kernels.exports as unknown as HeapFunctions;
    noteMemoryOwner(reference.mark, elsewhere);
    noteMemoryOwner(this.memory, elsewhere);
    const { buffer } = this.memory;
    this.words = new Int32Array(buffer, 0, fixedWords);
    this.#bytes = new Uint8Array(buffer);
    this.#numbers = new Float64Array(buffer);
    this.seats = takeSeat(this.words, {
      onDeath: () => this.reclaim(),
      onLeave: () => this.functions.heap_seat(-1),
    });
    this.functions.heap_seat(this.seat);
    this.#joining = new Joining(this.words, this.seats, this.functions);
    this.environment = {
      atomics: machineAtomics,
      threads: this.seats,
      now: () => performance.now(),
      patience,
      spins,
    };
    this.slots = new Slots(this.words, this.environment, slotsLayout);
  }

  /** Takes back what threads had that are known to be dead; not while their jobs may still be worked on. */
  reclaim(): void {
    const dead = this.seats.dead();
    if (dead.length === 0 || this.slots.isBusyAfterDeath()) return;
    for (const id of dead) {
      const sweep = (): true | undefined => this.functions.heap_sweep(seatOf(id)) !== 0 || undefined;
      this.seats.clear(id, () => this.#joining.aside<boolean>(sweep, () => false, 1));
    }
  }

  /** What does the work of a job. */
  kernel(kernel: string | MadeKernel): Kernel {
    if (typeof kernel !== "string") return this.kernels.made(kernel);
    return this.kernels.built(this.kernels.numberOf(kernel));
  }

  /** All of the memory as bytes, at least up to this address: the memory grows. */
  bytes(end: number): Uint8Array {
    if (end > this.#bytes.byteLength) this.#refresh();
    return this.#bytes;
  }

  /** All of the memory as numbers, at least up to this address in bytes. */
  numbers(end: number): Float64Array {
    if (end > this.#numbers.byteLength) this.#refresh();
    return this.#numbers;
  }

  #refresh(): void {
    const buffer = currentBuffer(this.memory);
    noteMemoryOwner(buffer, elsewhere);
    this.#bytes = new Uint8Array(buffer);
    this.#numbers = new Float64Array(buffer);
  }

  /** The seat of this thread; -1: it has none. */
  get seat(): number {
    const { me } = this.seats;
    return me === 0 ? -1 : seatOf(me);
  }

  /**
   * The address of a new block, on a border of 64 bytes, for `free`. What is in it is left from earlier. It is lost when
   * the thread is terminated before it frees it; memory of arrays is not, see `Block`.
   * @throws MemoryError where the heap's limit is reached.
   */
  allocate(bytes: number): number {
    return this.allocateFor(bytes, -1);
  }

  /**
   * The same for a thread that holds it, from which it is taken back when it has died.
   * @throws MemoryError where the heap's limit is reached.
   */
  allocateFor(bytes: number, seat: number): number {
    const address = this.#joining.allocate(bytes, seat);
    return address === 0 ? this.#allocateAtLast(bytes, seat) : address;
  }

  /** Looks for what nobody needs any more, and allocates then. */
  #allocateAtLast(bytes: number, seat: number): number {
    this.seats.probeAll();
    this.reclaim();
    this.functions.heap_expire(Math.max(processTime() - longestWay, 0));
    const address = this.#joining.allocate(bytes, seat);
    if (address !== 0) return address;
    throw new MemoryError(
      `no room for ${bytes} bytes: the arena that arrays share is limited to ${limit} bytes, of which ${this.used} are in use; dispose arrays that are not needed, or have scope() do it: what is left to the garbage collector is given back only when this thread gets back to its event loop`,
    );
  }

  free(address: number): void {
    this.functions.heap_free(address);
  }

  /** Comes to hold a block, unless it was given back meanwhile; whether it does. */
  retain(address: number, generation: number): boolean {
    return this.#joining.aside(
      () => {
        const answer = this.functions.heap_retain(address, generation, this.seat);
        return answer === 2 ? undefined : answer === 1;
      },
      () => false,
    );
  }

  /**
   * A message refers to a block that this thread holds.
   * @returns what stands for that in the message.
   * @throws MemoryError where there is no room for noting it.
   */
  send(address: number): number {
    const { functions } = this;
    const bytes = functions.heap_table_bytes();
    if (bytes > 0) functions.heap_table(this.allocate(bytes));
    return functions.heap_send(address, processTime());
  }

  /** How much of it is in use, in bytes. */
  get used(): number {
    const { functions } = this;
    return this.#joining.aside(
      () => {
        const used = functions.heap_used(false);
        return used < 0 ? undefined : used;
      },
      () => functions.heap_used(true),
    );
  }

  /** What it can grow to, in bytes. */
  get limit(): number {
    return limit;
  }

  /** Up to where memory was ever given out, in bytes: it does not shrink. */
  get top(): number {
    return this.functions.heap_top();
  }
}

const elsewhere =
  "an NDArray can't be sent to another process: its memory is shared by threads only. " +
  "Send a copy of its elements, `array.typed.slice()` of one that is contiguous, or use a ThreadPoolExecutor";

function newMemory(): WasmMemory {
  try {
    return new webAssembly.Memory({ initial: 4, maximum: 65_536, shared: true });
  } catch (cause) {
    throw new MemoryError(
      `the system does not let this process set ${limit} bytes of addresses aside for arrays: is there a limit to its virtual memory?`,
      { cause },
    );
  }
}

/** Where threads find the heap of the thread that started them. */
const environmentKey = "ungil.numeric.heap";

let own: Heap | undefined;

/** The heap that threads are told of which this one starts from now on, and which it uses itself. */
function announced(): HeapReference {
  const inherited = getEnvironmentData(environmentKey) as HeapReference | undefined;
  if (inherited?.build === kernelsBuild()) return inherited;
  const memory = newMemory();
  const words = new Uint32Array(memory.buffer, 0, fixedWords);
  words[baseWord] = words[topWord] = reserved / allocationUnit;
  const reference = { mark: new SharedArrayBuffer(8), id: nextId(), memory, build: kernelsBuild() };
  setEnvironmentData(environmentKey, reference);
  return reference;
}

/** The heap in which this thread makes arrays: that of the process, where it has one. */
export function currentHeap(): Heap {
  return own ?? heapOf(announced());
}

/**
 * The heap that an array has come from, which is that of this thread from now on, unless it has one.
 * @throws InvalidStateError where it has another one, or the array is of another version of this package.
 */
export function heapOf(reference: HeapReference): Heap {
  if (own?.reference.id === reference.id) return own;
  if (own) {
    throw new InvalidStateError(
      "this array lies in other memory than those of this thread: both threads had made arrays before they met. " +
        'Import "ungil/numeric" in the main thread, before threads are started: then all share one arena',
    );
  }
  if (reference.build !== kernelsBuild()) {
    throw new InvalidStateError(
      "this array is of another version of ungil/numeric: load the same version in all threads",
    );
  }
  own = new Heap(reference);
  setEnvironmentData(environmentKey, reference);
  return own;
}

/** Whether arrays of a heap are taken by this thread. */
export const takesFrom = ({ id, build }: HeapReference): boolean =>
  own ? own.reference.id === id : build === kernelsBuild();

/**
 * Sets addresses aside before the first thread is started, so that all threads of the process share one heap whichever
 * of them makes the first array. No memory is used until then.
 */
function shareHeap(): void {
  try {
    announced();
  } catch {
    // whoever makes an array is told
  }
}

if (isMainThread) shareHeap();
