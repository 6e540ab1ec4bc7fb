import { InvalidArgumentError, InvalidStateError } from "../../errors.js";
import { type PortableReference, portable, registerDiscard, registerReviver } from "../../portable.js";
import { checkBoolean, checkOptionNames } from "../../validate.js";
import { runSync } from "../crew/steps.js";
import { type DType, dtypes, type TypedArrayOf } from "../dtype.js";
import { Block, type BlockReference } from "../memory/block.js";
import { currentHeap, type Heap } from "../memory/heap.js";
import { arrayRepresentation, arrayText, type Printed } from "../print/array-text.js";
import { broadcastStrides } from "./broadcast.js";
import { copySteps } from "./copy.js";
import {
  completedShape,
  expandedLayout,
  flippedLayout,
  type Layout,
  nestedValues,
  reshapedLayout,
  squeezedLayout,
  swappedLayout,
  transposedLayout,
} from "./layout.js";
import { type ScalarOf, scalarOf, storedValue } from "./scalar.js";
import {
  checkShape,
  contiguousStrides,
  isContiguous,
  normalizeAxis,
  type ShapeLike,
  sameShape,
  shapeText,
  sizeOf,
} from "./shape.js";
import { checkIndex, type Range, slicedLayout } from "./slicing.js";

/** Nested arrays of elements, as deep as the array has axes: an element itself where it has none. */
export type Nested<T extends DType = DType> = ScalarOf<T> | readonly Nested<T>[];

/** Options of `reshape`. */
export interface ReshapeOptions {
  /**
   * `true`: always into new memory; `false`: never, and an error where it has to be. Without it, only where it has to be.
   */
  readonly copy?: boolean | undefined;
}

function sameElements(one: Float64Array, two: Float64Array, equalNaN: boolean): boolean {
  for (let k = 0; k < one.length; k++) {
    const a = one[k]!;
    const b = two[k]!;
    if (a !== b && !(equalNaN && Number.isNaN(a) && Number.isNaN(b))) return false;
  }
  return true;
}

/** The memory behind plain typed arrays that were given out: it must not be given to others while they are in use. */
const inUse = new WeakMap<object, Block>();

/**
 * An array of numbers of one type in any number of dimensions, in memory that threads share: NumPy's `ndarray`.
 *
 * It is made by {@link zeros}, {@link from}, {@link arange} and others. `at`, `slice`, `transpose` and their like give
 * views: arrays over the same memory, in which a change of one is a change of all.
 *
 * **Memory.** It is given back when nothing refers to the array or a view of it any more, some time later; or at once,
 * by `using` or `dispose()` of the array that was made with it. After that every use of it and of its views throws an
 * `InvalidStateError`. Disposing a view does nothing.
 *
 * @example
 * ```ts
 * const a = arange(6).reshape([2, 3]);
 * const column = a.slice(null, 1);
 * column.fill(0);
 * console.log(a.toString()); // [[0. 0. 2.]
 *                            //  [3. 0. 5.]]
 * ```
 */
export class NDArray<T extends DType = DType> implements Disposable {
  /** The type of the elements. */
  readonly dtype: T;
  /** How many elements there are along each axis. */
  readonly shape: readonly number[];
  /** How far apart neighbours along each axis are, in elements; 0 along an axis that repeats one element. */
  readonly strides: readonly number[];
  /** Where the first element is, in elements from the beginning of the memory. */
  readonly offset: number;
  /** How many elements there are. */
  readonly size: number;
  /** The array that was made with the memory of which this one is a view; undefined of that array itself. */
  readonly base: NDArray<T> | undefined;
  /** @internal */
  readonly block: Block;
  #elements: TypedArrayOf<T> | undefined;

  static {
    // how it travels is nobody's business but the wire's
    Object.defineProperty(this.prototype, portable, {
      value(this: NDArray): PortableReference {
        return { reviver, entry: "numeric", data: referenceTo(this) };
      },
    });
  }

  /** @internal */
  constructor(
    block: Block,
    dtype: T,
    shape: readonly number[],
    strides: readonly number[],
    offset: number,
    base?: NDArray<T>,
  ) {
    if (!(block instanceof Block)) {
      throw new InvalidArgumentError("block", block, "left to zeros(), from() and others, which make arrays");
    }
    this.block = block;
    this.dtype = dtype;
    this.shape = Object.freeze(shape);
    this.strides = Object.freeze(strides);
    this.offset = offset;
    this.size = sizeOf(shape);
    this.base = base;
  }

