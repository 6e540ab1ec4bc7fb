/**
 * The entry file of a worker process.
 *
 * @module
 */
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { inheritLoader } from "../functions/index.js";
import type { LinkPort } from "../pool/link/index.js";
import type { WorkerSetup } from "../pool/protocol.js";
import { handInChunks } from "../pool/run-chunk.js";
import { tellOutput } from "../pool/told-output.js";
import { WorkerRuntime } from "../pool/worker-runtime.js";
import type { Transferable } from "../wire/index.js";
import { WorkerClaims } from "./claim-file.js";
import { RecordReader, writeRecord } from "./records.js";
import { descriptors } from "./worker-process.js";

const pieceBytes = 64 * 1024;
const wait = new Int32Array(new SharedArrayBuffer(4));

/**
 * Written here and now: a task that blocks or kills the process right afterwards takes nothing with it that was
 * said before.
 */
const port: LinkPort = {
  postMessage(message: unknown, transfer: readonly Transferable[] = []): void {
    for (const piece of writeRecord(message, transfer)) writeAll(piece);
  },
  receive: () => undefined,
};

function writeAll(piece: Uint8Array): void {
  for (let at = 0; at < piece.length; ) {
    try {
      at += writeSync(descriptors.fromWorker, piece, at, piece.length - at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // nobody is left to answer to
      if (code === "EPIPE" || code === "ECONNRESET") process.exit();
      if (code !== "EAGAIN") throw error;
      Atomics.wait(wait, 0, 0, 1);
    }
  }
}

const reader = new RecordReader();
let runtime: WorkerRuntime | undefined;

function receive(piece: Uint8Array): void {
  let envelopes = reader.push(piece);
  if (!runtime && envelopes.length > 0) {
    const [[, { setup }], ...rest] = envelopes as [[unknown, { setup: WorkerSetup }], ...unknown[]];
    envelopes = rest;
    start(setup);
  }
  if (envelopes.length > 0) runtime!.receiveAll(envelopes);
}

// the types know this option for connections only
const intoOneBuffer = {
  onread: {
    buffer: new Uint8Array(pieceBytes),
    callback: (length: number, buffer: Uint8Array) => {
      receive(buffer.subarray(0, length));
      return true;
    },
  },
};
const input = new Socket({ fd: descriptors.toWorker, readable: true, writable: false, ...intoOneBuffer });
// the program has ended, in whatever way
input.on("close", () => {
  if (!closing) process.exit();
});
input.on("error", () => {}); // `close` follows
let closing = false;

function start(setup: WorkerSetup): void {
  const started = new WorkerRuntime(
    {
      port,
      memory: undefined,
      words: new WorkerClaims(descriptors.claims),
      close: () => {
        closing = true;
        input.destroy();
      },
      memoryInUse: () => process.memoryUsage.rss(),
      // what is written to a pipe or a file is there when the write returns
      outputHandedIn: () => Promise.resolve(),
    },
    setup,
  );
  runtime = started;
  if (setup.tellOutput) tellOutput((stream, text) => started.tellOutput(stream, text), true);
  process.on("uncaughtExceptionMonitor", (error: unknown) => {
    // a task's own handler may catch it
    if (process.listenerCount("uncaughtException") === 0) started.dyingOf(error);
  });
  // finished results of a chunk must not go down with a process that exits
  process.on("exit", handInChunks);
  void inheritLoader().then(() => started.start());
}
