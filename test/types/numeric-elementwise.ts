/** What the compiler knows of operations on elements: the type of the result. */
import { expectTypeOf } from "expect-type";
import {
  add,
  addSync,
  astypeSync,
  compile,
  divideSync,
  lessSync,
  type NDArray,
  sqrtSync,
  whereSync,
  zeros,
} from "ungil/numeric";

const long = zeros(3);
const short = zeros(3, { dtype: "float32" });
const bytes = zeros(3, { dtype: "uint8" });
const words = zeros(3, { dtype: "int32" });

expectTypeOf(addSync(short, bytes)).toEqualTypeOf<NDArray<"float32">>();
expectTypeOf(addSync(short, words)).toEqualTypeOf<NDArray<"float64">>();
expectTypeOf(add(long, 1)).toEqualTypeOf<Promise<NDArray<"float64">>>();
// what a number makes of integers depends on the number
expectTypeOf(addSync(bytes, 1)).toEqualTypeOf<NDArray>();
expectTypeOf(divideSync(bytes, words)).toEqualTypeOf<NDArray<"float64">>();
expectTypeOf(sqrtSync(bytes)).toEqualTypeOf<NDArray<"float32">>();
expectTypeOf(sqrtSync(words)).toEqualTypeOf<NDArray<"float64">>();
expectTypeOf(lessSync(1, short)).toEqualTypeOf<NDArray<"bool">>();
expectTypeOf(addSync(bytes, 1, { out: short })).toEqualTypeOf<NDArray<"float32">>();
expectTypeOf(astypeSync(long, "int8")).toEqualTypeOf<NDArray<"int8">>();
expectTypeOf(whereSync(lessSync(long, 1), short, words)).toEqualTypeOf<NDArray<"float64">>();

const distance = compile((x, y) => Math.sqrt(x * x + y * y));
expectTypeOf(distance.sync(long, 1)).toEqualTypeOf<NDArray<"float64"> | NDArray<"float32">>();
expectTypeOf(compile((x) => x > 1)(long)).toEqualTypeOf<Promise<NDArray<"bool">>>();
expectTypeOf(distance.sync(long, long, { out: short })).toEqualTypeOf<NDArray<"float32">>();

// @ts-expect-error: an array is missing
void distance.sync(long);
// @ts-expect-error: a list is no array
void addSync([1, 2], long);
// @ts-expect-error: not a type of elements
void astypeSync(long, "int64");
// @ts-expect-error: not an option
void addSync(long, 1, { into: long });