  /** A new array with whatever is in its memory, in the heap of this thread or a given one. @internal */
  static allocate<T extends DType>(dtype: T, shape: readonly number[], heap?: Heap): NDArray<T> {
    const block = Block.allocate(sizeOf(shape) * dtypes[dtype].itemsize, heap);
    return new NDArray(block, dtype, shape, contiguousStrides(shape), 0);
  }

  /** How many axes there are. */
  get ndim(): number {
    return this.shape.length;
  }

  /** Bytes of an element. */
  get itemsize(): number {
    return dtypes[this.dtype].itemsize;
  }

  /** Bytes of all elements, each counted where it appears, even where a view repeats it. */
  get nbytes(): number {
    return this.size * this.itemsize;
  }

  /** The address of the first element. @internal */
  get address(): number {
    return this.block.address + this.offset * this.itemsize;
  }

  /** Whether elements lie one after the other in the order of their indices. */
  get isContiguous(): boolean {
    return isContiguous(this.shape, this.strides);
  }

  /** Whether the memory was given back. */
  get disposed(): boolean {
    return this.block.disposed;
  }

  /**
   * What stands for it in a message of one's own, between threads made with `node:worker_threads`; see {@link attach}. The
   * tasks of executors need none.
   * @throws InvalidStateError once it is disposed.
   */
  get handle(): NDArrayHandle<T> {
    return referenceTo(this) as unknown as NDArrayHandle<T>;
  }

  /**
   * The elements as a plain typed array over the same memory: no copy. `bool` elements are bytes that are 0 or 1, and
   * must stay that. The memory stays as long as this typed array does, but not for those that are made of its
   * `buffer` or by `subarray`: keep the array as well.
   *
   * @throws InvalidStateError for a view whose elements do not lie one after the other; `copy().typed` has them so.
   */
  get typed(): TypedArrayOf<T> {
    if (!this.isContiguous) {
      throw new InvalidStateError(
        `the elements of this view do not lie one after the other (shape ${shapeText(this.shape)}, strides ${shapeText(this.strides)}): use copy().typed`,
      );
    }
    return this.#view(this.address, this.size);
  }

  /** The memory of an array that is contiguous, as bytes: it stays as long as they are in use. @internal */
  get bytes(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.typed;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    inUse.set(bytes, this.block);
    return bytes;
  }

