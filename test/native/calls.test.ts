import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decode, decodeString, load, opaque, struct } from "ungil/native";
import { skip } from "./support/native.js";

const c = skip ? undefined! : load(null);

test("a function of libm is called with numbers and gives a number", { skip }, () => {
  const pow = load("m").func("double pow(double x, double y)");
  assert.equal(pow(2, 10), 1024);
  assert.equal(load("m").func("float sqrtf(float x)")(2.25), 1.5);
  assert.deepEqual([pow.name, pow.length], ["pow", 2]);
});

test("a library is found by a linker's name, by a file name, by a path, and is loaded once", { skip }, () => {
  assert.equal(load("m"), load("m"));
  const { path } = load("m");
  for (const library of [load("m"), load(path), load(null)]) assert.ok(library.has("cos"), library.path);
  assert.equal(load(null).path, "(program)");
  assert.ok(!load("m").has("no_such_function"));
  assert.equal(typeof load("m").symbol("cos"), "bigint");
});

test("whole numbers come back exactly, those beyond 2^53 as bigints", { skip }, () => {
  const labs = c.func("long long llabs(long long x)");
  assert.equal(labs(-5), 5);
  assert.equal(labs(-(2n ** 60n)), 2n ** 60n);
  assert.equal(labs(-(2 ** 53 - 1)), 2 ** 53 - 1);
  assert.equal(c.func<(x: bigint) => number>("int abs(int x)")(-5n), 5);
});

test("strings are passed in UTF-8 and come back as strings; NULL is null", { skip }, () => {
  assert.equal(c.func("size_t strlen(const char *text)")("häh🦀"), 8);
  const getenv = c.func("char *getenv(const char *name)");
  assert.equal(getenv("PATH"), process.env["PATH"]);
  assert.equal(getenv("UNGIL_NO_SUCH_VARIABLE"), null);
});

test("a typed array is used in place, whatever memory it is in", { skip }, () => {
  const memset = c.func("void *memset(void *memory, int byte, size_t size)");
  const memories = [
    new Uint8Array(24),
    new Uint8Array(new SharedArrayBuffer(24)),
    new Uint8Array(wasmMemory(), 16, 24),
    Buffer.alloc(24),
    new Uint8Array(new ArrayBuffer(64), 8, 24),
  ];
  for (const bytes of memories) {
    const inner = bytes.subarray(8, 16);
    assert.equal(typeof memset(inner, 7, inner.length), "bigint");
    assert.deepEqual([...bytes], [...Array(8).fill(0), ...Array(8).fill(7), ...Array(8).fill(0)]);
  }
  const buffer = new SharedArrayBuffer(4);
  memset(buffer, 1, 4);
  assert.deepEqual([...new Uint8Array(buffer)], [1, 1, 1, 1]);
  const view = new DataView(new ArrayBuffer(4), 1, 2);
  memset(view, 1, 2);
  assert.deepEqual([...new Uint8Array(view.buffer)], [0, 1, 1, 0]);
});

/** Memory that functions of WebAssembly share with threads. */
function wasmMemory(): SharedArrayBuffer {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Memory: new (of: object) => { readonly buffer: SharedArrayBuffer } };
  };
  return new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }).buffer;
}

test("an array of the program's own is used in place by its `typed`", { skip }, () => {
  const typed = new Float64Array(1);
  assert.equal(load("m").func("double modf(double x, double *whole)")(3.25, { typed }), 0.25);
  assert.equal(typed[0], 3);
});

test("what C writes through a pointer comes back in a list", { skip }, () => {
  const whole = [0];
  assert.equal(load("m").func("double modf(double x, double *whole)")(-3.5, whole), -0.5);
  assert.deepEqual(whole, [-3]);
  const exponent = [0];
  assert.equal(load("m").func("double frexp(double x, int *exponent)")(8, exponent), 0.5);
  assert.deepEqual(exponent, [4]);
  const end: (bigint | null)[] = [null];
  assert.equal(c.func("long strtol(const char *text, char **end, int base)")("42x", end, 10), 42);
  assert.equal(typeof end[0], "bigint");
  const times = [86_400n as number | bigint];
  const copy = [0 as number | bigint, 0];
  c.func("void *memcpy(int64_t *to, const int64_t *from, size_t size)")(copy, times, 8);
  assert.deepEqual(copy, [86_400, 0]);
});

const Tm = {
  tm_sec: "int",
  tm_min: "int",
  tm_hour: "int",
  tm_mday: "int",
  tm_mon: "int",
  tm_year: "int",
  tm_wday: "int",
  tm_yday: "int",
  tm_isdst: "int",
  tm_gmtoff: "long",
  tm_zone: "const char *",
} as const;

test("a struct is written where C may write, and is passed and returned by value", { skip }, () => {
  struct("tm", Tm);
  const date: Record<string, unknown> = {};
  c.func("struct tm *gmtime_r(const int64_t *time, _Out_ struct tm *result)")([86_400], date);
  assert.deepEqual([date["tm_mday"], date["tm_mon"], date["tm_year"]], [2, 0, 70]);
  date["tm_mday"] = 40;
  assert.equal(c.func("long timegm(tm *date)")(date), 39 * 86_400);
  assert.deepEqual([date["tm_mday"], date["tm_mon"]], [9, 1]);

  const Division = struct("div_t", { quot: "int", rem: "int" });
  assert.deepEqual([Division.size, Division.offsetOf("rem"), Division.alignment], [8, 4, 4]);
  assert.deepEqual(c.func("div_t div(int a, int b)")(7, 2), { quot: 3, rem: 1 });
});

