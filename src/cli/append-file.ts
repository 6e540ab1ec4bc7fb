/**
 * A file that only grows: text is handed to the system at once, in order, and to the disk on request.
 *
 * @module
 */
import { type FileHandle, open } from "node:fs/promises";

/** Errors of fsync that only say that a pipe or a device has no disk to go to. */
const notOnDisk = new Set(["EINVAL", "ENOTSUP", "EROFS"]);

/** A file open for writing at its end. Errors while writing are kept for {@link AppendFile.error} and `close`. */
export class AppendFile {
  readonly #file: FileHandle;
  #waiting = "";
  #writing: Promise<void> | undefined;
  #unsynced = false;
  #error: unknown;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Opens a file. @param fresh - whether what is in it goes. */
  static async open(name: string, fresh: boolean): Promise<AppendFile> {
    return new AppendFile(await open(name, fresh ? "w" : "a"));
  }

  /** What went wrong while writing, when something did. */
  get error(): unknown {
    return this.#error;
  }

  /** Adds text. Many calls while a write is under way become one write. */
  append(text: string): void {
    this.#waiting += text;
    this.#writing ??= this.#write();
  }

  /** Makes the disk have what the system has. */
  async sync(): Promise<void> {
    if (!this.#unsynced) return;
    this.#unsynced = false;
    try {
      await this.#file.datasync();
    } catch (error) {
      if (!notOnDisk.has((error as NodeJS.ErrnoException).code ?? "")) this.#error ??= error;
    }
  }

  /** Writes what is left and closes the file. @throws the first error there was. */
  async close(): Promise<void> {
    await this.#writing;
    await this.sync();
    await this.#file.close();
    if (this.#error !== undefined) throw this.#error;
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting !== "" && this.#error === undefined) {
        const text = this.#waiting;
        this.#waiting = "";
        await this.#file.appendFile(text);
        this.#unsynced = true;
      }
    } catch (error) {
      this.#error = error;
    } finally {
      this.#writing = undefined;
    }
  }
}
