/**
 * What runs inside a `Process`: makes the target again, runs it, and lets the process end as a Node program does.
 *
 * @module
 */
import type { Socket } from "node:net";
import { TargetRun } from "../target/run-target.js";
import type { ShippedArguments } from "../target/send-target.js";
import { writeOutputWhole } from "./blocking-write.js";
import { receiveProcesses } from "./foreign-process.js";
import { identify } from "./identity.js";
import type { ProcessSetup } from "./process-start.js";

class ProcessMain {
  readonly #setup: ProcessSetup;
  readonly #pipe: Socket;
  readonly #run: TargetRun;
  #begun = false;

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
    this.#run = new TargetRun(() =>
      this.#print(" ends: nothing is left that its target could be waiting for"),
    );
  }

  /** The arguments came. */
  receiveAll(envelopes: readonly unknown[]): void {
    const [[, message]] = envelopes as [[unknown, ShippedArguments]];
    this.#begun = true;
    // from here on the target alone decides how long the process lives
    this.#pipe.unref();
    void this.#run.run(this.#setup, message);
  }

  /** The program that started it has ended. */
  parentEnded(): void {
    if (this.#setup.identity.daemon || !this.#begun) process.exit(1);
  }

  #print(text: string): void {
    process.stderr.write(`Process ${this.#setup.identity.name}${text}\n`);
  }
}

/** Makes this process what was asked for. @param pipe - closes when the parent ends. */
export function becomeProcess(setup: ProcessSetup, pipe: Socket): ProcessMain {
  return new ProcessMain(setup, pipe);
}
