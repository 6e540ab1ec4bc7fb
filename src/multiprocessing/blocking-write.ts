/**
 * Writes that are through when they return, so that a process which blocks or ends right afterwards takes nothing
 * with it that was said before.
 *
 * @module
 */
import { writeSync } from "node:fs";
import { Socket } from "node:net";

const wait = new Int32Array(new SharedArrayBuffer(4));

type Callback = (error?: Error | null) => void;

/** Writes all of it, however long the reader takes. @throws Error with `code` "EPIPE" where nobody reads any more. */
export function writeWhole(fd: number, piece: Uint8Array): void {
  for (let at = 0; at < piece.length; ) {
    try {
      at += writeSync(fd, piece, at, piece.length - at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(wait, 0, 0, 1);
    }
  }
}

/**
 * Node hands to a pipe what fits into it and keeps the rest, which is lost by `process.exit`. The pipe is shared
 * with other processes, so it can't be switched to blocking writes: that would block them too.
 */
export function writeOutputWhole(): void {
  // Node itself does so there
  if (process.platform === "win32") return;
  for (const stream of [process.stdout, process.stderr] as Socket[]) {
    // files and terminals are written to at once
    if (!(stream instanceof Socket) || (stream as { readonly isTTY?: boolean }).isTTY) continue;
    const { fd } = stream as unknown as { readonly fd: number };
    Object.assign(stream, {
      _writev: null,
      _write(chunk: Uint8Array | string, encoding: BufferEncoding, callback: Callback) {
        try {
          writeWhole(fd, typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk);
        } catch (error) {
          return callback(error as Error);
        }
        callback();
      },
    });
  }
}
