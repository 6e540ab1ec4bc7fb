import { boundary, size } from "../args";

// A job goes by tiles, so that both sides of one stay in the cache, whichever way they lie: lines of the cache of the
// source along the rows, and one line of the target along the columns.
const ROWS: usize = 64;
const LINE: usize = 64;
const WIDE: usize = 4096;

/** A distance in bytes. Negative ones are what they are modulo 2 ** 32: addresses wrap. */
// @ts-ignore: decorator
@inline
function step(args: usize, k: i32): usize {
  return <usize><i64>load<f64>(args + (<usize>k << 3));
}

// @ts-ignore: decorator
@inline
function copyTile<T>(
  source: usize, sourceRow: usize, sourceColumn: usize,
  target: usize, targetRow: usize, targetColumn: usize,
  rows: usize, columns: usize,
): void {
  if (sourceColumn === sizeof<T>() && targetColumn === sizeof<T>()) {
    for (let row: usize = 0; row < rows; row++) {
      memory.copy(target + row * targetRow, source + row * sourceRow, columns * sizeof<T>());
    }
    return;
  }
  for (let row: usize = 0; row < rows; row++) {
    let from = source + row * sourceRow;
    let to = target + row * targetRow;
    let column: usize = 0;
    for (; column + 4 <= columns; column += 4) {
      const a = load<T>(from);
      const b = load<T>(from + sourceColumn);
      const c = load<T>(from + 2 * sourceColumn);
      const d = load<T>(from + 3 * sourceColumn);
      store<T>(to, a);
      store<T>(to + targetColumn, b);
      store<T>(to + 2 * targetColumn, c);
      store<T>(to + 3 * targetColumn, d);
      from += 4 * sourceColumn;
      to += 4 * targetColumn;
    }
    for (; column < columns; column++) {
      store<T>(to, load<T>(from));
      from += sourceColumn;
      to += targetColumn;
    }
  }
}

// @ts-ignore: decorator
@inline
function copy<T>(args: usize, chunk: i32, chunks: i32): void {
  const axes = <i32>size(args, 2);
  const outer = axes - 2;
  const lengths = 3;
  const sourceSteps = lengths + axes;
  const targetSteps = sourceSteps + axes;
  const rows = size(args, lengths + outer);
  const columns = size(args, lengths + outer + 1);
  const sourceRow = step(args, sourceSteps + outer);
  const sourceColumn = step(args, sourceSteps + outer + 1);
  const targetRow = step(args, targetSteps + outer);
  const targetColumn = step(args, targetSteps + outer + 1);
  const across = sourceColumn === targetColumn || sourceColumn === 0 || rows === 1 ? WIDE : LINE / sizeof<T>();
  const strips = (columns + across - 1) / across;
  const tiles = ((rows + ROWS - 1) / ROWS) * strips;
  let planes: usize = 1;
  for (let axis = 0; axis < outer; axis++) planes *= size(args, lengths + axis);
  const last = boundary(planes * tiles, chunk + 1, chunks);
  for (let unit = boundary(planes * tiles, chunk, chunks); unit < last; unit++) {
    let plane = unit / tiles;
    const tile = unit - plane * tiles;
    let source = size(args, 0);
    let target = size(args, 1);
    for (let axis = outer - 1; axis >= 0; axis--) {
      const length = size(args, lengths + axis);
      const rest = plane / length;
      const k = plane - rest * length;
      source += k * step(args, sourceSteps + axis);
      target += k * step(args, targetSteps + axis);
      plane = rest;
    }
    const row = (tile / strips) * ROWS;
    const column = (tile % strips) * across;
    copyTile<T>(
      source + row * sourceRow + column * sourceColumn, sourceRow, sourceColumn,
      target + row * targetRow + column * targetColumn, targetRow, targetColumn,
      min(ROWS, rows - row), min(across, columns - column),
    );
  }
}

/**
 * args: source, target, axes (2 at least), then a length for each axis, a step in bytes of the source for each, and of
 * the target. Elements of 1 byte.
 */
export function copy_tiles_1(args: usize, chunk: i32, chunks: i32): void {
  copy<u8>(args, chunk, chunks);
}

/** As copy_tiles_1, elements of 2 bytes. */
export function copy_tiles_2(args: usize, chunk: i32, chunks: i32): void {
  copy<u16>(args, chunk, chunks);
}

/** As copy_tiles_1, elements of 4 bytes. */
export function copy_tiles_4(args: usize, chunk: i32, chunks: i32): void {
  copy<u32>(args, chunk, chunks);
}

/** As copy_tiles_1, elements of 8 bytes. */
export function copy_tiles_8(args: usize, chunk: i32, chunks: i32): void {
  copy<u64>(args, chunk, chunks);
}
