// Functions of the C library, by their prototypes: numbers, a pointer that C writes through, a function that C calls.
// Run it with `node examples/native/libm.mjs` after `npm run build`, where koffi is installed.
import { decode, load } from "ungil/native";

const m = load("m");
const c = load(process.platform === "win32" ? "c" : null);

const pow = m.func("double pow(double x, double y)");
console.log(`2 to the power of 10 is ${pow(2, 10)}`);

const frexp = m.func("double frexp(double x, int *exponent)");
const exponent = [0];
const mantissa = frexp(40, exponent);
console.log(`40 is ${mantissa} times 2 to the power of ${exponent[0]}`);

const qsort = c.func(
  "void qsort(void *base, size_t count, size_t size, int (*compare)(const void *one, const void *other))",
);
const numbers = new Int32Array([5, 3, 9, 1]);
qsort(numbers, numbers.length, 4, (one, other) => decode(one, "int") - decode(other, "int"));
console.log(`sorted by C: ${numbers.join(" ")}`);
