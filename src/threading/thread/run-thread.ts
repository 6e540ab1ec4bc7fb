/**
 * What runs inside a `Thread`: makes the target again, runs it, and lets the thread end when nothing keeps its event
 * loop alive, as a Node program does.
 *
 * @module
 */
import { receiveMessageOnPort } from "node:worker_threads";
import { referenceTo } from "../../functions/references.js";
import { postEncoded } from "../../pool/post-encoded.js";
import { tellOutput } from "../../pool/told-output.js";
import { TargetRun } from "../../target/run-target.js";
import type { ShippedArguments, ShippedTarget } from "../../target/send-target.js";
import { tellLoading } from "../loading-words.js";
import { receiveThreads } from "./foreign-thread.js";
import { receiveLocals } from "./local.js";
import { ownThread } from "./own-thread.js";
import { systemThreadId } from "./system-thread-id.js";
import type { FromThread, ThreadSetup } from "./thread-start.js";
import { threadTable } from "./thread-table.js";

/** Runs the target that waits in the port. */
export function runThread({ port, loading }: ThreadSetup): void {
  tellLoading(loading);
  receiveThreads();
  receiveLocals();
  const { seat } = ownThread();
  const tell = (message: FromThread): void => port.postMessage(message);
  tell({ kind: "begun", nativeId: systemThreadId() ?? null });
  tellOutput((stream, text) => tell({ kind: "output", stream, text }), false);
  process.on("uncaughtExceptionMonitor", (error: unknown) => {
    // the target's own handler may catch it
    if (process.listenerCount("uncaughtException") > 0) return;
    postEncoded(error, "error", { referenceTo }, (value, marked, transfer) =>
      port.postMessage({ kind: "failed", error: value, marked } satisfies FromThread, transfer),
    );
  });
  const run = new TargetRun(() => tell({ kind: "stuck" }));
  process.on("exit", () => threadTable().end(seat));
  const [target, args] = [receiveMessageOnPort(port), receiveMessageOnPort(port)] as [
    { readonly message: ShippedTarget },
    { readonly message: ShippedArguments },
  ];
  run.run(target.message, args.message).catch((error: unknown) =>
    // not as a rejection, of which an option could make Node only warn
    queueMicrotask(() => {
      throw error;
    }),
  );
}
