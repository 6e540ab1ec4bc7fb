/**
 * Makes a buffer empty, so that nothing can be read or written through it any more.
 *
 * `ArrayBuffer.prototype.transfer` does it. The engine of Node 20 has it in contexts that are made while a flag is
 * set; the function of such a context is used on all buffers. (`structuredClone` does not transfer memory that is not
 * Node's own. The engine's `%ArrayBufferDetach` would need a flag at each call: compiled code is not kept for ever.)
 *
 * @module
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Detacher = (buffer: ArrayBuffer) => unknown;

let detacher: Detacher | undefined;

/** How it is done here. @throws Error where it can't be. */
export function findDetacher(): Detacher {
  detacher ??= makeDetacher();
  return detacher;
}

/** Detaches a buffer. */
export function detach(buffer: ArrayBuffer): void {
  if (buffer.byteLength > 0) findDetacher()(buffer);
}

type Transfer = (this: ArrayBuffer) => ArrayBuffer;

function makeDetacher(): Detacher {
  const transfer = (ArrayBuffer.prototype as unknown as { transfer?: Transfer }).transfer ?? ofNewContext();
  return (buffer) => transfer.call(buffer);
}

function ofNewContext(): Transfer {
  setFlagsFromString("--harmony-rab-gsab-transfer");
  try {
    return runInNewContext("ArrayBuffer.prototype.transfer") as Transfer;
  } finally {
    setFlagsFromString("--no-harmony-rab-gsab-transfer");
  }
}
