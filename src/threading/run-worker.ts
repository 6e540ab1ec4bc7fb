/**
 * What runs in a worker of a pool of threads.
 *
 * @module
 */
import { inheritLoader } from "../functions/loader.js";
import { handInChunks } from "../pool/chunk-end.js";
import { threadPort } from "../pool/link/index.js";
import { StatusWords } from "../pool/status-words.js";
import { tellOutput } from "../pool/told-output.js";
import { WorkerRuntime } from "../pool/worker-runtime.js";
import { tellLoading } from "./loading-words.js";
import { outputHandedIn } from "./output.js";
import type { ThreadData } from "./thread-host.js";

/** Starts to receive tasks. */
export function runWorker({ port, memory, setup, loading }: ThreadData["ungil"]): void {
  tellLoading(loading);
  const runtime = new WorkerRuntime(
    {
      port: threadPort(port),
      memory,
      copiesMemory: false,
      words: new StatusWords(),
      // not closed: what the thread's handles still do may print
      close: () => port.unref(),
      memoryInUse: () => {
        const { used_heap_size: heap, external_memory: external } = process
          .getBuiltinModule("node:v8")
          .getHeapStatistics();
        return heap + external;
      },
      outputHandedIn,
    },
    setup,
  );
  tellOutput((stream, text) => runtime.tellOutput(stream, text), setup.tellOutput);
  // finished results of a chunk must not go down with a thread that exits
  process.on("exit", handInChunks);
  port.on("message", (envelope: unknown) => runtime.receive(envelope));
  port.on("messageerror", (error: unknown) => {
    // nobody can say which task it was: those that have not begun go elsewhere
    throw error;
  });
  void inheritLoader().then(() => runtime.start());
}
