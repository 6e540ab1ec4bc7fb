/**
 * Status words for tasks in another process, where no memory is shared: two bytes a word in a file that has no
 * name. Each side writes only its own byte, then reads the other's; one write and one read take less than a
 * microsecond. The rules are in this folder's README.
 *
 * @module
 */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { status } from "../pool/protocol.js";
import type { GivenWords, TaskWords } from "../pool/status-words.js";

/** What the worker says of a task. */
const worker = { nothing: 0, begins: 1 } as const;

/** What the scheduler says of a task. */
const scheduler = {
  nothing: 0,
  /** It is about to find out whether the task has begun: the worker waits for what it finds. */
  wants: 1,
  /** It has found that the task had not begun: it never will. */
  prevented: 2,
  /** It has found that the task had begun. */
  tooLate: 3,
  /** The task has begun, and is asked to stop. */
  asked: 4,
} as const;

/** ms between two looks of a worker that waits for what the scheduler has found. */
const lookInterval = 0.1;

const fence = new Int32Array(new SharedArrayBuffer(4));
const byte = new Uint8Array(1);
const bothBytes = new Uint8Array(2);

/** One side's byte of each word, as the other side's byte is one further or one before. */
class Bytes {
  readonly #fd: number;
  readonly #offset: number;

  constructor(fd: number, offset: 0 | 1) {
    this.#fd = fd;
    this.#offset = offset;
  }

  read(word: number): number {
    // beyond the end of the file nobody has written yet
    return readSync(this.#fd, byte, 0, 1, 2 * word + this.#offset) === 1 ? byte[0]! : 0;
  }

  write(word: number, value: number): void {
    byte[0] = value;
    writeSync(this.#fd, byte, 0, 1, 2 * word + this.#offset);
    // rule 2: what is read next must not be read before others can see this
    Atomics.exchange(fence, 0, 0);
  }
}

/** The worker's side. */
export class WorkerClaims implements TaskWords {
  readonly #own: Bytes;
  readonly #other: Bytes;

  constructor(fd: number) {
    this.#own = new Bytes(fd, 0);
    this.#other = new Bytes(fd, 1);
  }

  read(word: number): number {
    return this.#other.read(word) === scheduler.asked ? status.asked : status.begun;
  }

  /** The only change of this side: from `sent` to `begun`. */
  change(word: number): boolean {
    this.#own.write(word, worker.begins);
    let said = this.#other.read(word);
    while (said === scheduler.wants) {
      Atomics.wait(fence, 0, 0, lookInterval);
      said = this.#other.read(word);
    }
    return said !== scheduler.prevented;
  }

  adopt(): void {
    // there are no pages: the file is both sides' from the beginning
  }
}

/** The scheduler's side, which has made the file. */
export class SchedulerClaims implements GivenWords {
  /** Of the file, for the worker to inherit. */
  readonly fd: number;
  readonly hasFreshPages = false;
  readonly #own: Bytes;
  readonly #other: Bytes;
  readonly #free: number[] = [];
  #next = 0;
  /** What was said last, once nothing can be read any more. */
  #last: Buffer | undefined;

  /** @throws Error where no temporary file can be made. */
  constructor() {
    this.fd = openNameless();
    this.#own = new Bytes(this.fd, 1);
    this.#other = new Bytes(this.fd, 0);
  }

  take(): number {
    const word = this.#free.pop() ?? this.#next++;
    writeSync(this.fd, bothBytes, 0, 2, 2 * word);
    return word;
  }

  giveBack(word: number): void {
    this.#free.push(word);
  }

  read(word: number): number {
    const said = this.#last ? this.#last[2 * word + 1] : this.#own.read(word);
    if (said === scheduler.prevented) return status.prevented;
    if (said === scheduler.asked) return status.asked;
    const begun = this.#last ? this.#last[2 * word] : this.#other.read(word);
    return begun === worker.begins ? status.begun : status.sent;
  }

  change(word: number, from: number, to: number): boolean {
    if (this.#last || this.read(word) !== from) return false;
    if (to === status.asked) {
      this.#own.write(word, scheduler.asked);
      return true;
    }
    this.#own.write(word, scheduler.wants);
    const isFirst = this.#other.read(word) !== worker.begins;
    this.#own.write(word, isFirst ? scheduler.prevented : scheduler.tooLate);
    return isFirst;
  }

  takeFreshPages(): SharedArrayBuffer[] {
    return [];
  }

  untold(): void {
    // there are no pages
  }

  /** The worker has ended: what it said last can still be read. */
  close(): void {
    if (this.#last) return;
    this.#last = Buffer.alloc(2 * this.#next);
    readSync(this.fd, this.#last, 0, this.#last.length, 0);
    closeSync(this.fd);
  }
}

let files = 0;

/** Memory where the system has a file system in it; the file is gone as soon as nobody has it open. */
function openNameless(): number {
  const name = `ungil-${process.pid}-${process.hrtime.bigint().toString(36)}-${files++}`;
  const folders = process.platform === "linux" ? ["/dev/shm", tmpdir()] : [tmpdir()];
  let failure: unknown;
  for (const folder of folders) {
    const file = path.join(folder, name);
    try {
      const fd = openSync(file, "wx+", 0o600);
      unlinkSync(file);
      return fd;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
