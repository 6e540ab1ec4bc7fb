/**
 * How a manager's process tells the program that started it that it is there.
 *
 * @module
 */
import { type Endpoint, Handle, handleKind, own } from "../sharing/index.js";
import type { ManagerRoot } from "./manager-root.js";

/** A manager that has started. */
export interface Started {
  readonly root: ManagerRoot;
  readonly address: string;
}

/** The manager's side. */
export class StartReport extends Handle {
  started(root: ManagerRoot, address: string): Promise<void> {
    return this.call("started", [root, address]);
  }

  failed(error: unknown): Promise<void> {
    return this.call("failed", [error]);
  }

  /** Of the program: nothing is expected any more. Until then it is not collected, however long the start takes. */
  close(): void {
    this.letGo();
  }
}

const reportOf = (endpoint: Endpoint): StartReport =>
  Reflect.construct(StartReport, [endpoint]) as StartReport;

/** The program's side: what is to be sent to the manager, and what comes back. */
export function expectReport(): { readonly report: StartReport; readonly started: Promise<Started> } {
  let report!: StartReport;
  const started = new Promise<Started>((resolve, reject) => {
    const served = {
      call: (method: string, args: readonly unknown[]): void => {
        if (method === "started") resolve({ root: args[0] as ManagerRoot, address: args[1] as string });
        else reject(args[0]);
      },
    };
    report = reportOf(own("ManagerStart", served));
  });
  return { report, started };
}

handleKind("ManagerStart", reportOf);
