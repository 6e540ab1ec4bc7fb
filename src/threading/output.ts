/**
 * What threads print reaches the program's own stdout and stderr through its event loop.
 *
 * @module
 */

import { StringDecoder } from "node:string_decoder";
import type { Worker } from "node:worker_threads";
import type { OutputTeller, Tail } from "../pool/worker-output.js";

/** In the thread: when all that was printed so far has arrived. */
export async function outputHandedIn(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map(
      (stream) =>
        new Promise<void>((resolve) => {
          // a task may have ended or destroyed it
          if (stream.writable) stream.write("", () => resolve());
          else resolve();
        }),
    ),
  );
}

/** Keeps the last lines of a thread's stderr, which goes where it goes. */
export function followStderr({ stderr }: Worker, tail: Tail): void {
  const decoder = new StringDecoder("utf8");
  stderr.on("data", (chunk: Buffer) => tail.add(decoder.write(chunk)));
}

/** Takes what reaches a thread's streams past their `write`: Node's own words, and what came before the first line of ours. */
export function followStreams(worker: Worker, output: OutputTeller): void {
  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new StringDecoder("utf8");
    // taken from this process's own streams, and not asked for by an option: that would keep the process alive
    worker[name].unpipe();
    worker[name].on("data", (chunk: Buffer) => output.tell(name, decoder.write(chunk)));
    worker[name].resume();
  }
}
