import { boundary, size } from "../args";

// @ts-ignore: decorator
@inline
function at(a: usize, k: isize): f64 {
  return load<f64>(a + (<usize>k << 3));
}

// @ts-ignore: decorator
@inline
function swap(a: usize, j: isize, k: isize): void {
  const x = at(a, j);
  store<f64>(a + (<usize>j << 3), at(a, k));
  store<f64>(a + (<usize>k << 3), x);
}

function sink(a: usize, left: isize, root: isize, n: isize): void {
  for (;;) {
    let child: isize = 2 * root + 1;
    if (child >= n) return;
    if (child + 1 < n && at(a, left + child) < at(a, left + child + 1)) child++;
    if (at(a, left + root) >= at(a, left + child)) return;
    swap(a, left + root, left + child);
    root = child;
  }
}

function heapSort(a: usize, left: isize, right: isize): void {
  const n = right - left + 1;
  for (let root = n / 2 - 1; root >= 0; root--) sink(a, left, root, n);
  for (let last = n - 1; last > 0; last--) {
    swap(a, left, left + last);
    sink(a, left, 0, last);
  }
}

/**
 * Puts the element in its place that is number k of the sorted ones, lesser ones before and greater ones after it: R. W.
 * Floyd and R. L. Rivest, "Algorithm 489: SELECT" (1975). A range that will not shrink is sorted instead.
 */
function select(a: usize, left: isize, right: isize, k: isize): void {
  let tries = 16 + 4 * (64 - clz<i64>(<i64>(right - left + 1)));
  while (right > left) {
    if (--tries < 0) {
      heapSort(a, left, right);
      return;
    }
    if (right - left > 600) {
      // a sample, the k-th of which is close to what is looked for
      const n = <f64>(right - left + 1);
      const i = <f64>(k - left + 1);
      const z = NativeMath.log(n);
      const s = 0.5 * NativeMath.exp((2 * z) / 3);
      const sd = 0.5 * sqrt((z * s * (n - s)) / n) * (i < n / 2 ? -1 : 1);
      const from = max(left, <isize>(<f64>k - (i * s) / n + sd));
      const to = min(right, <isize>(<f64>k + ((n - i) * s) / n + sd));
      select(a, from, to, k);
    }
    const t = at(a, k);
    let i = left;
    let j = right;
    swap(a, left, k);
    if (at(a, right) > t) swap(a, right, left);
    while (i < j) {
      swap(a, i, j);
      i++;
      j--;
      while (at(a, i) < t) i++;
      while (at(a, j) > t) j--;
    }
    if (at(a, left) === t) swap(a, left, j);
    else {
      j++;
      swap(a, j, right);
    }
    if (j <= k) left = j + 1;
    if (k <= j) right = j - 1;
  }
}

/**
 * args: a, rows, n, places, count, out. Of each row of float64, which is left in another order, the elements that would
 * be at these places (ascending) if it were sorted; NaN where there is one.
 */
export function select_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  const rows = size(args, 1);
  const n = size(args, 2);
  const places = size(args, 3);
  const count = size(args, 4);
  const last = boundary(rows, chunk + 1, chunks);
  for (let row = boundary(rows, chunk, chunks); row < last; row++) {
    const a = size(args, 0) + ((row * n) << 3);
    const out = size(args, 5) + ((row * count) << 3);
    let sum: f64 = 0;
    for (let i: usize = 0; i < n; i++) {
      const x = load<f64>(a + (i << 3));
      sum += x === x ? 0 : x;
    }
    let left: isize = 0;
    for (let k: usize = 0; k < count; k++) {
      const place = <isize>load<f64>(places + (k << 3));
      if (sum === 0) {
        select(a, left, <isize>n - 1, place);
        store<f64>(out + (k << 3), at(a, place));
        left = place + 1;
      } else store<f64>(out + (k << 3), NaN);
    }
  }
}
