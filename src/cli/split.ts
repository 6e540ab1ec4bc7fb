/**
 * Records out of a stream of bytes, one at a time, without ever holding more than one of them and a chunk.
 *
 * @module
 */

/** What ends a record. */
export const separators = { newline: 0x0a, null: 0x00 } as const;

const carriageReturn = 0x0d;

/** A record longer than this is taken for a file that has no records at all. */
export const longestRecord = 256 * 1024 * 1024;

/** Thrown for a record above {@link longestRecord} bytes. */
export class RecordTooLongError extends Error {
  override readonly name = "RecordTooLongError";
}

/**
 * Splits at every `separator`. What follows the last one is a record too, unless it is empty. A carriage return
 * before a newline is taken off.
 * @throws RecordTooLongError for a record of more than `limit` bytes.
 */
export async function* splitRecords(
  chunks: AsyncIterable<Uint8Array>,
  separator: number,
  limit = longestRecord,
): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let held = 0;
  const take = (last: Uint8Array): Uint8Array => {
    const record = parts.length === 0 ? last : Buffer.concat([...parts, last]);
    parts = [];
    held = 0;
    const cut = separator === separators.newline && record.at(-1) === carriageReturn;
    return cut ? record.subarray(0, -1) : record;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(separator, from);
      if (end < 0) break;
      yield take(chunk.subarray(from, end));
      from = end + 1;
    }
    if (from < chunk.length) {
      parts.push(chunk.subarray(from));
      held += chunk.length - from;
      if (held > limit) throw new RecordTooLongError();
    }
  }
  if (held > 0) yield take(new Uint8Array(0));
}
