// How kernels that are made at run time walk over arrays. Their job is rows of one length: the arguments are how many
// elements there are, how long a row is, along how many axes the rows lie, and how long these are; then for each operand
// its address, the distance of neighbours in a row in bytes, and the distance along each of those axes. An operand that is
// a number has it in place of the address.
//
// Where that is more than a job can have, the arguments are -1 and the address of all this.
import { boundary, number, size } from "./args";

// @ts-ignore: decorator
@inline
function description(args: usize): usize {
  return number(args, 0) < 0 ? size(args, 1) : args;
}

/** Where the three parts of an operand begin. */
// @ts-ignore: decorator
@inline
function partsOf(all: usize, operand: i32): i32 {
  const axes = <i32>size(all, 2);
  return 3 + axes + operand * (axes + 2);
}

/** The first element of a chunk. */
export function first_element(args: usize, chunk: i32, chunks: i32): usize {
  return boundary(size(description(args), 0), chunk, chunks);
}

/** How many elements a row has. */
export function row_length(args: usize): usize {
  return size(description(args), 1);
}

/** Where element `column` of row `row` of an operand is. */
export function element_address(args: usize, operand: i32, row: u32, column: u32): usize {
  const all = description(args);
  const parts = partsOf(all, operand);
  let address = <i64>number(all, parts) + <i64>column * <i64>number(all, parts + 1);
  for (let axis = <i32>size(all, 2) - 1; axis >= 0; axis--) {
    const length = <u32>size(all, 3 + axis);
    address += <i64>(row % length) * <i64>number(all, parts + 2 + axis);
    row /= length;
  }
  return <usize>address;
}

/** The distance of neighbours in a row of an operand, in bytes, of which 32 bits are enough: addresses have no more. */
export function element_stride(args: usize, operand: i32): i32 {
  const all = description(args);
  return <i32>(<i64>number(all, partsOf(all, operand) + 1));
}

/** The value of an operand that is a number. */
export function operand_number(args: usize, operand: i32): f64 {
  const all = description(args);
  return number(all, partsOf(all, operand));
}
