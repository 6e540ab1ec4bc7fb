/**
 * Results on stdout. They are the only thing there: what a task prints is sent to stderr.
 *
 * @module
 */
import type { Writable } from "node:stream";

/** Writes to stdout, and keeps everybody else off it. */
export class ResultWriter {
  readonly #write: (text: string, onWritten: (error?: Error | null) => void) => boolean;
  #closed = false;
  #waiting: (() => void) | undefined;
  #hurried = false;
  /** Texts that the system has not taken yet. */
  #pending = 0;
  #flushed: (() => void) | undefined;

  /**
   * @param stdout - whose `write` is taken over.
   * @param elsewhere - what gets the writes of everybody else.
   * @param onClosed - called once when the reader has gone, or with the error when writing fails otherwise.
   */
  constructor(stdout: Writable, elsewhere: Writable, onClosed: (error: Error | undefined) => void) {
    this.#write = stdout.write.bind(stdout);
    // workers and console.log end up in this method; their text would break the results
    stdout.write = elsewhere.write.bind(elsewhere);
    stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (this.#closed) return;
      this.#closed = true;
      this.#release();
      this.#flushed?.();
      onClosed(error.code === "EPIPE" ? undefined : error);
    });
    stdout.on("drain", () => this.#release());
  }

  /**
   * Writes a text.
   * @param onWritten - called when the system has taken it; not when the reader has gone.
   * @returns a promise when the reader is behind; wait for it before the next.
   */
  write(text: string, onWritten: () => void): Promise<void> | undefined {
    if (this.#closed) return undefined;
    if (text === "") {
      onWritten();
      return undefined;
    }
    this.#pending++;
    const ready = this.#write(text, (error?: Error | null) => {
      this.#pending--;
      if (!error) onWritten();
      if (this.#pending === 0) this.#flushed?.();
    });
    if (ready || this.#closed || this.#hurried) return undefined;
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** From now on writes don't wait for the reader. */
  hurry(): void {
    this.#hurried = true;
    this.#release();
  }

  /**
   * Waits until all is written or the reader has gone.
   * @param limit - ms to wait at most.
   */
  async flush(limit: number): Promise<void> {
    if (this.#closed || this.#pending === 0) return;
    await new Promise<void>((resolve) => {
      const timer = Number.isFinite(limit) ? setTimeout(resolve, limit) : undefined;
      this.#flushed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }
}
