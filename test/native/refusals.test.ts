import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InvalidArgumentError, LibraryLoadError, SymbolNotFoundError } from "ungil";
import { decode, load, struct } from "ungil/native";
import { skip } from "./support/native.js";

const c = skip ? undefined! : load(null);

/** Any function, as a program without types calls it. */
type Untyped = ((...args: unknown[]) => unknown) & { submit(...args: unknown[]): unknown };

function refused(call: () => unknown, message: RegExp): void {
  assert.throws(call, (error: Error) => {
    assert.ok(error instanceof InvalidArgumentError, String(error));
    assert.match(error.message, message);
    return true;
  });
}

const abs = skip ? undefined! : (c.func("int abs(int x)") as unknown as Untyped);
const strlen = skip ? undefined! : (c.func("size_t strlen(const char *text)") as unknown as Untyped);
const modf = skip
  ? undefined!
  : (load("m").func("double modf(double x, double *whole)") as unknown as Untyped);

test("a signature that is none is refused with the place of its fault", { skip }, () => {
  const signatures: [unknown, RegExp][] = [
    [5, /signature must be a string/],
    ["", /expected a type \(the end\)/],
    ["dobule cos(double x)", /there is no type dobule; did you mean double\? \(column 1, at dobule\)/],
    ["double cos(double x", /expected \) behind the parameters \(the end\)/],
    ["double cos(double x) double", /unexpected text behind the prototype \(column 22, at double\)/],
    ["double", /expected the function's name/],
    ["double cos(void x)", /void can't be a parameter/],
    ["int f(uint32 x)", /did you mean uint32_t\?/],
    ["int f(Unknown x)", /describe it before with struct\("Unknown", \{ … \}\)/],
    ["int printf(const char *format, ...)", /functions with any number of arguments/],
    ["int f(short long x)", /there is no type short long/],
    ["double f(long double)", /there is no type long double \(column 15, at double\)/],
    ["long double cosl(long double x)", /there is no type long double/],
    ["double f(double long x)", /there is no type double long/],
    ["double f(unsigned float)", /there is no type unsigned float/],
    ["int f(_Out_ int x)", /only a pointer can be _Out_/],
    ["int f(int x) # comment", /unexpected # at column 14/],
    [`int f(${Array(64).fill("int").join(", ")})`, /a function with more than 63 parameters/],
    ["union u f(void)", /union is not supported/],
    ["int f(int (*callback)(struct s))", /only a pointer to it/],
  ];
  for (const [signature, message] of signatures) refused(() => c.func(signature as string), message);
});

test("C's ways to write a type are all understood", { skip }, () => {
  for (const signature of [
    "int abs(int)",
    "extern int abs ( signed int x );",
    "long unsigned int strlen(char const *const restrict text)",
    "void *memcpy(void *restrict to, const void *restrict from, size_t n)",
    "double modf(double x, double whole[1])",
    "unsigned long long strtoull(const char *, char **, int)",
    "struct unknown *localtime(const long *time)",
    "void qsort(void *base, size_t n, size_t size, int (*)(const void *, const void *))",
    "int getpid()",
    "int getpid(void)",
  ])
    assert.equal(typeof c.func(signature), "function", signature);
});

test("any prototype of scalars and pointers is understood, however it is spaced", { skip }, () => {
  const space = fc.constantFrom(" ", "  ", "\n", "\t");
  const gap = fc.constantFrom("", " ", "\n  ");
  const base = fc.constantFrom(
    "int",
    "unsigned long",
    "double",
    "float",
    "size_t",
    "uint8_t",
    "const char",
    "bool",
  );
  const type = fc
    .tuple(base, space, gap, fc.integer({ min: 0, max: 3 }))
    .map(([name, first, between, stars]) => name.replace(" ", first) + between + `*${between}`.repeat(stars));
  const parameter = fc
    .tuple(type, space, fc.option(fc.stringMatching(/^[a-z]{3}_[a-z0-9_]{0,6}$/), { nil: "" }))
    .map(([text, between, name]) => `${text}${between}${name}`);
  fc.assert(
    fc.property(
      type,
      space,
      gap,
      fc.array(parameter, { maxLength: 12 }),
      (result, between, pad, parameters) => {
        const fn = c.func(
          `${result}${between}abs${pad}(${pad}${parameters.join(`${pad},${pad}`)}${pad})${pad};`,
        );
        assert.equal(fn.length, parameters.length);
      },
    ),
  );
});

test("a library that is not there tells all that was tried", { skip }, () => {
  assert.throws(
    () => load("ungil-no-such-library"),
    (error: Error) => {
      assert.ok(error instanceof LibraryLoadError, String(error));
      assert.equal(error.code, "ERR_UNGIL_LIBRARY_LOAD");
      assert.equal(error.library, "ungil-no-such-library");
      assert.ok(error.tried.length > 0);
      for (const { file, reason } of error.tried) assert.ok(error.message.includes(`${file}: ${reason}`));
      return true;
    },
  );
  assert.throws(() => load("/no/such/lib.so"), /cannot load the library "\/no\/such\/lib\.so"/);
  assert.throws(() => load(process.execPath.replace(/[^/]*$/, "no.so")), LibraryLoadError);
  for (const name of ["", 5, undefined, "a\0b"])
    refused(() => load(name as string), /^library must be a name/);
});

test("a function that the library does not have is named, with the library", { skip }, () => {
  assert.throws(
    () => load("m").func("int no_such_function(int x)"),
    (error: Error) => {
      assert.ok(error instanceof SymbolNotFoundError, String(error));
      assert.deepEqual(
        [error.code, error.symbol, error.library],
        ["ERR_UNGIL_SYMBOL_NOT_FOUND", "no_such_function", load("m").path],
      );
      return true;
    },
  );
  assert.throws(() => load("m").symbol("no_such_variable"), SymbolNotFoundError);
});

test("a wrong number of arguments is refused, here and submitted", { skip }, () => {
  refused(() => abs(), /the arguments of abs must be 1 \(int x\), got an array of 0/);
  refused(() => abs(1, 2), /must be 1/);
  refused(() => abs.submit(), /must be 1/);
  refused(
    () => (c.func("int getpid(void)") as unknown as Untyped)(1),
    /the arguments of getpid must be none/,
  );
});

test("a number that is no value of the type is refused", { skip }, () => {
  for (const value of [
    2 ** 31,
    -(2 ** 31) - 1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "1",
    null,
    undefined,
    true,
  ])
    refused(
      () => abs(value),
      /x \(argument 1 of abs\) must be a whole number from -2147483648 to 2147483647 \(int\)/,
    );
  const wide = c.func("long long llabs(long long x)") as unknown as Untyped;
  for (const value of [2 ** 53, 2n ** 63n, -(2n ** 63n) - 1n])
    refused(() => wide(value), /beyond 2\^53 a bigint/);
  const bytes = c.func("void *memset(void *p, unsigned char byte, size_t n)") as unknown as Untyped;
  for (const value of [-1, 256]) refused(() => bytes(new Uint8Array(1), value, 1), /from 0 to 255/);
  refused(() => bytes(new Uint8Array(1), 0, -1), /n \(argument 3 of memset\) must be a whole number from 0/);
  const cos = load("m").func("double cos(double x)") as unknown as Untyped;
  for (const value of ["1", 1n, undefined]) refused(() => cos(value), /must be a number \(double\)/);
});

test("memory whose elements are of another type is refused", { skip }, () => {
  refused(
    () => modf(1, new Float32Array(1)),
    /whole \(argument 2 of modf\) must be a Float64Array, a list, an address or null \(double \*\), got an object of class Float32Array/,
  );
  refused(() => modf(1, { typed: new Float32Array(1) }), /must be a Float64Array/);
  refused(() => modf(1, { typed: new Float64Array(1), contiguous: false }), /give a copy of this view/);
  refused(() => modf(1, new ArrayBuffer(8)), /make a view of the buffer/);
  refused(() => modf(1, ["1"]), /whole \(argument 2 of modf\)\[0\] must be a number/);
  refused(() => modf(1, Object.freeze([1])), /a list that can be changed/);
  refused(() => strlen(new Float64Array(1)), /an array of bytes/);
});

test("a string where a pointer is due, and a number for an address, are refused with the remedy", {
  skip,
}, () => {
  refused(
    () => modf(1, "x"),
    /text is given to a const char \* parameter, or as bytes with a zero at the end/,
  );
  refused(() => modf(1, 4096), /a pointer is given as bigint, NULL as null/);
  refused(() => modf(1, undefined), /NULL is null/);
  refused(() => modf(1, 2n ** 64n), /must be a Float64Array/);
  const strcpy = c.func("char *strcpy(char *to, const char *from)") as unknown as Untyped;
  refused(() => strcpy("room", "text"), /give a Uint8Array with room, or declare it const char \*/);
  refused(() => strlen("a\0b"), /a string without the character of code 0/);
  refused(() => strlen(5), /a string, an array of bytes/);
});

test("memory that was transferred is refused instead of read", { skip }, () => {
  const moved = new Float64Array(8);
  structuredClone(moved.buffer, { transfer: [moved.buffer] });
  refused(() => modf(1, moved), /the buffer of this Float64Array was transferred/);
  // of empty memory that is still there nothing is read
  c.func("void *memset(void *p, int b, size_t n)")(new Uint8Array(0), 0, 0);
});

test("memory without an element is no address: what C would write there is refused", { skip }, async () => {
  refused(
    () => modf(1.5, []),
    /whole \(argument 2 of modf\) must be a list with an element for each that C may write/,
  );
  const text = /whole \(argument 2 of modf\) must be memory with room for what C has written there/;
  refused(() => modf(1.5, new Float64Array(0)), text);
  await assert.rejects(modf.submit(1.5, new Float64Array(0)) as Promise<unknown>, text);
  const memset = c.func("void *memset(void *p, int b, size_t n)") as unknown as Untyped;
  refused(() => memset(new Uint8Array(0), 7, 5), /with room for what C has written/);
  refused(() => memset(new ArrayBuffer(0), 7, 5), /with room for what C has written/);
  struct("UngilTime", { year: "int", month: "int" });
  const gmtime = c.func("struct UngilTime *gmtime_r(const int64_t *clock, struct UngilTime *into)");
  refused(() => (gmtime as unknown as Untyped)([0], []), /a list with an element for each/);
  refused(() => (gmtime as unknown as Untyped)([0], new Uint8Array(0)), /a Uint8Array of at least/);
});

test("memory without an element is taken where C does not look, and holds zeros where it reads", {
  skip,
}, () => {
  const compare = c.func("int memcmp(const void *one, const void *other, size_t n)") as unknown as Untyped;
  assert.equal(compare(new Uint8Array(0), new Float64Array(0), 0), 0);
  assert.equal(strlen(new Uint8Array(0)), 0);
  assert.equal(strlen([]), 0);
  const sort = c.func(
    "void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))",
  ) as unknown as Untyped;
  sort(new Float64Array(0), 0, 8, () => 0);
});

test("a struct is checked member by member", { skip }, () => {
  const Named = struct("UngilNamed", { id: "int", name: "char[4]", pair: "double[2]", text: "const char *" });
  const copy = c.func("void *memcpy(_Out_ void *to, const UngilNamed *from, size_t n)") as unknown as Untyped;
  const room = new Uint8Array(Named.size);
  const fine = { id: 1, name: "abc", pair: [1, 2], text: null };
  copy(room, fine, room.length);
  for (const [change, message] of [
    [{ id: 1.5 }, /from \(argument 2 of memcpy\)\.id must be a whole number/],
    [{ id: undefined }, /\.id must be a whole number .* got undefined/],
    [{ name: "abcd" }, /\.name must be at most 3 bytes of text and a zero/],
    [{ pair: [1] }, /\.pair must be a list of 2/],
    [{ pair: [1, "2"] }, /\.pair\[1\] must be a number/],
    [{ text: 5 }, /\.text must be a string, an address, memory or null/],
  ] as const)
    refused(() => copy(room, { ...fine, ...change }, room.length), message);
  refused(() => copy(room, 5, room.length), /an object with the members of UngilNamed/);
  refused(() => copy(room, new Uint8Array(3), 3), /a Uint8Array of at least \d+ bytes/);
  const write = c.func("void *memcpy(UngilNamed *to, const void *from, size_t n)") as unknown as Untyped;
  refused(() => write(Object.freeze({ ...fine }), room, room.length), /an object that can be changed/);
});

test("a type's name has one meaning", { skip }, () => {
  const One = struct("UngilOnce", { x: "int" });
  assert.equal(struct("UngilOnce", { x: "int" }).size, One.size);
  refused(() => struct("UngilOnce", { x: "double" }), /name must be a name of its own.*\{ int x; \}/);
  for (const name of ["int", "a b", "", "struct"]) refused(() => struct(name, { x: "int" }), /name must be/);
  refused(() => struct("UngilBad", { x: "nosuch" }), /members\.x must be a C type/);
  refused(() => struct("UngilBad", { x: "void" }), /members\.x must be a type with a size/);
  refused(() => struct("UngilBad", {}), /members must be an object/);
  refused(() => One.offsetOf("y" as never), /member must be a member of UngilOnce/);
});

test("what is read at an address is checked as far as that goes", { skip }, () => {
  for (const pointer of [0n, -1n, 5, null])
    refused(() => decode(pointer as bigint, "int"), /pointer must be an address/);
  refused(() => decode(1n, "nosuch"), /type must be a C type/);
  refused(() => decode(1n, "void"), /nothing is known of void/);
  refused(() => decode(1n, "int", 0), /length must be a whole number/);
});

test("a function of JavaScript is refused by a submitted call, which could not call it", { skip }, () => {
  const qsort = c.func("void qsort(void *, size_t, size_t, int (*compare)(const void *, const void *))");
  refused(
    () => qsort.submit(new Int32Array(2), 2, 4, () => 0),
    /Call without submit, in a task of a ThreadPoolExecutor/,
  );
});

test("memory that may shrink is refused by a submitted call", { skip }, () => {
  const resizable = Reflect.construct(ArrayBuffer, [8, { maxByteLength: 16 }]) as ArrayBuffer;
  refused(() => modf.submit(1, new Float64Array(resizable)), /a resizable ArrayBuffer may shrink/);
  assert.equal(modf(1.5, new Float64Array(resizable)), 0.5);
});
