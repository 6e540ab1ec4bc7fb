// What a user writes with arrays, and what the compiler says to it.
import * as arrow from "apache-arrow";
import { expectTypeOf } from "expect-type";
import ndarray from "ndarray";
import * as np from "numpy-ts";
import {
  arange,
  concatenate,
  type DType,
  eye,
  from,
  fromArrow,
  fromNdarray,
  fromNumpyTs,
  full,
  fullLike,
  linspace,
  load,
  loadNpz,
  loadSync,
  meshgrid,
  type NDArray,
  type ScalarOf,
  savez,
  stack,
  toNdarray,
  uniqueSync,
  zeros,
  zerosLike,
} from "ungil/numeric";

// ---- types of elements ----
const a = zeros([2, 3]);
expectTypeOf(a).toEqualTypeOf<NDArray<"float64">>();
const bytes = zeros(4, { dtype: "uint8" });
expectTypeOf(bytes).toEqualTypeOf<NDArray<"uint8">>();
expectTypeOf(bytes.typed).toExtend<Uint8Array>();
expectTypeOf(a.typed).toExtend<Float64Array>();
const mask = full([2, 2], true);
expectTypeOf(mask).toEqualTypeOf<NDArray<"bool">>();
expectTypeOf(full(3, 1.5)).toEqualTypeOf<NDArray<"float64">>();
expectTypeOf(full(3, 1, { dtype: "int8" })).toEqualTypeOf<NDArray<"int8">>();
expectTypeOf(zerosLike(bytes)).toEqualTypeOf<NDArray<"uint8">>();
expectTypeOf(zerosLike(bytes, { dtype: "bool" })).toEqualTypeOf<NDArray<"bool">>();
expectTypeOf(fullLike(mask, false)).toEqualTypeOf<NDArray<"bool">>();
expectTypeOf(arange(3)).toEqualTypeOf<NDArray<"float64">>();
expectTypeOf(arange(1, 9, 2, { dtype: "int32" })).toEqualTypeOf<NDArray<"int32">>();
expectTypeOf(linspace(0, 1, 5, { endpoint: false, dtype: "float32" })).toEqualTypeOf<NDArray<"float32">>();
expectTypeOf(eye(3, { k: 1, dtype: "int16" })).toEqualTypeOf<NDArray<"int16">>();
expectTypeOf(from(new Int16Array(2))).toEqualTypeOf<NDArray<"int16">>();
expectTypeOf(from(Buffer.alloc(2))).toEqualTypeOf<NDArray<"uint8">>();
expectTypeOf(from([[1, 2], new Float32Array(2)])).toEqualTypeOf<NDArray>();
expectTypeOf(from([1, 2])).toEqualTypeOf<NDArray<"float64">>();
expectTypeOf(from([[[1], [2]]] as const)).toEqualTypeOf<NDArray<"float64">>();
expectTypeOf(from(5)).toEqualTypeOf<NDArray<"float64">>();
expectTypeOf(from([1, true])).toEqualTypeOf<NDArray>();
expectTypeOf(from([] as number[] | Float32Array)).toEqualTypeOf<NDArray>();
expectTypeOf(from([1, 2], { dtype: "float32" })).toEqualTypeOf<NDArray<"float32">>();
expectTypeOf(from(mask)).toEqualTypeOf<NDArray<"bool">>();
expectTypeOf(concatenate([bytes, bytes])).toEqualTypeOf<NDArray<"uint8">>();
expectTypeOf(stack([a, bytes] as NDArray[], { axis: 1, dtype: "float32" })).toEqualTypeOf<
  NDArray<"float32">
>();
expectTypeOf(meshgrid([a])).toEqualTypeOf<NDArray<"float64">[]>();
// @ts-expect-error there is no such type
zeros(3, { dtype: "int64" });
// @ts-expect-error nor such an option
zeros(3, { type: "int8" });
// @ts-expect-error a shape is of numbers
zeros(["3"]);

// ---- elements ----
expectTypeOf(a.get(0, 1)).toEqualTypeOf<number>();
expectTypeOf(mask.get(0, 1)).toEqualTypeOf<boolean>();
expectTypeOf(mask.item()).toEqualTypeOf<boolean>();
expectTypeOf<ScalarOf<DType>>().toEqualTypeOf<number | boolean>();
a.set(0, 1, 5);
mask.set(0, 1, true);
// @ts-expect-error numbers have no booleans
a.set(0, 1, true);
// @ts-expect-error indices are numbers
a.get("0");
// @ts-expect-error a shape is not changed
a.shape.push(1);
// @ts-expect-error nor replaced
a.dtype = "int8";

// ---- views ----
expectTypeOf(bytes.slice([0, 2], null, "::-1", "...", 3)).toEqualTypeOf<NDArray<"uint8">>();
expectTypeOf(bytes.T.reshape(-1, { copy: false }).at(0)).toEqualTypeOf<NDArray<"uint8">>();
expectTypeOf([...mask]).toEqualTypeOf<NDArray<"bool">[]>();
expectTypeOf(bytes.assign(bytes)).toEqualTypeOf<NDArray<"uint8">>();
// @ts-expect-error another type
bytes.assign(mask);
// @ts-expect-error a range has three numbers at most
bytes.slice([0, 1, 2, 3]);
export const anything: readonly NDArray[] = [a, bytes, mask];
{
  using temporary = zeros(3);
  expectTypeOf(temporary.disposed).toEqualTypeOf<boolean>();
}

// ---- files ----
expectTypeOf(await load("a.npy")).toEqualTypeOf<NDArray>();
expectTypeOf(await load(new URL("file:///a.npy"), { dtype: "int32" })).toEqualTypeOf<NDArray<"int32">>();
expectTypeOf(loadSync(new Uint8Array(), { dtype: "bool" })).toEqualTypeOf<NDArray<"bool">>();
expectTypeOf(await loadNpz("a.npz")).toEqualTypeOf<Record<string, NDArray>>();
await savez("a.npz", { a, mask });
await savez("a.npz", [a, mask]);
// @ts-expect-error no array
await savez("a.npz", { a: [1, 2] });

// ---- other packages ----
expectTypeOf(toNdarray(bytes, ndarray).data).toExtend<Uint8Array>();
expectTypeOf(fromNdarray(ndarray(new Float32Array(4), [2, 2]))).toEqualTypeOf<NDArray<"float32">>();
expectTypeOf(fromNumpyTs(np.array([1, 2]))).toEqualTypeOf<NDArray>();
expectTypeOf(fromArrow(arrow.makeVector(a.typed))).toEqualTypeOf<NDArray>();
expectTypeOf(fromArrow(arrow.tableFromArrays({ x: [1] }).getChild("x"))).toEqualTypeOf<NDArray>();

const asked = {} as { readonly counts?: boolean };
expectTypeOf(uniqueSync(zeros([2]), asked).counts).toEqualTypeOf<NDArray<"int32"> | undefined>();
expectTypeOf(uniqueSync(zeros([2]), { counts: true }).counts).toEqualTypeOf<NDArray<"int32">>();
expectTypeOf(uniqueSync(zeros([2]), { counts: false }).counts).toEqualTypeOf<undefined>();
expectTypeOf(uniqueSync(zeros([2]), { counts: true }).index).toEqualTypeOf<undefined>();
