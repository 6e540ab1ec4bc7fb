/**
 * The functions of the C library that Node does not offer, called through koffi: an optional package, loaded when
 * the first block of shared memory is made.
 *
 * @module
 */
import { getSystemErrorName } from "node:util";
import { InvalidStateError } from "../../errors.js";
import { loadKoffi, noteKoffiFile } from "../../koffi.js";

/** An address, as koffi gives and takes it. */
export type Address = bigint;

/** What is used of koffi. */
interface Koffi {
  load(library: null): { func(definition: string): (...args: unknown[]) => unknown };
  view(address: Address, size: number): ArrayBuffer;
  errno(): number;
}

/** The C library. */
export interface Libc {
  /** Maps memory. @returns Its address. @throws Error with the `errno` of the system. */
  mmap(at: Address, size: number, protection: number, flags: number, fd: number): Address;
  munmap(at: Address, size: number): void;
  /** A pipe that no other program inherits: the ends to read and to write. */
  pipe(): [number, number];
  close(fd: number): void;
  /** Memory as an `ArrayBuffer`. */
  view(at: Address, size: number): ArrayBuffer;
}

export const protection = { read: 1, write: 2 } as const;

const isLinux = process.platform === "linux";

/** Of `mmap`; alike on all systems but for the last. */
export const mapFlags = {
  shared: 0x01,
  private: 0x02,
  fixed: 0x10,
  anonymous: isLinux ? 0x20 : 0x1000,
} as const;

const failed = 0xffff_ffff_ffff_ffffn;
const setDescriptorFlags = 2;
const closeOnExec = 1;

let loaded: { readonly libc: Libc; readonly file: string } | undefined;

/**
 * @param elsewhere - file of koffi in the process that a block comes from, for a worker that finds none by itself.
 * @throws MissingDependencyError without koffi; InvalidStateError on a system without the functions.
 */
export function libc(elsewhere?: string): Libc {
  if (elsewhere !== undefined) noteKoffiFile(elsewhere);
  return load().libc;
}

/** Where koffi was found. */
export const koffiFile = (): string => load().file;

function load(): NonNullable<typeof loaded> {
  if (process.platform === "win32") {
    throw new InvalidStateError(
      "SharedMemory needs a system with POSIX memory mapping, which Windows does not have",
    );
  }
  if (loaded) return loaded;
  const { koffi, file } = loadKoffi("SharedMemory");
  loaded = { libc: bind(koffi as Koffi), file };
  return loaded;
}

function bind(koffi: Koffi): Libc {
  const library = koffi.load(null);
  const mmap = library.func(
    "void *mmap(void *at, size_t size, int protection, int flags, int fd, int64_t offset)",
  );
  const munmap = library.func("int munmap(void *at, size_t size)");
  const pipe = library.func("int pipe(_Out_ int *ends)");
  const fcntl = library.func("int fcntl(int fd, int command, ...)");
  const close = library.func("int close(int fd)");
  const check = (result: unknown, name: string): void => {
    if (result !== -1) return;
    throw new Error(`${name} failed with the system's error ${getSystemErrorName(-koffi.errno())}`);
  };
  return {
    mmap(at, size, prot, flags, fd) {
      const address = mmap(at, size, prot, flags, fd, 0) as Address;
      if (address === failed || address === -1n) check(-1, "mmap");
      return address;
    },
    munmap: (at, size) => check(munmap(at, size), "munmap"),
    pipe() {
      const ends: [number, number] = [0, 0];
      check(pipe(ends), "pipe");
      for (const end of ends) check(fcntl(end, setDescriptorFlags, "int", closeOnExec), "fcntl");
      return ends;
    },
    close: (fd) => check(close(fd), "close"),
    view: (at, size) => koffi.view(at, size),
  };
}
