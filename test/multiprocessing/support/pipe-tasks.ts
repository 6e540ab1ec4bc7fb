// Targets of the tests: exports, so that processes import them from here.
import type { Connection, Queue } from "ungil/multiprocessing";

/** Sends back what it receives, until the end. */
export async function echo(connection: Connection<never>): Promise<void> {
  for await (const message of connection) await connection.send(message as never);
}

/** Sends a number of values and ends. */
export async function sendAll(
  connection: Connection<number, never>,
  values: readonly number[],
): Promise<void> {
  for (const value of values) await connection.send(value);
}

/** Tells of all it receives, and how it ended. */
export async function tellAll(connection: Connection<never>, to: Queue<unknown>): Promise<void> {
  for (;;) {
    try {
      await to.put(await connection.recv());
    } catch (error) {
      await to.put(error);
      return;
    }
  }
}
