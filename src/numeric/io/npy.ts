import { NDArray } from "../array/ndarray.js";
import { shapeText } from "../array/shape.js";
import { type DType, dtypes } from "../dtype.js";
import { convertElements } from "./elements.js";
import { formatHeader, type NpyHeader, notReadable, parseHeader } from "./npy-header.js";

/** An array whose memory is to be filled with the elements as they lie in the file. */
export function arrayFor({ dtype, shape, fortran }: NpyHeader): NDArray {
  return NDArray.allocate(dtype, fortran ? shape.toReversed() : shape);
}

/** Whether the bytes of the file are those of the array. */
export function isPlain({ dtype, swapped, converted }: NpyHeader): boolean {
  return !swapped && converted === undefined && dtype !== "bool";
}

/** The array with its axes in order. What lies the other way is copied, so that the array owns what it is. */
export function inOrder(filled: NDArray, { fortran }: NpyHeader): NDArray {
  if (!fortran) return filled;
  const result = filled.T.copy();
  filled.dispose();
  return result;
}

/** @throws InvalidArgumentError where the file is of another type than the one asked for. */
export function checkType(header: NpyHeader, wanted: DType | undefined, name: string): void {
  if (wanted === undefined || wanted === header.dtype) return;
  throw notReadable(name, header.dtype, `an .npy file of ${wanted}`);
}

/** @throws InvalidArgumentError where there are not as many bytes as the header says: before memory is taken for them. */
export function checkLength({ shape, begin, bytes }: NpyHeader, length: number, name: string): void {
  if (length - begin >= bytes) return;
  throw notReadable(
    name,
    `${Math.max(length - begin, 0)} of them`,
    `an .npy file with all ${bytes} bytes of its elements, as its shape is ${shapeText(shape)}`,
  );
}

/** The array that is in the bytes of a file. */
export function decodeNpy(bytes: Uint8Array, name: string, wanted?: DType): NDArray {
  const header = parseHeader(bytes, name);
  checkType(header, wanted, name);
  checkLength(header, bytes.length, name);
  const elements = bytes.subarray(header.begin, header.begin + header.bytes);
  const array = arrayFor(header);
  try {
    if (isPlain(header)) array.bytes.set(elements);
    else convertElements(elements, header, array.typed, name);
  } catch (error) {
    array.dispose();
    throw error;
  }
  return inOrder(array, header);
}

/** The parts of a file, one after the other. `release` gives back the memory of a copy, where one was needed. */
export interface NpyParts {
  readonly header: Uint8Array;
  readonly elements: Uint8Array;
  readonly release: () => void;
}

/** An array as a file. An array in Fortran's order is written as it lies. */
export function encodeParts(array: NDArray): NpyParts {
  const { dtype, shape } = array;
  const nothing = (): void => {};
  if (array.isContiguous) {
    return { header: formatHeader(dtype, shape, false), elements: array.bytes, release: nothing };
  }
  if (array.T.isContiguous) {
    return { header: formatHeader(dtype, shape, true), elements: array.T.bytes, release: nothing };
  }
  const copy = array.copy();
  return {
    header: formatHeader(dtype, shape, false),
    elements: copy.bytes,
    release: () => {
      copy.dispose();
    },
  };
}

/** All bytes of a file. */
export function encodeBytes(array: NDArray): Uint8Array {
  const { header, elements, release } = encodeParts(array);
  const bytes = new Uint8Array(header.length + array.size * dtypes[array.dtype].itemsize);
  bytes.set(header);
  bytes.set(elements, header.length);
  release();
  return bytes;
}
