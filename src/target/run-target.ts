/**
 * The target of a `Process` or a `Thread`, where it runs: made again, called, and waited for as long as anything can
 * still happen.
 *
 * @module
 */
import { inheritLoader } from "../functions/loader.js";
import { resolveReference } from "../functions/references.js";
import { FunctionReviver } from "../functions/revive.js";
import { type DecodeHooks, decode } from "../wire/decode.js";
import type { ShippedArguments, ShippedTarget } from "./send-target.js";

/** Node's exit code of a program that waits for what never comes. */
export const neverSettled = 13;

/** One run of a target in this process or thread, which ends with it. */
export class TargetRun {
  #settled = false;

  /**
   * @param stuck - called at the end where the target still waits, and nothing is left that it could wait for. The
   *   exit code is {@link neverSettled} then.
   */
  constructor(stuck: () => void) {
    let idle = false;
    process.on("beforeExit", () => {
      idle = !this.#settled;
    });
    process.on("exit", (code) => {
      if (!idle || this.#settled || code !== 0) return;
      stuck();
      process.exitCode = neverSettled;
    });
  }

  /**
   * Settles as the target does.
   * @throws what the target throws, or what keeps it from being made again.
   */
  async run(shipped: ShippedTarget, { args, marked }: ShippedArguments): Promise<void> {
    try {
      await inheritLoader();
      const reviver = new FunctionReviver();
      const revive = ({ graph, codes }: ShippedTarget) => {
        reviver.addCodes(codes);
        return reviver.revive(graph);
      };
      const hooks: DecodeHooks = {
        reviveFunction: (fn) => revive(fn as ShippedTarget),
        resolveClass: (reference) => resolveReference(reference as never) as Promise<() => unknown>,
      };
      const [target, own] = await Promise.all([revive(shipped), marked ? decode(args, hooks) : args]);
      await target(...(own as unknown[]));
    } catch (error) {
      // also where an option makes Node only warn of what nobody catches
      process.exitCode ??= 1;
      throw error;
    } finally {
      this.#settled = true;
    }
  }
}
