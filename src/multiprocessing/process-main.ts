/**
 * What runs inside a `Process`: makes the target again, runs it, and lets the process end as a Node program does.
 *
 * @module
 */
import type { Socket } from "node:net";
import { FunctionReviver, inheritLoader, resolveReference } from "../functions/index.js";
import { type DecodeHooks, decode } from "../wire/index.js";
import { writeOutputWhole } from "./blocking-write.js";
import { receiveProcesses } from "./foreign-process.js";
import { identify } from "./identity.js";
import type { ProcessArguments, ProcessSetup } from "./process-start.js";

/** Node's exit code of a program that waits for what never comes. */
const neverSettled = 13;

export class ProcessMain {
  readonly #setup: ProcessSetup;
  readonly #pipe: Socket;
  #begun = false;
  #settled = false;

  constructor(setup: ProcessSetup, pipe: Socket) {
    this.#setup = setup;
    this.#pipe = pipe;
    identify(setup.identity, pipe);
    receiveProcesses();
    writeOutputWhole();
    process.on("uncaughtExceptionMonitor", () => {
      // Node prints the error behind it, unless the target's own handler catches it
      if (process.listenerCount("uncaughtException") === 0) this.#print(":");
    });
    let idle = false;
    process.on("beforeExit", () => {
      idle = !this.#settled;
    });
    process.on("exit", (code) => {
      if (!idle || this.#settled || code !== 0) return;
      this.#print(" ends: nothing is left that its target could be waiting for");
      process.exitCode = neverSettled;
    });
  }

  /** The arguments came. */
  receiveAll(envelopes: readonly unknown[]): void {
    const [[, message]] = envelopes as [[unknown, ProcessArguments]];
    this.#begun = true;
    // from here on the target alone decides how long the process lives
    this.#pipe.unref();
    void this.#run(message);
  }

  /** The program that started it has ended. */
  parentEnded(): void {
    if (this.#setup.identity.daemon || !this.#begun) process.exit(1);
  }

  async #run({ args, marked }: ProcessArguments): Promise<void> {
    try {
      await inheritLoader();
      const reviver = new FunctionReviver();
      const revive = ({ graph, codes }: Pick<ProcessSetup, "graph" | "codes">) => {
        reviver.addCodes(codes);
        return reviver.revive(graph);
      };
      const hooks: DecodeHooks = {
        reviveFunction: (shipped) => revive(shipped as ProcessSetup),
        resolveClass: (reference) => resolveReference(reference as never) as Promise<() => unknown>,
      };
      const [target, own] = await Promise.all([revive(this.#setup), marked ? decode(args, hooks) : args]);
      await target(...(own as unknown[]));
    } catch (error) {
      // also where an option makes Node only warn of what nobody catches
      process.exitCode ??= 1;
      throw error;
    } finally {
      this.#settled = true;
    }
  }

  #print(text: string): void {
    process.stderr.write(`Process ${this.#setup.identity.name}${text}\n`);
  }
}
