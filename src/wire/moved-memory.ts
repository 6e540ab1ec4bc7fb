/**
 * When to look for moved memory that nobody holds any more. V8 counts what has arrived by moving, but looks for the like
 * only when new memory is asked for: then it collects young objects, in a fraction of a millisecond. Else moved memory
 * adds up until a whole collection is due, every 64 MB or so, as newer versions than Node 22 have it anyway.
 *
 * What is in use when V8 looks, grows old by it, and takes a whole collection in the end; and whoever waits for an
 * answer would wait for that, too. So it is asked to look when whoever was given the memory has had a turn.
 *
 * @module
 */
import { setImmediate } from "node:timers";

let planned = false;

/** To be called where memory has arrived by moving. */
export function memoryArrived(): void {
  // messages may come without a turn of the event loop: those who were given the memory before have had theirs
  if (planned) collectYoung();
  else {
    planned = true;
    setImmediate(() => {
      planned = false;
      collectYoung();
    }).unref();
  }
}

function collectYoung(): void {
  void new ArrayBuffer(8);
}
