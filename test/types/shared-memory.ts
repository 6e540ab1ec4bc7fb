// What a user writes with shared memory, and what the compiler says to it.
import { expectTypeOf } from "expect-type";
import { ProcessPoolExecutor } from "ungil";
import { ShareableList, type ShareableValue, SharedMemory, SharedMemoryManager } from "ungil/multiprocessing";

using block = new SharedMemory({ create: true, size: 100, name: "name", track: false });
using other = new SharedMemory({ name: block.name });
expectTypeOf(other.buffer).toEqualTypeOf<ArrayBuffer>();
expectTypeOf(other.size).toEqualTypeOf<number>();

export const blocks: (() => SharedMemory)[] = [
  () => new SharedMemory({ name: "name", size: 5, create: false, track: true }),
  // @ts-expect-error a new block has a size
  () => new SharedMemory({ create: true }),
  // @ts-expect-error one that is there has a name
  () => new SharedMemory({}),
  // @ts-expect-error there is no such option
  () => new SharedMemory({ create: true, size: 1, nmae: "x" }),
];

// ---- arrays ----
expectTypeOf(block.array(Float64Array)).toExtend<Float64Array>();
expectTypeOf(block.array(Float64Array)[0]).toEqualTypeOf<number | undefined>();
expectTypeOf(block.array(BigInt64Array, { byteOffset: 8, length: 1 })).toExtend<BigInt64Array>();
expectTypeOf(Atomics.add(block.array(Int32Array), 0, 1)).toEqualTypeOf<number>();
// @ts-expect-error no class of typed arrays
block.array(Map);
// @ts-expect-error no such option
block.array(Int8Array, { offset: 1 });

// ---- it travels as itself ----
const pool = new ProcessPoolExecutor();
const back = await pool.submit((shared: SharedMemory) => shared, block);
expectTypeOf(back).toEqualTypeOf<SharedMemory>();

// ---- lists ----
using list = new ShareableList([1, 2n, "text", true, null, new Uint8Array(3)], { name: "list" });
export const lists: (() => ShareableList)[] = [
  () => new ShareableList({ name: "list", track: true }),
  () => new ShareableList(new Set([1, 2])),
  // @ts-expect-error no slot holds it
  () => new ShareableList([{}]),
];
expectTypeOf(list.get(0)).toEqualTypeOf<ShareableValue>();
expectTypeOf([...list]).toEqualTypeOf<ShareableValue[]>();
// @ts-expect-error no slot holds it
list.set(0, undefined);

using manager = new SharedMemoryManager().start();
expectTypeOf(manager.SharedMemory(8)).toEqualTypeOf<SharedMemory>();
expectTypeOf(manager.ShareableList([1])).toEqualTypeOf<ShareableList>();
