import { boundary, size } from "../args";
import { clear } from "../memory";
import { COUNTS, bitsFor, shiftFor, sortRecords } from "./buckets";
import { greatestOf, leastOf, tally } from "./digits";
import { fourKeys, inFours, readRecords, writeRecord, writeRecords } from "./keys";

/**
 * args: a, rows, n, out, records, others, counts, descending. Sorts each row by itself: elements, or, for `indexed`, the
 * int32 indices of elements in their order. There is room for all records twice, and for counts of each chunk.
 */
// @ts-ignore: decorator
@inline
function sortRows<T, K, R>(args: usize, chunk: i32, chunks: i32, indexed: bool): void {
  const n = size(args, 2);
  const step = indexed ? 4 : sizeof<T>();
  const counts = size(args, 6) + <usize>chunk * COUNTS;
  const mask: u64 = size(args, 7) ? -1 : 0;
  const last = boundary(size(args, 1), chunk + 1, chunks);
  for (let row = boundary(size(args, 1), chunk, chunks); row < last; row++) {
    const a = size(args, 0) + row * n * sizeof<T>();
    const records = size(args, 4) + row * n * sizeof<R>();
    writeRecords<T, R>(a, n, records, indexed, mask);
    sortRecords<K, R>(records, size(args, 5) + row * n * sizeof<R>(), n, false, counts);
    readRecords<T, R>(records, n, size(args, 3) + row * n * step, indexed);
  }
}

// A row that is worth the work of several threads goes through five jobs, which share a plan:

/** How keys go to buckets: the least key, the shift, how many buckets; then where the next record of each goes. */
const LEAST: usize = 0;
const SHIFT: usize = 8;
const BUCKETS: usize = 16;
const PLACES: usize = 24;

/** Pieces of a row, each with its own places; as src/numeric/sorting/sort.ts has it. */
const PIECES: usize = 32;

/** As many buckets as 11 bits tell apart. */
const MOST: usize = 2048;

/** args: a, n, records, extremes, descending. Writes records, and the least and the greatest key of each piece. */
// @ts-ignore: decorator
@inline
function writePieces<T, K, R>(args: usize, chunk: i32, chunks: i32, indexed: bool): void {
  const a = size(args, 0);
  const n = size(args, 1);
  const records = size(args, 2);
  const mask: u64 = size(args, 4) ? -1 : 0;
  const last = boundary(PIECES, chunk + 1, chunks);
  for (let piece = boundary(PIECES, chunk, chunks); piece < last; piece++) {
    const end = boundary(n, <i32>piece + 1, <i32>PIECES);
    let i = boundary(n, <i32>piece, <i32>PIECES);
    let least: K = <K>-1;
    let greatest: K = 0;
    if (inFours<T>(indexed)) {
      let low = i32x4.splat(-1);
      let high = i32x4.splat(0);
      for (; i + 4 <= end; i += 4) {
        const keys = fourKeys<T>(a + (i << 2));
        low = i32x4.min_u(low, keys);
        high = i32x4.max_u(high, keys);
        v128.store(records + (i << 2), keys);
      }
      least = <K>leastOf(low);
      greatest = <K>greatestOf(high);
    }
    for (; i < end; i++) {
      const to = records + i * sizeof<R>();
      writeRecord<T, R>(a + i * sizeof<T>(), i, to, indexed, mask);
      const key = load<K>(to);
      least = key < least ? key : least;
      greatest = key > greatest ? key : greatest;
    }
    store<u64>(size(args, 3) + (piece << 4), <u64>least);
    store<u64>(size(args, 3) + (piece << 4), <u64>greatest, 8);
  }
}

/** args: extremes, n, plan. One chunk. */
export function sort_plan(args: usize, chunk: i32, chunks: i32): void {
  const extremes = size(args, 0);
  const plan = size(args, 2);
  let least: u64 = -1;
  let greatest: u64 = 0;
  for (let piece: usize = 0; piece < PIECES; piece++) {
    least = min<u64>(least, load<u64>(extremes + (piece << 4)));
    greatest = max<u64>(greatest, load<u64>(extremes + (piece << 4), 8));
  }
  const shift = shiftFor<u64>(greatest - least, bitsFor(size(args, 1)));
  store<u64>(plan, least, LEAST);
  store<u64>(plan, shift, SHIFT);
  store<u64>(plan, ((greatest - least) >> shift) + 1, BUCKETS);
}

