// Sends functions to a real worker and back, without an executor.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import {
  type CaptureOptions,
  captureFunction,
  type FunctionReference,
  mapStack,
  type ShippedFunction,
} from "./api.js";

/** An error that came back from a worker. */
export class RemoteError extends Error {
  remoteStack = "";
  reference: FunctionReference | undefined;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { name: string; message: string; stack: string; reference?: FunctionReference };
}

type AnyFunction = (...args: never[]) => unknown;

/** One worker, a thread or a process. */
export class TestWorker {
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  readonly #send: (message: object) => void;
  readonly #close: () => unknown;
  #count = 0;
  #failure: unknown;

  constructor(kind: "thread" | "process" = "thread") {
    const url = new URL("./worker.js", import.meta.url);
    if (kind === "thread") {
      const worker = new Worker(url, threadOptions());
      worker.on("message", (answer: Answer) => this.#settle(answer));
      worker.on("error", (error) => this.#fail(error));
      this.#send = (message) => worker.postMessage(message);
      this.#close = () => worker.terminate();
    } else {
      const child: ChildProcess = fork(fileURLToPath(url), { serialization: "advanced" });
      child.on("message", (answer) => this.#settle(answer as Answer));
      child.on("error", (error) => this.#fail(error));
      this.#send = (message) => child.send(message);
      this.#close = () => child.kill();
    }
  }

  /** Captures, sends and calls. */
  run<F extends AnyFunction>(fn: F, ...args: unknown[]): Promise<Awaited<ReturnType<F>>> {
    return this.call(captureFunction(fn), ...args) as Promise<Awaited<ReturnType<F>>>;
  }

  call(shipped: ShippedFunction, ...args: unknown[]): Promise<unknown> {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the worker's own error
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = ++this.#count;
    const { codes, graph } = shipped;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ id, codes, graph, args });
    });
  }

  async close(): Promise<void> {
    await this.#close();
  }

  #settle({ id, value, error }: Answer): void {
    const { resolve, reject } = this.#waiting.get(id)!;
    this.#waiting.delete(id);
    if (!error) return resolve(value);
    const failure = new RemoteError(error.message);
    failure.name = error.name;
    failure.remoteStack = mapStack(error.stack);
    failure.reference = error.reference;
    reject(failure);
  }

  #fail(error: unknown): void {
    this.#failure = error;
    for (const { reject } of this.#waiting.values()) reject(error as Error);
    this.#waiting.clear();
  }
}

/**
 * An inherited command line is taken as it is, an explicit one is validated: where something must go, because
 * it says what to run and not how, only what concerns loading modules is kept.
 */
function threadOptions(): { execArgv?: string[] } {
  const mustGo = /^--(input-type|test|inspect|watch)|^-(e|p|pe)$|^--eval|^--print/;
  if (!process.execArgv.some((option) => mustGo.test(option))) return {};
  const kept = /^(--(import|require|loader|experimental-loader|conditions|enable-source-maps)|-r|-C)/;
  return {
    execArgv: process.execArgv.filter(
      (option) => kept.test(option) && (option.includes("=") || option === "--enable-source-maps"),
    ),
  };
}

/** What a capture is refused with. */
export function refusal(fn: unknown, options?: CaptureOptions): Error & { path: string[]; advice: string } {
  try {
    captureFunction(fn as AnyFunction, options);
  } catch (error) {
    assert.equal((error as Error).name, "CaptureError", String(error));
    return error as Error & { path: string[]; advice: string };
  }
  throw new assert.AssertionError({ message: "the function was not refused" });
}
