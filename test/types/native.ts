// What a user writes with native functions, and what the compiler says to it.
import { expectTypeOf } from "expect-type";
import { type Executor, type Future, ThreadPoolExecutor } from "ungil";
import {
  type Blas,
  decode,
  decodeString,
  findBlas,
  type Library,
  load,
  NativeExecutor,
  type NativeFunction,
  opaque,
  struct,
  type TypedMemory,
  type WithErrno,
} from "ungil/native";

const c: Library = load(null);

// ---- a prototype says what is given and what comes back ----
const pow = c.func("double pow(double x, double y)");
expectTypeOf(pow(1, 2)).toEqualTypeOf<number>();
expectTypeOf(pow.submit(1, 2)).toEqualTypeOf<Future<number>>();
// @ts-expect-error no number
pow("1", 2);
// @ts-expect-error one is missing
pow(1);
// @ts-expect-error one is too much, submitted too
pow.submit(1, 2, 3);

expectTypeOf(c.func("size_t strlen(const char *text)")("text")).toEqualTypeOf<number | bigint>();
expectTypeOf(c.func("char *getenv(const char *name)")("PATH")).toEqualTypeOf<string | null>();
expectTypeOf(c.func("void sync(void)")()).toEqualTypeOf<undefined>();
expectTypeOf(c.func("bool f(unsigned x, long int y)")(1, 2n)).toEqualTypeOf<boolean>();
expectTypeOf(c.func("long unsigned int f(void)")).toBeCallableWith();
expectTypeOf(c.func("void *malloc(size_t size)")(8)).toEqualTypeOf<bigint | null>();

// ---- memory has the type that C names ----
const ddot = c.func("double cblas_ddot(int n, const double *x, int incx, const double *y, int incy)");
const memory: TypedMemory<Float64Array> = { typed: new Float64Array(2), contiguous: true };
expectTypeOf(ddot(2, new Float64Array(2), 1, memory, 1)).toEqualTypeOf<number>();
ddot(2, [1, 2], 1, null, 1);
// @ts-expect-error another type
ddot(2, new Float32Array(2), 1, [1, 2], 1);
// @ts-expect-error a string is no double
ddot(2, "12", 1, [1, 2], 1);
// @ts-expect-error a number is no address
ddot(2, 4096, 1, [1, 2], 1);
const strcpy = c.func("char *strcpy(char *to, const char *from)");
strcpy(new Uint8Array(8), "from");
// @ts-expect-error there is no room in a string
strcpy("to", "from");
c.func("void *memset(void *memory, int byte, size_t size)")(new SharedArrayBuffer(8), 0, 8);

// ---- callbacks, and what only the program knows ----
const qsort = c.func(
  "void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))",
);
qsort(new Int32Array(2), 2, 4, (one: bigint, other: bigint) => decode(one, "int") - decode(other, "int"));
const cos = c.func<(x: number) => number>("double cos(double x)");
expectTypeOf(cos).toEqualTypeOf<NativeFunction<(x: number) => number>>();
// @ts-expect-error as it was said
cos("1");
declare const signature: string;
expectTypeOf(c.func(signature)(1, "2", null)).toEqualTypeOf<unknown>();

// ---- errno ----
const close = c.func("int close(int fd)", { errno: true });
expectTypeOf(close(1)).toEqualTypeOf<WithErrno<number>>();
expectTypeOf(close.submit(1)).toEqualTypeOf<Future<WithErrno<number>>>();
// @ts-expect-error no such option
c.func("int close(int fd)", { errnum: true });

// ---- structs ----
const Point = struct("Point", { x: "double", name: "const char *", id: "int64_t", text: "char[8]" });
const Line = struct("Line", { from: Point, width: "int" });
expectTypeOf(decode(1n, Point)).toEqualTypeOf<{
  x: number;
  name: string | bigint | null;
  id: number | bigint;
  text: string;
}>();
expectTypeOf(decode(1n, Line).from.x).toEqualTypeOf<number>();
expectTypeOf(decode(1n, "double", 3)).toEqualTypeOf<number[]>();
expectTypeOf(decodeString(1n, 3)).toEqualTypeOf<string>();
Point.offsetOf("x");
// @ts-expect-error no such member
Point.offsetOf("y");
opaque("FILE");

// ---- executors ----
const executor: Executor = new NativeExecutor({ maxWorkers: 2 });
expectTypeOf(executor.submit(pow, 1, 2)).toEqualTypeOf<Future<number>>();
expectTypeOf(await executor.map(cos, [1, 2])).toEqualTypeOf<number[]>();
expectTypeOf(new ThreadPoolExecutor().submit(pow, 1, 2)).toEqualTypeOf<Future<number>>();
// @ts-expect-error no number
executor.submit(pow, "1", 2);

// ---- BLAS ----
const blas = findBlas();
expectTypeOf(blas).toEqualTypeOf<Blas | undefined>();
const [a, b, into] = [new Float64Array(4), new Float64Array(4), new Float64Array(4)];
blas?.dgemm({ m: 2, n: 2, k: 2, a, b, c: into, alpha: 2, transA: true });
expectTypeOf(blas?.dgemm.submit({ m: 2, n: 2, k: 2, a, b, c: into })).toEqualTypeOf<
  Future<void> | undefined
>();
// @ts-expect-error floats are for sgemm
blas?.dgemm({ m: 2, n: 2, k: 2, a: new Float32Array(4), b, c: into });
blas?.lapack?.dgesv([2], [1], a, [2], new Int32Array(2), b, [2], [0]);
