// How often each task ran, told by the tasks themselves: in shared memory, or in a file where no memory is shared.
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const bytesPerNumber = 4;

/** A task runs. @param runs - what the task was given. */
export function begin(runs, id) {
  if (runs instanceof Int32Array) return Atomics.add(runs, id % runs.length, 1);
  const number = Buffer.alloc(bytesPerNumber);
  number.writeUInt32LE(id);
  // one call of the system: numbers of several processes don't mix
  appendFileSync(runs.file, number);
}

/** The runs of the tasks of one round, with numbers of which so many follow each other. */
export class Runs {
  /** What tasks are given. */
  given;
  #folder;
  #counts;

  constructor(tasks, sharesMemory) {
    if (sharesMemory) {
      this.given = new Int32Array(new SharedArrayBuffer(bytesPerNumber * tasks));
      return;
    }
    this.#folder = mkdtempSync(path.join(tmpdir(), "ungil-soak-"));
    this.given = { file: path.join(this.#folder, "runs") };
    appendFileSync(this.given.file, "");
  }

  /** How often a task ran; asked when all have settled. */
  of(id) {
    if (this.given instanceof Int32Array) return Atomics.load(this.given, id % this.given.length);
    if (!this.#counts) {
      this.#counts = new Map();
      const numbers = readFileSync(this.given.file);
      for (let at = 0; at < numbers.length; at += bytesPerNumber) {
        const each = numbers.readUInt32LE(at);
        this.#counts.set(each, (this.#counts.get(each) ?? 0) + 1);
      }
    }
    return this.#counts.get(id) ?? 0;
  }

  remove() {
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
  }
}
