/**
 * What one core does at a time: compressed sizes of a batch of JavaScript files. `ungil map` runs this file as it is,
 * unbuilt, once for each record.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** The best of zlib; of brotli what takes about as long and compresses better. */
export const gzipLevel = 9;
export const brotliQuality = 8;

/** One record: some files of one package. */
export interface Batch {
  /** Folder of the package. */
  readonly folder: string;
  /** Names of files in it. */
  readonly files: readonly string[];
}

/** One result: sums over the files, in bytes. */
export interface Sizes {
  readonly folder: string;
  readonly files: number;
  readonly raw: number;
  readonly gzip: number;
  readonly brotli: number;
}

/** Compresses each file by itself, as a server would send it. */
export function measure(batch: Batch): Sizes {
  let raw = 0;
  let gzip = 0;
  let brotli = 0;
  for (const name of batch.files) {
    const bytes = readFileSync(path.join(batch.folder, name));
    raw += bytes.length;
    gzip += gzipSync(bytes, { level: gzipLevel }).length;
    brotli += brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }).length;
  }
  return { folder: batch.folder, files: batch.files.length, raw, gzip, brotli };
}
