/**
 * Files as memory. Nothing that a program does with a buffer of a mapping may touch addresses that are not mapped:
 * that would end the process. So what is given up is replaced by empty pages first, and the addresses are used
 * again only much later (rule 3).
 *
 * @module
 */
import { isMainThread } from "node:worker_threads";
import { MemoryError } from "../../errors.js";
import { detach, findDetacher } from "./detach.js";
import { type Address, libc, mapFlags, protection } from "./libc.js";

/** Where a file is in memory. */
interface Region {
  readonly address: Address;
  readonly size: number;
}

/** A region that is in use. */
interface Held {
  readonly region: Region;
  readonly buffer: WeakRef<ArrayBuffer>;
}

/** A file in memory, as a buffer. */
export interface Mapping {
  readonly buffer: ArrayBuffer;
  /** Gives the memory back: the buffer is empty from then on. */
  close(): void;
}

/** How many regions, and how many bytes of addresses, wait before they are used again. */
const limits = { regions: 1_000, bytes: 2 ** 40 } as const;

const retired: Region[] = [];
let retiredBytes = 0;

/** What this thread has open. */
const held = new Set<Held>();
const forgotten = new FinalizationRegistry<Held>(giveUp);
let endIsWatched = isMainThread;

/** A thread that ends leaves its memory to the process otherwise, which may go on for long. */
function watchEnd(): void {
  if (!endIsWatched) process.once("exit", giveUpAll);
  endIsWatched = true;
}

function giveUpAll(): void {
  for (const each of held) {
    const buffer = each.buffer.deref();
    if (buffer) detach(buffer);
    giveUp(each);
  }
}

function giveUp(each: Held): void {
  if (held.delete(each)) retire(each.region);
}

/**
 * Maps an open file, to which the mapping does not hold on.
 * @throws MemoryError where there are no addresses left for it.
 */
export function mapFile(fd: number, size: number): Mapping {
  // what close() needs is there from the beginning
  findDetacher();
  const region = { address: map(0n, size, mapFlags.shared, fd), size };
  let buffer: ArrayBuffer;
  try {
    buffer = libc().view(region.address, size);
  } catch (cause) {
    libc().munmap(region.address, size);
    throw new MemoryError(`${size} bytes can't be one ArrayBuffer here: ${(cause as Error).message}`, {
      cause,
    });
  }
  for (const method of ["transfer", "transferToFixedLength"]) {
    // the moved buffer would be unknown here, and its memory given back with this one's
    Object.defineProperty(buffer, method, { value: refuseToMove });
  }
  const own: Held = { region, buffer: new WeakRef(buffer) };
  held.add(own);
  forgotten.register(buffer, own, buffer);
  watchEnd();
  return {
    buffer,
    close() {
      forgotten.unregister(buffer);
      detach(buffer);
      giveUp(own);
    },
  };
}

function refuseToMove(): never {
  throw new TypeError("shared memory can't be moved: copy it by slice()");
}

function map(at: Address, size: number, flags: number, fd: number): Address {
  try {
    return libc().mmap(at, size, protection.read | protection.write, flags, fd);
  } catch (cause) {
    throw new MemoryError(`${size} bytes can't be mapped: ${(cause as Error).message}`, { cause });
  }
}

/** Gives the memory back, and keeps the addresses. */
function retire(region: Region): void {
  try {
    map(region.address, region.size, mapFlags.private | mapFlags.anonymous | mapFlags.fixed, -1);
  } catch {
    // it stays as it is until its addresses are used again
  }
  retired.push(region);
  retiredBytes += region.size;
  while (retired.length > limits.regions || (retiredBytes > limits.bytes && retired.length > 1)) {
    const { address, size } = retired.shift()!;
    retiredBytes -= size;
    libc().munmap(address, size);
  }
}
