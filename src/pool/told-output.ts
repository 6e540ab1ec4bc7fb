/**
 * In a worker: each write to its stdout and stderr is told at once, though the worker blocks or exits right after
 * it. In a thread, Node itself would send a second one only after the first was acknowledged.
 *
 * @module
 */
import type { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { OutputStream } from "./worker-output.js";

type Tell = (stream: OutputStream, written: string | Uint8Array) => void;
type Callback = (error?: Error | null) => void;

/**
 * Tells what this worker prints, from now on to its end, instead of handing it to the program's own streams.
 * @param asText - whether all of it is told as text; else bytes stay what they are.
 */
export function tellOutput(tell: Tell, asText: boolean): void {
  const ends = [
    tellWrites(process.stdout, "stdout", tell, asText),
    tellWrites(process.stderr, "stderr", tell, asText),
  ];
  process.on("exit", () => {
    for (const end of ends) end();
  });
}

/** @returns tells what is left of a character whose end did not come. */
function tellWrites(stream: Writable, name: OutputStream, tell: Tell, asText: boolean): () => void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  const end = stream.end.bind(stream) as (...args: unknown[]) => Writable;
  const decoder = new StringDecoder("utf8");
  let decodes = false;
  const tellText = (text: string): void => {
    if (text !== "") tell(name, text);
  };
  const toldWrite = (chunk: unknown, ...rest: unknown[]): boolean => {
    const isText = typeof chunk === "string";
    // errors, and writes that only ask when they are through, are the stream's own business
    if (!stream.writable || !(isText || chunk instanceof Uint8Array) || chunk.length === 0)
      return write(chunk, ...rest);
    // what was printed before this thread began to tell is still on its way to the program's streams
    if (!asText && stream.writableLength > 0) return write(chunk, ...rest);
    const [encoding] = rest;
    if (isText && !decodes && !isOtherEncoding(encoding)) tellText(chunk);
    else if (!asText) tell(name, ownBytes(isText ? Buffer.from(chunk, encoding as BufferEncoding) : chunk));
    else {
      // part of a character may wait in front of what is text
      decodes = true;
      const bytes = isText
        ? Buffer.from(chunk, isOtherEncoding(encoding) ? encoding : "utf8")
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      tellText(decoder.write(bytes));
    }
    const callback = rest.find((each): each is Callback => typeof each === "function");
    if (callback) process.nextTick(callback, null);
    return true;
  };
  const toldEnd = (...args: unknown[]): Writable => {
    const [chunk, encoding] = args;
    if (chunk !== undefined && chunk !== null && typeof chunk !== "function") {
      toldWrite(chunk, ...(typeof encoding === "string" ? [encoding] : []));
    }
    return end(...args.filter((each) => typeof each === "function"));
  };
  Object.assign(stream, { write: toldWrite, end: toldEnd });
  return () => tellText(decoder.end());
}

/** Without the rest of the memory that they may be a part of, which would travel with them. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes);
}

function isOtherEncoding(encoding: unknown): encoding is BufferEncoding {
  return typeof encoding === "string" && Buffer.isEncoding(encoding) && !/^utf-?8$/i.test(encoding);
}
