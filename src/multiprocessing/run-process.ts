/**
 * What runs in every process that ungil starts: a worker of a pool, or the target of a `Process`.
 *
 * @module
 */
import { Socket } from "node:net";
import { inheritLoader } from "../functions/loader.js";
import { handInChunks } from "../pool/chunk-end.js";
import type { LinkPort } from "../pool/link/index.js";
import type { WorkerSetup } from "../pool/protocol.js";
import { tellOutput } from "../pool/told-output.js";
import { WorkerRuntime } from "../pool/worker-runtime.js";
import type { Transferable } from "../wire/index.js";
import { writeWhole } from "./blocking-write.js";
import { WorkerClaims } from "./claim-file.js";
import { descriptors } from "./descriptors.js";
import { type Identity, identify } from "./identity.js";
import { becomeProcess } from "./process-main.js";
import type { ProcessSetup } from "./process-start.js";
import { RecordReader, writeRecord } from "./records.js";

const pieceBytes = 64 * 1024;

/**
 * Written here and now: a task that blocks or kills the process right afterwards takes nothing with it that was
 * said before.
 */
const port: LinkPort = {
  postMessage(message: unknown, transfer: readonly Transferable[] = []): void {
    // written before this returns: memory is read where it is
    for (const piece of writeRecord(message, transfer, (memory) => memory)) writeAll(piece);
  },
  receive: () => undefined,
};

function writeAll(piece: Uint8Array): void {
  try {
    writeWhole(descriptors.fromWorker, piece);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // nobody is left to answer to
    if (code === "EPIPE" || code === "ECONNRESET") process.exit();
    throw error;
  }
}

/** What the first message says that this process is. */
type First =
  | { readonly setup: WorkerSetup; readonly identity: Identity }
  | { readonly process: ProcessSetup };

interface Role {
  receiveAll(envelopes: readonly unknown[]): void;
  parentEnded(): void;
}

/** Starts to read what the program says. */
export function runProcess(): void {
  const reader = new RecordReader();
  let role: Role | undefined;
  const receive = (given: unknown[]): void => {
    let envelopes = given;
    if (!role && envelopes.length > 0) {
      const [[, first], ...rest] = envelopes as [[unknown, First], ...unknown[]];
      envelopes = rest;
      role =
        "process" in first
          ? becomeProcess(first.process, input)
          : startWorker(first.setup, first.identity, input);
    }
    if (envelopes.length > 0) role!.receiveAll(envelopes);
  };
  const pieces = new Uint8Array(pieceBytes);
  // the types know this option for connections only
  const toWhereItStays = {
    onread: {
      buffer: () => reader.place ?? pieces,
      callback: (length: number, buffer: Uint8Array) => {
        receive(buffer === pieces ? reader.push(pieces.subarray(0, length)) : reader.took(length));
        return true;
      },
    },
  };
  const input = new Socket({ fd: descriptors.toWorker, readable: true, writable: false, ...toWhereItStays });
  // the program has ended, in whatever way
  input.on("close", () => {
    if (role) role.parentEnded();
    else process.exit();
  });
  input.on("error", () => {}); // `close` follows
}

function startWorker(setup: WorkerSetup, identity: Identity, input: Socket): Role {
  let closing = false;
  identify(identity, input);
  const runtime = new WorkerRuntime(
    {
      port,
      memory: undefined,
      copiesMemory: true,
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
  if (setup.tellOutput) tellOutput((stream, text) => runtime.tellOutput(stream, text), true);
  process.on("uncaughtExceptionMonitor", (error: unknown) => {
    // a task's own handler may catch it
    if (process.listenerCount("uncaughtException") === 0) runtime.dyingOf(error);
  });
  // a terminal sends it to all processes of the program, which says itself what becomes of its tasks
  process.on("SIGINT", () => {});
  // finished results of a chunk must not go down with a process that exits
  process.on("exit", handInChunks);
  void inheritLoader().then(() => runtime.start());
  return {
    receiveAll: (envelopes) => runtime.receiveAll(envelopes),
    parentEnded: () => {
      if (!closing) process.exit();
    },
  };
}
