/**
 * What runs in the process of a manager.
 *
 * @module
 */
import { portable, registerReviver } from "../../portable.js";
import { makeRoot } from "./manager-root.js";
import { openRendezvous, type Rendezvous } from "./rendezvous.js";
import type { StartReport } from "./start-report.js";

/** What a manager is told at its start. */
export interface ManagerSetup {
  readonly report: StartReport;
  readonly address: string | undefined;
  readonly authkey: string;
}

/** Serves until the program ends or says that it is enough. */
export async function serveManager({ report, address, authkey }: ManagerSetup): Promise<void> {
  // Ctrl-C goes to all of a terminal's processes: the program may need its objects yet, and ends this one itself
  process.on("SIGINT", () => {});
  let rendezvous: Rendezvous | undefined;
  const root = makeRoot(() => {
    rendezvous?.close();
    // the answer leaves first
    setImmediate(() => process.exit(0));
  });
  try {
    rendezvous = await openRendezvous(address, authkey, root);
  } catch (error) {
    await report.failed(error);
    return;
  }
  await report.started(root, rendezvous.address);
}

// no program can import it by a name, so it travels as what it is
const reviver = "ungil.serveManager";
Object.defineProperty(serveManager, portable, {
  value: () => ({ reviver, entry: "multiprocessing", data: undefined }),
});
registerReviver(reviver, () => serveManager);