test("a const struct is left as it is", { skip }, () => {
  struct("tm", Tm);
  const date = { ...blankDate(), tm_mday: 40 };
  c.func("long timegm(const tm *date)")(date);
  assert.equal(date.tm_mday, 40);
});

const blankDate = (): Record<keyof typeof Tm, unknown> & { tm_mday: number } => ({
  tm_sec: 0,
  tm_min: 0,
  tm_hour: 0,
  tm_mday: 1,
  tm_mon: 0,
  tm_year: 70,
  tm_wday: 0,
  tm_yday: 0,
  tm_isdst: 0,
  tm_gmtoff: 0,
  tm_zone: null,
});

test("any struct arrives in C, and comes back, as it was", { skip }, () => {
  const Inner = struct("UngilInner", { x: "double", bytes: "uint8_t[3]" });
  struct("UngilAll", {
    small: "int8_t",
    flag: "bool",
    single: "float",
    inner: Inner,
    word: "uint16_t",
    wide: "int64_t",
    huge: "uint64_t",
    name: "char[8]",
    last: "unsigned int",
  });
  const copy = c.func("void *memcpy(_Out_ UngilAll *to, const UngilAll *from, size_t size)");
  const size = struct("UngilAll", {
    small: "int8_t",
    flag: "bool",
    single: "float",
    inner: Inner,
    word: "uint16_t",
    wide: "int64_t",
    huge: "uint64_t",
    name: "char[8]",
    last: "unsigned int",
  }).size;
  const plain = (value: bigint): number | bigint =>
    Number.isSafeInteger(Number(value)) ? Number(value) : value;
  const any = fc.record({
    small: fc.integer({ min: -128, max: 127 }),
    flag: fc.boolean(),
    single: fc.float({ noNaN: true }),
    inner: fc.record({ x: fc.double({ noNaN: true }), bytes: fc.uint8Array({ minLength: 3, maxLength: 3 }) }),
    word: fc.integer({ min: 0, max: 65_535 }),
    wide: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(plain),
    huge: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(plain),
    name: fc.string({ maxLength: 7 }).filter((text) => Buffer.byteLength(text) < 8 && !text.includes("\0")),
    last: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  });
  fc.assert(
    fc.property(any, (given) => {
      const back: Record<string, unknown> = {};
      copy(back, given, size);
      assert.deepEqual(plainly(back), plainly(given));
    }),
  );
});

/** Without prototypes and typed arrays; 0 for -0, which a float keeps and no integer has. */
const plainly = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, each: unknown) =>
      typeof each === "bigint" ? `${each}n` : ArrayBuffer.isView(each) ? [...(each as Uint8Array)] : each,
    ),
  );

test("many structs are read and written in one list", { skip }, () => {
  struct("UngilPoint", { x: "double", y: "double" });
  const to = [
    { x: 0, y: 0 },
    { x: 0, y: 0 },
  ];
  const [first] = to;
  c.func("void *memcpy(UngilPoint *to, const UngilPoint *from, size_t size)")(
    to,
    [
      { x: 1, y: 2 },
      { x: 3, y: 4 },
    ],
    32,
  );
  assert.deepEqual(to, [
    { x: 1, y: 2 },
    { x: 3, y: 4 },
  ]);
  assert.equal(to[0], first);
});

test("C calls a function back, which reads what it is pointed to", { skip }, () => {
  const qsort = c.func(
    "void qsort(void *base, size_t count, size_t size, int (*compare)(const void *one, const void *other))",
  );
  const numbers = new Int32Array([5, 3, 9, 1]);
  qsort(numbers, 4, 4, (one: bigint, other: bigint) => decode(one, "int") - decode(other, "int"));
  assert.deepEqual([...numbers], [1, 3, 5, 9]);
});

test("what a callback throws is thrown by the call, and nothing is called back after it", { skip }, () => {
  const qsort = c.func("void qsort(void *, size_t, size_t, int (*compare)(const void *, const void *))");
  let calls = 0;
  const failing = (): number => {
    calls++;
    throw new RangeError("not comparable");
  };
  assert.throws(() => qsort(new Int32Array([3, 2, 1]), 3, 4, failing), new RangeError("not comparable"));
  assert.equal(calls, 1);
  assert.throws(
    () => qsort(new Int32Array([2, 1]), 2, 4, () => "less"),
    /the result of compare \(argument 4 of qsort\) must be a whole number/,
  );
});

test("memory that C points to is read by its type", { skip }, () => {
  const getenv = c.func<(name: string) => bigint>("void *getenv(const char *name)");
  assert.equal(decodeString(getenv("PATH")), process.env["PATH"]);
  assert.equal(decodeString(getenv("PATH"), 3), process.env["PATH"]?.slice(0, 3));
  assert.deepEqual(
    [...decode(getenv("PATH"), "uint8_t", 3)],
    [...Buffer.from(process.env["PATH"]!.slice(0, 3))],
  );
});

test("an opaque type is passed on by its address", { skip }, () => {
  opaque("FILE");
  const tmpfile = c.func("FILE *tmpfile(void)");
  const file = tmpfile() as bigint;
  assert.equal(typeof file, "bigint");
  assert.equal(c.func("int fclose(FILE *file)")(file), 0);
});

test("errno comes with the result of the very call, here or submitted", { skip }, async () => {
  const close = c.func("int close(int fd)", { errno: true });
  const abs = c.func("int abs(int x)", { errno: true });
  assert.deepEqual(
    [close(-1), abs(-1)],
    [
      { result: -1, errno: 9 },
      { result: 1, errno: 0 },
    ],
  );
  const calls = Array.from({ length: 20 }, () => close.submit(-1));
  abs(-1);
  for (const outcome of await Promise.all(calls)) assert.deepEqual(outcome, { result: -1, errno: 9 });
});