/** Where the places of four keys' buckets are. */
// @ts-ignore: decorator
@inline
function fourPlaces(at: usize, places: usize, least: u32, shift: i32): v128 {
  const bucket = i32x4.shr_u(i32x4.sub(v128.load(at), i32x4.splat(least)), shift);
  return i32x4.add(i32x4.shl(bucket, 2), i32x4.splat(<i32>places));
}

/** Puts a record at its place, and the next one of the bucket behind it. */
// @ts-ignore: decorator
@inline
function bring<R>(at: usize, others: usize, place: usize): void {
  const to = load<u32>(place);
  store<u32>(place, to + 1);
  store<R>(others + <usize>to * sizeof<R>(), load<R>(at));
}

/** args: records, n, plan. Counts how many keys of each piece go to each bucket. */
// @ts-ignore: decorator
@inline
function count<K, R>(args: usize, chunk: i32, chunks: i32): void {
  const records = size(args, 0);
  const n = size(args, 1);
  const plan = size(args, 2);
  const least = <K>load<u64>(plan, LEAST);
  const shift = <K>load<u64>(plan, SHIFT);
  const last = boundary(PIECES, chunk + 1, chunks);
  for (let piece = boundary(PIECES, chunk, chunks); piece < last; piece++) {
    const places = plan + PLACES + piece * MOST * 4;
    clear(places, MOST * 4);
    const end = records + boundary(n, <i32>piece + 1, <i32>PIECES) * sizeof<R>();
    let at = records + boundary(n, <i32>piece, <i32>PIECES) * sizeof<R>();
    if (sizeof<R>() === 4) {
      for (; at + 16 <= end; at += 16) {
        const four = fourPlaces(at, places, <u32>least, <i32>shift);
        const two = i64x2.extract_lane(four, 0);
        const more = i64x2.extract_lane(four, 1);
        tally(<usize><u32>two);
        tally(<usize>(<u64>two >> 32));
        tally(<usize><u32>more);
        tally(<usize>(<u64>more >> 32));
      }
    }
    for (; at < end; at += sizeof<R>()) tally(places + (<usize>((load<K>(at) - least) >> shift) << 2));
  }
}

/** args: plan. One chunk. Where the first record of each piece goes in each bucket, and where buckets begin. */
export function sort_places(args: usize, chunk: i32, chunks: i32): void {
  const plan = size(args, 0);
  const buckets = <usize>load<u64>(plan, BUCKETS);
  const begins = plan + PLACES + PIECES * MOST * 4;
  let sum: u32 = 0;
  for (let bucket: usize = 0; bucket < buckets; bucket++) {
    store<u32>(begins + (bucket << 2), sum);
    for (let piece: usize = 0; piece < PIECES; piece++) {
      const place = plan + PLACES + ((piece * MOST + bucket) << 2);
      const records = load<u32>(place);
      store<u32>(place, sum);
      sum += records;
    }
  }
  store<u32>(begins + (buckets << 2), sum);
}

/** args: records, n, plan, others. Puts the records of each piece into buckets. */
// @ts-ignore: decorator
@inline
function distribute<K, R>(args: usize, chunk: i32, chunks: i32): void {
  const records = size(args, 0);
  const n = size(args, 1);
  const plan = size(args, 2);
  const others = size(args, 3);
  const least = <K>load<u64>(plan, LEAST);
  const shift = <K>load<u64>(plan, SHIFT);
  const last = boundary(PIECES, chunk + 1, chunks);
  for (let piece = boundary(PIECES, chunk, chunks); piece < last; piece++) {
    const places = plan + PLACES + piece * MOST * 4;
    const end = records + boundary(n, <i32>piece + 1, <i32>PIECES) * sizeof<R>();
    let at = records + boundary(n, <i32>piece, <i32>PIECES) * sizeof<R>();
    if (sizeof<R>() === 4) {
      for (; at + 16 <= end; at += 16) {
        const four = fourPlaces(at, places, <u32>least, <i32>shift);
        const two = i64x2.extract_lane(four, 0);
        const more = i64x2.extract_lane(four, 1);
        bring<R>(at, others, <usize><u32>two);
        bring<R>(at + 4, others, <usize>(<u64>two >> 32));
        bring<R>(at + 8, others, <usize><u32>more);
        bring<R>(at + 12, others, <usize>(<u64>more >> 32));
      }
    }
    for (; at < end; at += sizeof<R>())
      bring<R>(at, others, places + (<usize>((load<K>(at) - least) >> shift) << 2));
  }
}

