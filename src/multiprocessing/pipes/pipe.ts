import { checkBoolean, checkOptionNames } from "../../validate.js";
import { own } from "../sharing/index.js";
import { type Connection, connectionKind, type EndDetails, makeConnection } from "./connection.js";
import { servedEnds } from "./pipe-served.js";

/** Options of a {@link Pipe}. */
export interface PipeOptions {
  /** Whether both ends send and receive. Default true. */
  readonly duplex?: boolean | undefined;
}

/**
 * Two ends of which each receives what is sent into the other: Python's `multiprocessing.Pipe`.
 *
 * @typeParam AtoB - what the first end sends.
 * @typeParam BtoA - what the second end sends.
 * @param options - with `duplex: false` the first end only receives and the second only sends.
 * @returns the two ends.
 * @throws InvalidArgumentError for a bad option.
 * @example
 * const [here, there] = Pipe<string, number>();
 * const count = async (connection: Connection<number, string>) => {
 *   for await (const text of connection) await connection.send(text.length);
 * };
 * new Process({ target: count, args: [there] }).start();
 * there.close(); // the child has it
 * await here.send("hello");
 * console.log(await here.recv()); // 5
 * here.close(); // ends the child's loop
 */
export function Pipe<T = unknown>(
  options: PipeOptions & { readonly duplex: false },
): [receiver: Connection<never, T>, sender: Connection<T, never>];
export function Pipe<AtoB = unknown, BtoA = AtoB>(
  options?: PipeOptions & { readonly duplex?: true | undefined },
): [Connection<AtoB, BtoA>, Connection<BtoA, AtoB>];
export function Pipe(options: PipeOptions = {}): [Connection<never, never>, Connection<never, never>] {
  checkOptionNames("options", options, ["duplex"]);
  const duplex = checkBoolean("duplex", options.duplex ?? true);
  const [first, second] = servedEnds(duplex);
  const firstDetails: EndDetails = { readable: true, writable: duplex };
  const secondDetails: EndDetails = { readable: duplex, writable: true };
  return [
    makeConnection(own(connectionKind, first, firstDetails)),
    makeConnection(own(connectionKind, second, secondDetails)),
  ];
}
