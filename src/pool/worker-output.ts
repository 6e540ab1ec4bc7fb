/**
 * What workers print, on this side.
 *
 * @module
 */
import { StringDecoder } from "node:string_decoder";
import { inThisContext } from "../async-context.js";
import { warn } from "../futures/unobserved.js";
import { isThenable } from "./thenable.js";

/** A stream that workers print to. */
export type OutputStream = "stdout" | "stderr";

/** What a worker printed with one write, as `onOutput` is given it. */
export interface WorkerOutput {
  readonly stream: OutputStream;
  /** As it was written, line ends included. A character whose bytes come with two writes is in the later one. */
  readonly text: string;
  /** Number of the worker, unique within its executor. */
  readonly worker: number;
  /** The task whose code printed it; undefined for what none did, or one that ended long ago. */
  readonly task: { readonly id: number; readonly name: string } | undefined;
}

/** Tasks that have ended whose names are known for what they left behind. */
const namesKept = 1_000;

/** Characters that are kept of what a worker wrote to its stderr. */
const tailLength = 2_048;

/** The last lines of a text that comes in pieces. */
export class Tail {
  #text = "";
  #isCut = false;

  add(text: string): void {
    this.#text += text;
    if (this.#text.length <= tailLength) return;
    this.#text = this.#text.slice(-tailLength);
    this.#isCut = true;
  }

  /** Whole lines, as far as there are; undefined when nothing was written. */
  get lines(): string | undefined {
    if (this.#text === "") return undefined;
    const end = this.#isCut ? this.#text.indexOf("\n") + 1 : 0;
    return end < this.#text.length ? this.#text.slice(end) : this.#text;
  }
}

/** A listener that may throw, and is called in the async context in which it was given. */
export function outputListener(onOutput: (output: WorkerOutput) => void): (output: WorkerOutput) => void {
  const listener = inThisContext(onOutput);
  return (output) => {
    try {
      const answer: unknown = listener(output);
      if (isThenable(answer)) {
        answer.then(undefined, (error: unknown) => warn("onOutput of an executor rejected", error));
      }
    } catch (error) {
      warn("onOutput of an executor threw", error);
    }
  };
}

/** Tells what one worker prints. */
export class OutputTeller {
  readonly #listener: ((output: WorkerOutput) => void) | undefined;
  readonly #worker: number;
  readonly #stderr: Tail;
  /** Names of tasks that ended not long ago, by their numbers. */
  readonly #ended = new Map<number, string>();
  readonly #decoder = new StringDecoder("utf8");

  /** @param listener - without one, what is printed goes to the program's own streams. */
  constructor(listener: ((output: WorkerOutput) => void) | undefined, worker: number, stderr: Tail) {
    this.#listener = listener;
    this.#worker = worker;
    this.#stderr = stderr;
  }

  /** A task is no more in the worker's hands, as far as this side goes by it. */
  ended({ id, name }: { readonly id: number; readonly name: string }): void {
    if (!this.#listener) return;
    // one that is tried again counts from its last end
    this.#ended.delete(id);
    this.#ended.set(id, name);
    if (this.#ended.size <= namesKept) return;
    for (const oldest of this.#ended.keys()) {
      this.#ended.delete(oldest);
      break;
    }
  }

  /**
   * @param id - number of the task that printed; below 0 for none.
   * @param inHand - the task that the worker meant, if it still has it.
   */
  tell(
    stream: OutputStream,
    written: string | Uint8Array,
    id = -1,
    inHand?: { readonly id: number; readonly name: string },
  ): void {
    if (!this.#listener) return this.#passOn(stream, written);
    const text = this.#textOf(written);
    if (text === "") return;
    if (stream === "stderr") this.#stderr.add(text);
    const name = inHand?.id === id ? inHand.name : this.#ended.get(id);
    const task = name === undefined ? undefined : { id, name };
    this.#listener({ stream, text, worker: this.#worker, task });
  }

  #passOn(stream: OutputStream, written: string | Uint8Array): void {
    if (stream === "stderr") this.#stderr.add(this.#textOf(written));
    const own = process[stream];
    // the program may have ended it
    if (!own.writable) return;
    try {
      own.write(written);
    } catch (error) {
      // what the program put in its place must not keep the worker's results from arriving
      warn(`process.${stream} of this program threw`, error);
    }
  }

  #textOf(written: string | Uint8Array): string {
    return typeof written === "string" ? written : this.#decoder.write(written);
  }
}
