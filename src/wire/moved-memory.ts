/**
 * To be called where memory has arrived by moving. V8 counts it, but looks for the like that nobody holds any more
 * only when new memory is asked for: then it collects young objects, in a fraction of a millisecond. Else moved
 * memory adds up until a whole collection is due, every 64 MB or so, as newer versions than Node 22 have it anyway.
 */
export function memoryArrived(): void {
  void new ArrayBuffer(8);
}