/**
 * args: records, n, plan, others, counts, out. Sorts the buckets that begin in the chunk's share of the row. The records' own
 * place may be that of the result.
 */
// @ts-ignore: decorator
@inline
function sortBuckets<T, K, R>(args: usize, chunk: i32, chunks: i32, indexed: bool): void {
  const records = size(args, 0);
  const n = size(args, 1);
  const plan = size(args, 2);
  const others = size(args, 3);
  const counts = size(args, 4) + <usize>chunk * COUNTS;
  const out = size(args, 5);
  const buckets = <usize>load<u64>(plan, BUCKETS);
  const begins = plan + PLACES + PIECES * MOST * 4;
  const from = boundary(n, chunk, chunks);
  const to = boundary(n, chunk + 1, chunks);
  for (let bucket: usize = 0; bucket < buckets; bucket++) {
    const begin = <usize>load<u32>(begins + (bucket << 2));
    const end = <usize>load<u32>(begins + (bucket << 2), 4);
    if (begin < from || begin >= to || begin === end) continue;
    const a = others + begin * sizeof<R>();
    const room = records + begin * sizeof<R>();
    // elements take the place of their records while these are in the nearest cache
    const toRoom = !indexed && sizeof<T>() === sizeof<R>();
    sortRecords<K, R>(a, room, end - begin, toRoom, counts);
    readRecords<T, R>(toRoom ? room : a, end - begin, out + begin * (indexed ? 4 : sizeof<T>()), indexed);
  }
}

