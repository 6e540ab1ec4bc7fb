import { one } from "../elements";

/** How many of n sorted elements are before v, or before or equal; NaN are after all numbers. */
// @ts-ignore: decorator
@inline
export function placeOf<T>(a: usize, n: usize, v: f64, right: bool): usize {
  let from: usize = 0;
  let length = n;
  while (length > 0) {
    const half = length >> 1;
    const x = one<T>(a + (from + half) * sizeof<T>());
    // x comes before v if it is less, or not greater
    const before = right ? !(v < x || (x !== x && v === v)) : x < v || (v !== v && x === x);
    from = before ? from + half + 1 : from;
    length = before ? length - half - 1 : half;
  }
  return from;
}
