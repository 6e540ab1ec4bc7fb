/**
 * How the bytes of a connection are read: to where they are to stay, where that is known, else to memory that is used
 * again and again. A stream would take fresh memory for each piece, which costs the collector more than the copy.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type OnReadOpts, Socket } from "node:net";

/** Bytes that are read at once where nobody knows yet what they are. */
const pieceBytes = 64 * 1024;

/** Who takes what comes. */
export interface Incoming {
  /** Where the next bytes are to stay, if that is known. */
  readonly place: Uint8Array | undefined;
  /** So many bytes are there. */
  took(length: number): void;
  /** Other bytes. Their memory is used again afterwards. */
  came(piece: Uint8Array): void;
}

/** The option `onread` of a socket. */
export function reading(incoming: Incoming): OnReadOpts {
  const pieces = Buffer.allocUnsafeSlow(pieceBytes);
  return {
    buffer: () => incoming.place ?? pieces,
    callback: (length, buffer) => {
      if (buffer === pieces) incoming.came(pieces.subarray(0, length));
      else incoming.took(length);
      return true;
    },
  };
}

/**
 * A connection that a server has accepted, read so. A server makes its sockets itself and has no such option, so another
 * one takes over what the first stands for; where that is not to be had, the first is read as streams are.
 * @param accepted - by a server with `pauseOnConnect`.
 */
export function readAccepted(accepted: Socket, incoming: Incoming): Socket {
  const { _handle: handle } = accepted as { _handle?: unknown };
  if (!handle) {
    accepted.on("data", (piece: Uint8Array) => incoming.came(piece));
    return accepted;
  }
  const options = { handle, readable: true, writable: true, onread: reading(incoming) };
  const socket = new Socket(options);
  // else its end would not be told
  socket.resume();
  return socket;
}