export function sort_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  sortRows<f64, u64, u64>(args, chunk, chunks, false);
}
export function argsort_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  sortRows<f64, u64, v128>(args, chunk, chunks, true);
}
export function sort_records_f64(args: usize, chunk: i32, chunks: i32): void {
  writePieces<f64, u64, u64>(args, chunk, chunks, false);
}
export function argsort_records_f64(args: usize, chunk: i32, chunks: i32): void {
  writePieces<f64, u64, v128>(args, chunk, chunks, true);
}
export function sort_buckets_f64(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<f64, u64, u64>(args, chunk, chunks, false);
}
export function argsort_buckets_f64(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<f64, u64, v128>(args, chunk, chunks, true);
}
export function sort_rows_f32(args: usize, chunk: i32, chunks: i32): void {
  sortRows<f32, u32, u32>(args, chunk, chunks, false);
}
export function argsort_rows_f32(args: usize, chunk: i32, chunks: i32): void {
  sortRows<f32, u64, u64>(args, chunk, chunks, true);
}
export function sort_records_f32(args: usize, chunk: i32, chunks: i32): void {
  writePieces<f32, u32, u32>(args, chunk, chunks, false);
}
export function argsort_records_f32(args: usize, chunk: i32, chunks: i32): void {
  writePieces<f32, u64, u64>(args, chunk, chunks, true);
}
export function sort_buckets_f32(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<f32, u32, u32>(args, chunk, chunks, false);
}
export function argsort_buckets_f32(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<f32, u64, u64>(args, chunk, chunks, true);
}
export function sort_rows_i32(args: usize, chunk: i32, chunks: i32): void {
  sortRows<i32, u32, u32>(args, chunk, chunks, false);
}
export function argsort_rows_i32(args: usize, chunk: i32, chunks: i32): void {
  sortRows<i32, u64, u64>(args, chunk, chunks, true);
}
export function sort_records_i32(args: usize, chunk: i32, chunks: i32): void {
  writePieces<i32, u32, u32>(args, chunk, chunks, false);
}
export function argsort_records_i32(args: usize, chunk: i32, chunks: i32): void {
  writePieces<i32, u64, u64>(args, chunk, chunks, true);
}
export function sort_buckets_i32(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<i32, u32, u32>(args, chunk, chunks, false);
}
export function argsort_buckets_i32(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<i32, u64, u64>(args, chunk, chunks, true);
}
export function sort_rows_u32(args: usize, chunk: i32, chunks: i32): void {
  sortRows<u32, u32, u32>(args, chunk, chunks, false);
}
export function argsort_rows_u32(args: usize, chunk: i32, chunks: i32): void {
  sortRows<u32, u64, u64>(args, chunk, chunks, true);
}
export function sort_records_u32(args: usize, chunk: i32, chunks: i32): void {
  writePieces<u32, u32, u32>(args, chunk, chunks, false);
}
export function argsort_records_u32(args: usize, chunk: i32, chunks: i32): void {
  writePieces<u32, u64, u64>(args, chunk, chunks, true);
}
export function sort_buckets_u32(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<u32, u32, u32>(args, chunk, chunks, false);
}
export function argsort_buckets_u32(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<u32, u64, u64>(args, chunk, chunks, true);
}
export function sort_rows_i16(args: usize, chunk: i32, chunks: i32): void {
  sortRows<i16, u32, u32>(args, chunk, chunks, false);
}
export function argsort_rows_i16(args: usize, chunk: i32, chunks: i32): void {
  sortRows<i16, u64, u64>(args, chunk, chunks, true);
}
export function sort_records_i16(args: usize, chunk: i32, chunks: i32): void {
  writePieces<i16, u32, u32>(args, chunk, chunks, false);
}
export function argsort_records_i16(args: usize, chunk: i32, chunks: i32): void {
  writePieces<i16, u64, u64>(args, chunk, chunks, true);
}
export function sort_buckets_i16(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<i16, u32, u32>(args, chunk, chunks, false);
}
export function argsort_buckets_i16(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<i16, u64, u64>(args, chunk, chunks, true);
}
export function sort_rows_u16(args: usize, chunk: i32, chunks: i32): void {
  sortRows<u16, u32, u32>(args, chunk, chunks, false);
}
export function argsort_rows_u16(args: usize, chunk: i32, chunks: i32): void {
  sortRows<u16, u64, u64>(args, chunk, chunks, true);
}
export function sort_records_u16(args: usize, chunk: i32, chunks: i32): void {
  writePieces<u16, u32, u32>(args, chunk, chunks, false);
}
export function argsort_records_u16(args: usize, chunk: i32, chunks: i32): void {
  writePieces<u16, u64, u64>(args, chunk, chunks, true);
}
export function sort_buckets_u16(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<u16, u32, u32>(args, chunk, chunks, false);
}
export function argsort_buckets_u16(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<u16, u64, u64>(args, chunk, chunks, true);
}
export function sort_rows_i8(args: usize, chunk: i32, chunks: i32): void {
  sortRows<i8, u32, u32>(args, chunk, chunks, false);
}
export function argsort_rows_i8(args: usize, chunk: i32, chunks: i32): void {
  sortRows<i8, u64, u64>(args, chunk, chunks, true);
}
export function sort_records_i8(args: usize, chunk: i32, chunks: i32): void {
  writePieces<i8, u32, u32>(args, chunk, chunks, false);
}
export function argsort_records_i8(args: usize, chunk: i32, chunks: i32): void {
  writePieces<i8, u64, u64>(args, chunk, chunks, true);
}
export function sort_buckets_i8(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<i8, u32, u32>(args, chunk, chunks, false);
}
export function argsort_buckets_i8(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<i8, u64, u64>(args, chunk, chunks, true);
}
export function sort_rows_u8(args: usize, chunk: i32, chunks: i32): void {
  sortRows<u8, u32, u32>(args, chunk, chunks, false);
}
export function argsort_rows_u8(args: usize, chunk: i32, chunks: i32): void {
  sortRows<u8, u64, u64>(args, chunk, chunks, true);
}
export function sort_records_u8(args: usize, chunk: i32, chunks: i32): void {
  writePieces<u8, u32, u32>(args, chunk, chunks, false);
}
export function argsort_records_u8(args: usize, chunk: i32, chunks: i32): void {
  writePieces<u8, u64, u64>(args, chunk, chunks, true);
}
export function sort_buckets_u8(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<u8, u32, u32>(args, chunk, chunks, false);
}
export function argsort_buckets_u8(args: usize, chunk: i32, chunks: i32): void {
  sortBuckets<u8, u64, u64>(args, chunk, chunks, true);
}
export function sort_count_4(args: usize, chunk: i32, chunks: i32): void {
  count<u32, u32>(args, chunk, chunks);
}
export function sort_distribute_4(args: usize, chunk: i32, chunks: i32): void {
  distribute<u32, u32>(args, chunk, chunks);
}
export function sort_count_8(args: usize, chunk: i32, chunks: i32): void {
  count<u64, u64>(args, chunk, chunks);
}
export function sort_distribute_8(args: usize, chunk: i32, chunks: i32): void {
  distribute<u64, u64>(args, chunk, chunks);
}
export function sort_count_16(args: usize, chunk: i32, chunks: i32): void {
  count<u64, v128>(args, chunk, chunks);
}
export function sort_distribute_16(args: usize, chunk: i32, chunks: i32): void {
  distribute<u64, v128>(args, chunk, chunks);
}