  #view(address: number, length: number): TypedArrayOf<T> {
    const { view, itemsize } = dtypes[this.dtype];
    const typed = new view(this.block.heap.bytes(address + length * itemsize).buffer, address, length);
    inUse.set(typed, this.block);
    return typed;
  }

  /** All of the memory, so that an element is at its offset. @internal */
  get elements(): TypedArrayOf<T> {
    const { address, bytes } = this.block;
    return (this.#elements ??= this.#view(address, Math.floor(bytes / this.itemsize)));
  }

  #viewOf({ shape, strides, offset }: Layout): NDArray<T> {
    // of memory that is gone there are no views
    void this.block.address;
    return new NDArray(this.block, this.dtype, shape, strides, offset, this.base ?? this);
  }

  /**
   * The part with these indices along the first axes, as a view; an array without axes where there is an index for each.
   *
   * @param indices - negative ones count from the end.
   * @throws InvalidArgumentError for more indices than axes, and for one that there is not.
   */
  at(...indices: readonly number[]): NDArray<T> {
    return this.#viewOf({
      shape: this.shape.slice(indices.length),
      strides: this.strides.slice(indices.length),
      offset: this.#offsetOf(indices, indices.length),
    });
  }

  /**
   * A view of what ranges take of each axis, as NumPy's `a[1:10:2, ::-1, 0]`. Axes for which none is given are taken
   * whole.
   *
   * @param ranges - a number for one element, by which the axis goes away; `[start, stop, step]` or the string
   *   `"start:stop:step"` with Python's meaning, any of it left out or `null`; `null` or `":"` for all; `"..."` for all of
   *   as many axes as the other ranges leave.
   * @throws InvalidArgumentError for a range that is none of these, an index that there is not, and more than the axes.
   *
   * @example
   * ```ts
   * const a = arange(20).reshape([4, 5]);
   * a.slice([1, 3]); // rows 1 and 2
   * a.slice(null, [null, null, -1]); // columns from the last to the first
   * a.slice("::2", 0); // the first column of every second row, one axis
   * a.slice("...", [-2]); // the last two columns
   * ```
   */
  slice(...ranges: readonly Range[]): NDArray<T> {
    return this.#viewOf(slicedLayout(this, ranges));
  }

  /**
   * An element.
   *
   * @param indices - one for each axis; negative ones count from the end.
   * @throws InvalidArgumentError for another number of indices, and for one that there is not.
   */
  get(...indices: readonly number[]): ScalarOf<T> {
    return scalarOf(this.dtype, this.elements[this.#offsetOf(indices, this.ndim)]!);
  }

  /**
   * Changes an element: `a.set(row, column, value)`.
   *
   * @param indicesAndValue - an index for each axis, then the value. Integers take its whole part.
   * @throws InvalidArgumentError for another number of indices, one that there is not, and a value that the type does not
   *   hold; InvalidStateError for a view that repeats elements, as of `broadcastTo`.
   */
  set(...indicesAndValue: readonly [...indices: number[], value: ScalarOf<T> | number]): void {
    const indices = indicesAndValue.slice(0, -1);
    const offset = this.#offsetOf(indices, this.ndim);
    this.#checkWritable();
    this.elements[offset] = storedValue(this.dtype, indicesAndValue.at(-1), "value");
  }

  #offsetOf(indices: readonly unknown[], wanted: number): number {
    const { ndim } = this;
    if (indices.length !== wanted || indices.length > ndim) {
      const expected = wanted === ndim ? "an index for each axis" : "no more indices than axes";
      throw new InvalidArgumentError("indices", indices, `${expected}, of which there are ${ndim}`);
    }
    let { offset } = this;
    for (const [axis, index] of indices.entries()) {
      offset += checkIndex(`indices[${axis}]`, index, this.shape[axis]!, axis) * this.strides[axis]!;
    }
    return offset;
  }

  #checkWritable(): void {
    if (this.size > 0 && this.shape.some((length, axis) => length > 1 && this.strides[axis] === 0)) {
      throw new InvalidStateError(
        "this view repeats elements, and a change of one would be a change of others: write to a copy()",
      );
    }
  }

  /** The only element. @throws InvalidArgumentError where there are none or several. */
  item(): ScalarOf<T> {
    if (this.size !== 1) {
      throw new InvalidArgumentError(
        "this",
        shapeText(this.shape),
        "an array of one element; get() takes indices",
      );
    }
    return scalarOf(this.dtype, this.elements[this.offset]!);
  }

  /**
   * Makes all elements the same.
   *
   * @param value - integers take its whole part.
   * @throws InvalidArgumentError for a value that the type does not hold; InvalidStateError for a view that repeats
   *   elements.
   */
  fill(value: ScalarOf<T> | number): this {
    const stored = storedValue(this.dtype, value, "value");
    this.#checkWritable();
    if (this.isContiguous) this.typed.fill(stored);
    else {
      using one = NDArray.allocate(this.dtype, [], this.block.heap);
      one.typed[0] = stored;
      runSync(copySteps(one, this));
    }
    return this;
  }

  /**
   * Copies the elements of another array of the same type into this one: NumPy's `a[...] = source`.
   *
   * @param source - of a shape that broadcasts to this one's; axes of length 1 in front may be too many. It may be a view
   *   of the same memory.
   * @throws InvalidArgumentError for another type, and for a shape that does not broadcast to this one's;
   *   InvalidStateError for a view that repeats elements.
   */
  assign(source: NDArray<T>): this {
    if (!(source instanceof NDArray) || source.dtype !== this.dtype) {
      const value: unknown = source instanceof NDArray ? source.dtype : source;
      throw new InvalidArgumentError("source", value, `an NDArray of ${this.dtype}`);
    }
    const added = source.shape.length - this.shape.length;
    if (added > 0 && source.shape.slice(0, added).every((length) => length === 1))
      return this.assign(source.reshape(source.shape.slice(added)));
    broadcastStrides(source.shape, source.strides, this.shape);
    this.#checkWritable();
    // not by blocks: what arrives in two messages is the same memory in two of them
    const { heap, address } = this.block;
    if (source.block.heap !== heap) {
      using own = source.#copyTo(heap);
      runSync(copySteps(own, this));
    } else if (source.block.address === address) {
      using own = source.copy();
      runSync(copySteps(own, this));
    } else runSync(copySteps(source, this));
    return this;
  }

  /** The same elements in memory of their own, one after the other. It takes the thread until it is done. */
  copy(): NDArray<T> {
    void this.block.address;
    return this.#copyTo(currentHeap());
  }

  #copyTo(heap: Heap): NDArray<T> {
    const { heap: own } = this.block;
    const target = NDArray.allocate(this.dtype, this.shape, own);
    runSync(copySteps(this, target));
    if (heap === own) return target;
    // kernels see one heap only
    using there = target;
    const copy = NDArray.allocate(this.dtype, this.shape, heap);
    copy.typed.set(there.typed);
    return copy;
  }

  /**
   * A view with the axes in another order: reversed, if none is given.
   *
   * @param axes - all axes, in their new order.
   * @throws InvalidArgumentError for what is not all axes in some order.
   */
  transpose(axes?: readonly number[]): NDArray<T> {
    return this.#viewOf(transposedLayout(this, axes));
  }

  /** A view with the axes in reversed order. */
  get T(): NDArray<T> {
    return this.transpose();
  }

  /** A view with two axes in each other's place. @throws InvalidArgumentError for an axis that there is not. */
  swapaxes(axis1: number, axis2: number): NDArray<T> {
    return this.#viewOf(swappedLayout(this, axis1, axis2));
  }

  /**
   * A view with the order of elements reversed along axes.
   *
   * @param axis - one or several; all if it is left out.
   * @throws InvalidArgumentError for an axis that there is not.
   */
  flip(axis?: number | readonly number[]): NDArray<T> {
    return this.#viewOf(flippedLayout(this, axis));
  }

  /**
   * A view without axes of length 1.
   *
   * @param axis - one or several; all of length 1 if it is left out.
   * @throws InvalidArgumentError for an axis that there is not, or that has another length.
   */
  squeeze(axis?: number | readonly number[]): NDArray<T> {
    return this.#viewOf(squeezedLayout(this, axis));
  }

  /**
   * A view with more axes, of length 1.
   *
   * @param axis - the place of one or several of them in the new shape.
   * @throws InvalidArgumentError for a place that the new shape does not have.
   */
  expandDims(axis: number | readonly number[]): NDArray<T> {
    return this.#viewOf(expandedLayout(this, axis));
  }

  /**
   * A view of another shape that repeats elements, by NumPy's rules of broadcasting. It can't be written to.
   *
   * @throws InvalidArgumentError for a shape to which this one does not broadcast.
   */
  broadcastTo(shape: ShapeLike): NDArray<T> {
    const wanted = checkShape("shape", shape);
    const strides = broadcastStrides(this.shape, this.strides, wanted);
    return this.#viewOf({ shape: wanted, strides, offset: this.offset });
  }

  /**
   * The same elements, in the order of their indices, in another shape. It is a view where that can be, which it always
   * can of an array that is contiguous; else a copy. `base` tells: a copy has none.
   *
   * @param shape - of as many elements; one length may be -1, which stands for what is left.
   * @param options - `copy` asks for the one or the other.
   * @throws InvalidArgumentError for a shape of more or fewer elements; InvalidStateError where `copy` is false and a view
   *   can't be had.
   */
  reshape(shape: ShapeLike, options: ReshapeOptions = {}): NDArray<T> {
    checkOptionNames("options", options, ["copy"]);
    const copy = options.copy === undefined ? undefined : checkBoolean("copy", options.copy);
    const list = typeof shape === "number" ? [shape] : shape;
    const open = Array.isArray(list) ? list.indexOf(-1) : -1;
    const checked = checkShape("shape", open < 0 ? shape : (list as number[]).with(open, 1));
    const wanted = completedShape(open < 0 ? checked : checked.with(open, -1), this.size);
    const layout = copy === true ? undefined : reshapedLayout(this, wanted);
    if (layout) return this.#viewOf(layout);
    if (copy === false) {
      throw new InvalidStateError(
        `the elements of this view (shape ${shapeText(this.shape)}, strides ${shapeText(this.strides)}) can't be had as ${shapeText(wanted)} without a copy: leave out copy: false`,
      );
    }
    const own = this.copy();
    return new NDArray(own.block, this.dtype, wanted, contiguousStrides(wanted), 0);
  }

  /** All elements along one axis: a view where that can be, else a copy. */
  ravel(): NDArray<T> {
    return this.reshape(-1);
  }

  /** A copy of all elements along one axis. */
  flatten(): NDArray<T> {
    return this.reshape(-1, { copy: true });
  }

  /**
   * Whether the other array has the same shape and equal elements: NumPy's `array_equal`. Types may differ, NaN is
   * equal to nothing.
   *
   * @param options - `equalNaN`: two NaN count as equal.
   */
  equals(other: NDArray, options: { readonly equalNaN?: boolean | undefined } = {}): boolean {
    checkOptionNames("options", options, ["equalNaN"]);
    if (!(other instanceof NDArray)) throw new InvalidArgumentError("other", other, "an NDArray");
    const equalNaN = options.equalNaN !== undefined && checkBoolean("equalNaN", options.equalNaN);
    const parts = [this as NDArray, other].map((array) => (array.isContiguous ? array : array.copy()));
    try {
      const [one, two] = parts.map(({ typed }) => typed) as unknown as readonly [Float64Array, Float64Array];
      return sameShape(this.shape, other.shape) && sameElements(one, two, equalNaN);
    } finally {
      for (const [k, part] of parts.entries()) if (part !== (k === 0 ? this : other)) part.dispose();
    }
  }

  /** The elements in nested arrays, one level for each axis; the element itself if there are no axes. */
  toArray(): Nested<T> {
    const memory = this.elements;
    return nestedValues(this, (offset) => scalarOf(this.dtype, memory[offset]!)) as Nested<T>;
  }

  /** The parts along the first axis, as views. @throws InvalidArgumentError of an array without axes. */
  *[Symbol.iterator](): Generator<NDArray<T>, void, undefined> {
    normalizeAxis(0, this.ndim);
    for (let k = 0; k < this.shape[0]!; k++) yield this.at(k);
  }

  get #printed(): Printed {
    const memory = this.elements;
    const { dtype, shape, strides, offset, size } = this;
    return { dtype, shape, strides, offset, size, read: (at) => memory[at]! };
  }

  /** The elements as NumPy's `str` prints them: long arrays are summarised. */
  toString(): string {
    return this.disposed ? "[a disposed array]" : arrayText(this.#printed);
  }

  /** For `console.log`: as NumPy's `repr` prints it, `array([1, 2], dtype=int32)`. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    if (this.disposed) return `array(shape=${shapeText(this.shape)}, dtype=${this.dtype}, disposed)`;
    return arrayRepresentation(this.#printed);
  }

  /**
   * Gives the memory up at once, if this is not a view. What was had of it in this thread, views and `typed`, must not be
   * used; other threads and messages that have it keep it, and operations that are under way end first. A second call
   * does nothing.
   */
  dispose(): void {
    if (!this.base) this.block.dispose();
  }

  /** As `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

const reviver = "ungil.numeric.NDArray";

/** What travels of an array. */
interface ArrayReference {
  readonly block: BlockReference;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** What stands for an array in a message of one's own: post it as it is, each message anew. */
export interface NDArrayHandle<T extends DType = DType> {
  readonly dtype: T;
  readonly shape: readonly number[];
}

function referenceTo({ block, dtype, shape, strides, offset }: NDArray): ArrayReference {
  return { block: block.reference, dtype, shape: [...shape], strides: [...strides], offset };
}

function arrive({ block, dtype, shape, strides, offset }: ArrayReference): NDArray {
  return new NDArray(Block.arrive(block), dtype, shape, strides, offset);
}

/**
 * The array that a handle stands for, in a thread made with `node:worker_threads` that was sent it: the same memory.
 * @throws InvalidArgumentError for anything else.
 * @throws InvalidStateError where the memory was given back before the message arrived.
 * @example
 * // one side
 * worker.postMessage(array.handle);
 * // the other side
 * parentPort.once("message", (handle: NDArrayHandle<"float64">) => attach(handle).typed.fill(1));
 */
export function attach<T extends DType>(handle: NDArrayHandle<T>): NDArray<T> {
  const reference = handle as unknown as Partial<ArrayReference> | null | undefined;
  const { block } = reference ?? {};
  if (
    typeof block?.address !== "number" ||
    typeof block.heap?.id !== "number" ||
    !Array.isArray(reference?.shape) ||
    !Array.isArray(reference?.strides) ||
    !Object.hasOwn(dtypes, String(reference?.dtype))
  )
    throw new InvalidArgumentError("handle", handle, "the handle of an NDArray that has come in a message");
  return arrive(reference as ArrayReference) as NDArray<T>;
}

registerReviver(reviver, (data) => arrive(data as ArrayReference));
registerDiscard(reviver, (data) => Block.discard((data as ArrayReference).block));
