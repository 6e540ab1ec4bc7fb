/** What tests of native functions need: why they can't run, native code that waits until a test lets it go on. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { LibraryLoadError, load, type NativeFunction } from "ungil/native";

/** Why the C library can't be used as on a POSIX system, if it can't. */
export const skip = process.platform === "win32" ? "these functions are POSIX" : false;

/** For tests with native calls that wait: a call too many, or one too few, must not hold up the others. */
export const limit = { skip, timeout: 60_000 };

/** Why zlib can't be used, if it can't. */
export const skipWithoutZlib = skip || missing("z");

function missing(library: string): string | false {
  try {
    load(library);
    return false;
  } catch (error) {
    if (!(error instanceof LibraryLoadError)) throw error;
    return `the library ${library} is not installed`;
  }
}

/** Native calls that wait until they are let go: they read from a pipe into which nobody has written yet. */
export interface NativeGate {
  /** Waits in native code, and returns the byte that let it go. */
  readonly pass: NativeFunction<(fd: number, into: Uint8Array, size: number) => number>;
  /** The arguments of `pass` for one call. */
  args(into?: Uint8Array): [fd: number, into: Uint8Array, size: number];
  /** Lets so many calls go. */
  open(calls?: number): void;
}

/** A gate that is open for ever when the test has ended. */
export function nativeGate(t: TestContext): NativeGate {
  const c = load(null);
  const ends: [number, number] = [0, 0];
  assert.equal(c.func<(ends: number[]) => number>("int pipe(int *ends)")(ends), 0);
  const write = c.func("ssize_t write(int fd, const void *from, size_t size)");
  const close = c.func("int close(int fd)");
  const [from, to] = ends;
  t.after(() => {
    // whoever still waits finds the end of the file; the reading end may be in use, and is left to the process
    close(to);
  });
  return {
    pass: c.func<(fd: number, into: Uint8Array, size: number) => number>(
      "ssize_t read(int fd, void *into, size_t size)",
    ),
    args: (into = new Uint8Array(1)) => [from, into, 1],
    open: (calls = 1) => assert.equal(write(to, new Uint8Array(calls).fill(7), calls), calls),
  };
}

/** What a promise fails with. */
export async function errorOf(promise: PromiseLike<unknown>): Promise<Error> {
  return await Promise.resolve(promise).then(
    () => assert.fail("should have failed"),
    (error: Error) => error,
  );
}

/** A turn of the event loop. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
