import type { Caller, Served } from "../sharing/index.js";
import { type Granted, LockState } from "./lock-state.js";
import { unknownMethod } from "./unknown-method.js";

/** A lock that the isolates of many processes use. */
export class ServedLock implements Served {
  readonly state: LockState;

  constructor(kind: "Lock" | "RLock") {
    this.state = new LockState(kind);
  }

  call(method: string, args: readonly unknown[], caller: Caller, signal: AbortSignal): unknown {
    const { state } = this;
    const [named] = args as [never];
    switch (method) {
      case "acquire":
        return state.acquire({ caller, key: named }, signal);
      case "tryAcquire":
        return state.tryAcquire({ caller, key: named });
      case "release":
        return state.release({ caller, key: named });
      case "giveBack":
        return state.giveBack(named);
      case "locked":
        return state.locked;
      case "stats":
        return state.stats;
      default:
        throw unknownMethod(state.kind, method);
    }
  }

  callerLeft(caller: Caller): void {
    this.state.callerLeft(caller);
  }

  undeliverable(method: string, answer: unknown): void {
    if (answer !== undefined && (method === "acquire" || method === "tryAcquire"))
      this.state.takeBack(answer as Granted);
  }
}
