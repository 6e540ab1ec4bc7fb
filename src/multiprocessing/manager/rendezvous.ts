/**
 * Where programs that a manager has not started find it: a socket at an address that both know. Both ends prove that
 * they know the authkey, as in Python's `multiprocessing.connection`; then the manager hands out a reference to itself,
 * and all else goes the way of handles.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync, lstatSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { deserialize, serialize } from "node:v8";
import { systemClock } from "../../clock.js";
import { AuthenticationError, ConnectionClosedError, InvalidArgumentError } from "../../errors.js";
import { type PortableReference, portable, revivePortable } from "../../portable.js";
import { CallerHandshake, OwnerHandshake } from "../sharing/handshake.js";
import { listen } from "../sharing/listen.js";
import type { ManagerRoot } from "./manager-root.js";

/** ms that the other side has to prove who it is. */
const patience = 10_000;

/** Connections that are open here at a time: of more than these the oldest is closed. */
const mostVisitors = 64;

/** Most bytes of what a manager says of itself. */
const longestReference = 64 * 1024;

const keyOf = (authkey: string): string =>
  createHash("sha256").update("ungil manager\n").update(authkey).digest("hex");

/** An open address. */
export interface Rendezvous {
  readonly address: string;
  close(): void;
}

/**
 * Opens an address. It keeps the process alive.
 * @param address - undefined for a new one.
 * @throws InvalidArgumentError for one at which somebody listens, or a file is that is no socket; Error where the system opens none.
 */
export async function openRendezvous(
  address: string | undefined,
  authkey: string,
  root: ManagerRoot,
): Promise<Rendezvous> {
  const key = keyOf(authkey);
  const visitors = new Set<Socket>();
  const server = createServer((socket) => receive(socket, key, root, visitors));
  if (address === undefined) {
    return {
      address: listen(server, [process.platform === "win32" ? "pipe" : "folder"]),
      close: () => end(server),
    };
  }
  // the system would speak of permissions
  if (process.platform !== "win32" && !existsSync(path.dirname(address)))
    throw new InvalidArgumentError("address", address, "a path in a folder that there is");
  await removeDeadSocket(address);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ path: address, exclusive: true }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  server.on("error", () => {}); // of a connection, which is told by itself
  // Node removes the socket of a server that is closed, and not that of a process that exits
  process.once("exit", () => server.close());
  return { address, close: () => end(server) };
}

function end(server: Server): void {
  server.close();
}

/** What a process that was killed has left, and nobody listens at. @throws InvalidArgumentError where somebody does, or something else is. */
async function removeDeadSocket(address: string): Promise<void> {
  // Linux refuses a connection to any file in the same words as to a dead socket
  const isFile =
    process.platform !== "win32" && lstatSync(address, { throwIfNoEntry: false })?.isSocket() === false;
  if (isFile)
    throw new InvalidArgumentError(
      "address",
      address,
      "an address that is free: a file is there that is no socket",
    );
  const code = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ path: address });
    socket.on("connect", () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
  });
  if (code === undefined) {
    throw new InvalidArgumentError(
      "address",
      address,
      "an address that is free: another program listens there",
    );
  }
  if (code === "ECONNREFUSED" && process.platform !== "win32") rmSync(address, { force: true });
}

function receive(socket: Socket, key: string, root: ManagerRoot, visitors: Set<Socket>): void {
  visitors.add(socket);
  for (const oldest of visitors) {
    if (visitors.size <= mostVisitors) break;
    oldest.destroy();
    visitors.delete(oldest);
  }
  const timer = systemClock.setTimer(() => socket.destroy(), patience);
  const handshake = new OwnerHandshake(key, (bytes) => socket.write(bytes));
  socket.on("data", (piece: Uint8Array) => {
    try {
      if (handshake.push(piece) !== undefined) socket.end(serialize(root[portable]()));
    } catch {
      // one that does not know the key, or is none of ours
      socket.destroy();
    }
  });
  socket.on("error", () => {}); // `close` follows
  socket.on("close", () => {
    timer.cancel();
    visitors.delete(socket);
  });
}

/**
 * Finds a manager.
 * @throws AuthenticationError where the other side has another authkey; ConnectionClosedError where nobody listens, or
 *   says something else.
 */
export function visitRendezvous(address: string, authkey: string): Promise<ManagerRoot> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: address });
    const handshake = new CallerHandshake(keyOf(authkey), (bytes) => socket.write(bytes));
    const pieces: Uint8Array[] = [];
    let isKnown = false;
    let failure: unknown;
    const timer = systemClock.setTimer(() => socket.destroy(), patience, true);
    socket.on("data", (piece: Uint8Array) => {
      try {
        if (isKnown) pieces.push(piece);
        else {
          const rest = handshake.push(piece);
          if (rest === undefined) return;
          isKnown = true;
          pieces.push(rest);
        }
        if (pieces.reduce((sum, { length }) => sum + length, 0) > longestReference) socket.destroy();
      } catch (cause) {
        failure = new AuthenticationError(`the manager at ${address} has another authkey`, { cause });
        socket.destroy();
      }
    });
    socket.on("error", (error) => {
      failure ??= error;
    });
    socket.on("close", () => {
      timer.cancel();
      try {
        if (isKnown && pieces.length > 0) {
          const reference = deserialize(Buffer.concat(pieces)) as PortableReference;
          return resolve(revivePortable(reference) as ManagerRoot);
        }
      } catch (error) {
        failure ??= error;
      }
      if (failure instanceof AuthenticationError) return reject(failure);
      reject(
        new ConnectionClosedError(`there is no manager at ${address}, or none that answers`, {
          object: "Manager",
          ownerPid: undefined,
          ...(failure === undefined ? {} : { cause: failure }),
        }),
      );
    });
  });
}
