import { boundary, size } from "../args";
import {
  HALF,
  HAS_HALF,
  HIGH,
  INCREMENT,
  INCREMENT_HIGH,
  STATE,
  highProduct,
  jump,
  next64,
  outputOf,
} from "./pcg64";

/** 2^-53 and 2^-24. */
const UNIT: f64 = 1.0 / 9007199254740992.0;
const UNIT_32: f32 = 1.0 / 16777216.0;

/** Writes 64 bits as a float64 of 0 to 1, or as two float32. */
// @ts-ignore: decorator
@inline
function emit<T>(out: usize, bits: u64): void {
  if (sizeof<T>() === 8) store<f64>(out, <f64>(<i64>(bits >> 11)) * UNIT);
  else {
    store<f32>(out, <f32>(<i32>(<u32>bits >> 8)) * UNIT_32);
    store<f32>(out, <f32>(<i32>(bits >> 40)) * UNIT_32, 4);
  }
}

/** Makes n times 64 bits, which begin after so many that others make. */
function fill<T>(state: usize, own: usize, out: usize, skip: usize, n: usize): void {
  jump(state, own, <u64>skip);
  const end = out + (n << 3);
  // four states in turn do not wait for each other
  if (n >= 64) {
    const unit = own + STATE;
    // from 0 a jump gives what is added; from 1, what is added and the factor
    store<u64>(unit, 0);
    store<u64>(unit, 0, HIGH);
    store<u64>(unit, load<u64>(own, INCREMENT), INCREMENT);
    store<u64>(unit, load<u64>(own, INCREMENT_HIGH), INCREMENT_HIGH);
    jump(unit, unit, 4);
    const il = load<u64>(unit);
    const ih = load<u64>(unit, HIGH);
    store<u64>(unit, 1);
    store<u64>(unit, 0, HIGH);
    jump(unit, unit, 4);
    const ml = load<u64>(unit) - il;
    const mh = load<u64>(unit, HIGH) - ih - <u64>(load<u64>(unit) < il);
    next64(own);
    let al = load<u64>(own), ah = load<u64>(own, HIGH);
    next64(own);
    let bl = load<u64>(own), bh = load<u64>(own, HIGH);
    next64(own);
    let cl = load<u64>(own), ch = load<u64>(own, HIGH);
    next64(own);
    let dl = load<u64>(own), dh = load<u64>(own, HIGH);
    for (; out + 32 <= end; out += 32) {
      emit<T>(out, outputOf(al, ah));
      emit<T>(out + 8, outputOf(bl, bh));
      emit<T>(out + 16, outputOf(cl, ch));
      emit<T>(out + 24, outputOf(dl, dh));
      let high = highProduct(al, ml) + ah * ml + al * mh + ih;
      al *= ml;
      ah = high + <u64>(al + il < il);
      al += il;
      high = highProduct(bl, ml) + bh * ml + bl * mh + ih;
      bl *= ml;
      bh = high + <u64>(bl + il < il);
      bl += il;
      high = highProduct(cl, ml) + ch * ml + cl * mh + ih;
      cl *= ml;
      ch = high + <u64>(cl + il < il);
      cl += il;
      high = highProduct(dl, ml) + dh * ml + dl * mh + ih;
      dl *= ml;
      dh = high + <u64>(dl + il < il);
      dl += il;
    }
    if (out < end) emit<T>(out, outputOf(al, ah));
    if (out + 8 < end) emit<T>(out + 8, outputOf(bl, bh));
    if (out + 16 < end) emit<T>(out + 16, outputOf(cl, ch));
    return;
  }
  for (; out < end; out += 8) emit<T>(out, next64(own));
}

/** args: state, out, n, scratch. Float64 of 0 to 1 from the stream; scratch has room for two states for each chunk. */
export function random_f64(args: usize, chunk: i32, chunks: i32): void {
  const n = size(args, 2);
  const own = size(args, 3) + <usize>chunk * STATE * 2;
  const from = boundary(n, chunk, chunks);
  fill<f64>(size(args, 0), own, size(args, 1) + (from << 3), from, boundary(n, chunk + 1, chunks) - from);
}

/** args: state, out, n, scratch. Float32 of 0 to 1, two from each 64 bits, after a half that is left. */
export function random_f32(args: usize, chunk: i32, chunks: i32): void {
  const state = size(args, 0);
  const n = size(args, 2);
  const own = size(args, 3) + <usize>chunk * STATE * 2;
  let out = size(args, 1);
  const left: usize = n > 0 && load<u32>(state, HAS_HALF) ? 1 : 0;
  if (left && chunk === 0) store<f32>(out, <f32>(<i32>(load<u32>(state, HALF) >> 8)) * UNIT_32);
  out += left << 2;
  const pairs = (n - left) >> 1;
  const from = boundary(pairs, chunk, chunks);
  fill<f32>(state, own, out + (from << 3), from, boundary(pairs, chunk + 1, chunks) - from);
  if (chunk + 1 === chunks && (n - left) & 1) {
    jump(state, own, <u64>pairs);
    store<f32>(out + (pairs << 3), <f32>(<i32>(<u32>next64(own) >> 8)) * UNIT_32);
  }
}

/** args: state, steps, half. One chunk: after numbers were made from a state, it goes on behind them. */
export function random_advance(args: usize, chunk: i32, chunks: i32): void {
  const state = size(args, 0);
  const singles = size(args, 2) !== 0;
  let n = <u64>size(args, 1);
  if (!singles) {
    jump(state, state, n);
    return;
  }
  if (n === 0) return;
  if (load<u32>(state, HAS_HALF)) {
    n--;
    store<u32>(state, 0, HAS_HALF);
  }
  if (n === 0) return;
  const pairs = (n + 1) >> 1;
  jump(state, state, pairs - 1);
  const bits = next64(state);
  store<u32>(state, <u32>(bits >> 32), HALF);
  store<u32>(state, <u32>(n & 1), HAS_HALF);
}
