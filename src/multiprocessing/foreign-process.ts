/**
 * A `Process` in a process other than the one that made it: it can be told apart by name and number, and nothing
 * else. A class of its own, so that a child which is only given one need not load what starts processes.
 *
 * @module
 */
import { InvalidStateError } from "../errors.js";
import { type PortableReference, portable, registerReviver } from "../portable.js";

const reviver = "ungil.Process";

interface Known {
  readonly name: string;
  readonly pid: number | null;
  readonly daemon: boolean;
}

/** How a `Process` travels. */
export const referenceToProcess = ({ name, pid, daemon }: Known): PortableReference => ({
  reviver,
  entry: "multiprocessing",
  data: { name, pid, daemon },
});

/** What only the process that made it can do. */
const methods = ["start", "join", "isAlive", "terminate", "kill", "interrupt", "close", Symbol.asyncDispose];
const properties = ["exitCode", "signal", "sentinel"];

class ForeignProcess implements Known {
  readonly name: string;
  readonly pid: number | null;
  readonly daemon: boolean;

  constructor({ name, pid, daemon }: Known) {
    this.name = name;
    this.pid = pid;
    this.daemon = daemon;
  }

  [portable](): PortableReference {
    return referenceToProcess(this);
  }
}

function refuse(name: string, use: string): never {
  throw new InvalidStateError(
    `${use} of ${name} is only there in the process that made it, which is not this one (process ${process.pid})`,
  );
}

for (const method of methods) {
  Object.defineProperty(ForeignProcess.prototype, method, {
    value(this: Known) {
      refuse(this.name, String(method));
    },
  });
}
for (const property of properties) {
  Object.defineProperty(ForeignProcess.prototype, property, {
    get(this: Known) {
      return refuse(this.name, property);
    },
  });
}

/** Makes known here how a `Process` arrives. */
export function receiveProcesses(): void {
  registerReviver(reviver, (data) => new ForeignProcess(data as Known));
}
