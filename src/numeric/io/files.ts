/**
 * Reading and writing whole files, in pieces that the system takes at once.
 *
 * @module
 */
import { FileNotFoundError, InvalidArgumentError } from "../../errors.js";
import { fileSystem } from "../../file-system.js";

/** Where a file is. */
export type FilePath = string | URL;

/** The system reads and writes less than 2 GiB at once. */
const piece = 1 << 30;

/** @throws InvalidArgumentError for what is no path. */
export function checkPath(argument: string, file: unknown): FilePath {
  if ((typeof file === "string" && file !== "") || file instanceof URL) return file;
  throw new InvalidArgumentError(argument, file, "a path, or a URL of a file");
}

/** An error of the system, with its class where there is one for it. */
function typed(error: unknown, file: FilePath): unknown {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") return error;
  return new FileNotFoundError(`no such file: ${String(file)}`, String(file), { cause: error });
}

/** A file that is open for reading. Reads fill as much as there is, and tell how much that was. */
export interface AsyncReader {
  readonly size: number;
  readonly read: (into: Uint8Array, from: number) => Promise<number>;
}

/** As {@link AsyncReader}, at once. */
export interface SyncReader {
  readonly size: number;
  readonly read: (into: Uint8Array, from: number) => number;
}

/** Opens a file for as long as `use` takes. */
export async function reading<R>(file: FilePath, use: (reader: AsyncReader) => Promise<R>): Promise<R> {
  const handle = await fileSystem()
    .promises.open(file)
    .catch((error: unknown) => {
      throw typed(error, file);
    });
  try {
    const { size } = await handle.stat();
    return await use({
      size,
      read: async (into, from) => {
        let done = 0;
        while (done < into.length) {
          const wanted = Math.min(piece, into.length - done);
          const { bytesRead } = await handle.read(into, done, wanted, from + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return done;
      },
    });
  } finally {
    await handle.close();
  }
}

/** As {@link reading}, at once. */
export function readingSync<R>(file: FilePath, use: (reader: SyncReader) => R): R {
  const fs = fileSystem();
  const fd = openSync(file);
  try {
    return use({
      size: fs.fstatSync(fd).size,
      read: (into, from) => {
        let done = 0;
        while (done < into.length) {
          const read = fs.readSync(fd, into, done, Math.min(piece, into.length - done), from + done);
          if (read === 0) break;
          done += read;
        }
        return done;
      },
    });
  } finally {
    fs.closeSync(fd);
  }
}

function openSync(file: FilePath): number {
  try {
    return fileSystem().openSync(file, "r");
  } catch (error) {
    throw typed(error, file);
  }
}

/** Writes a file from parts. */
export async function write(file: FilePath, parts: readonly Uint8Array[]): Promise<void> {
  const handle = await fileSystem()
    .promises.open(file, "w")
    .catch((error: unknown) => {
      throw typed(error, file);
    });
  try {
    for (const part of parts) {
      for (let done = 0; done < part.length; ) {
        done += (await handle.write(part, done, Math.min(piece, part.length - done))).bytesWritten;
      }
    }
  } finally {
    await handle.close();
  }
}

/** As {@link write}, at once. */
export function writeSync(file: FilePath, parts: readonly Uint8Array[]): void {
  const fs = fileSystem();
  let fd: number;
  try {
    fd = fs.openSync(file, "w");
  } catch (error) {
    throw typed(error, file);
  }
  try {
    for (const part of parts) {
      for (let done = 0; done < part.length; ) {
        done += fs.writeSync(fd, part, done, Math.min(piece, part.length - done));
      }
    }
  } finally {
    fs.closeSync(fd);
  }
}
