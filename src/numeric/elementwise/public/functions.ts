import { asyncForm, syncForm } from "../forms.js";
import * as operations from "../operations/floating.js";
import type { ElementwiseBinary, ElementwiseUnary } from "../types.js";

/** The square root; not a number below 0. */
export const sqrt: ElementwiseUnary<"async", "float"> = asyncForm(operations.sqrt, 1);
/** The square root; not a number below 0. At once: {@link sqrt} leaves the event loop free. */
export const sqrtSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.sqrt, 1);

/** The cube root. */
export const cbrt: ElementwiseUnary<"async", "float"> = asyncForm(operations.cbrt, 1);
/** The cube root. At once: {@link cbrt} leaves the event loop free. */
export const cbrtSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.cbrt, 1);

/** `a ** b`. Of integers the result is one, which is 0 for negative exponents unless a is 1 or -1. */
export const power: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.power, 2);
/** `a ** b`. Of integers the result is one, which is 0 for negative exponents unless a is 1 or -1. At once: {@link power} leaves the event loop free. */
export const powerSync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.power, 2);

/** e to the power of a. */
export const exp: ElementwiseUnary<"async", "float"> = asyncForm(operations.exp, 1);
/** e to the power of a. At once: {@link exp} leaves the event loop free. */
export const expSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.exp, 1);

/** 2 to the power of a. */
export const exp2: ElementwiseUnary<"async", "float"> = asyncForm(operations.exp2, 1);
/** 2 to the power of a. At once: {@link exp2} leaves the event loop free. */
export const exp2Sync: ElementwiseUnary<"sync", "float"> = syncForm(operations.exp2, 1);

/** e to the power of a, less 1, precisely also near 0. */
export const expm1: ElementwiseUnary<"async", "float"> = asyncForm(operations.expm1, 1);
/** e to the power of a, less 1, precisely also near 0. At once: {@link expm1} leaves the event loop free. */
export const expm1Sync: ElementwiseUnary<"sync", "float"> = syncForm(operations.expm1, 1);

/** The natural logarithm; not a number below 0. */
export const log: ElementwiseUnary<"async", "float"> = asyncForm(operations.log, 1);
/** The natural logarithm; not a number below 0. At once: {@link log} leaves the event loop free. */
export const logSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.log, 1);

/** The logarithm to base 2. */
export const log2: ElementwiseUnary<"async", "float"> = asyncForm(operations.log2, 1);
/** The logarithm to base 2. At once: {@link log2} leaves the event loop free. */
export const log2Sync: ElementwiseUnary<"sync", "float"> = syncForm(operations.log2, 1);

/** The logarithm to base 10. */
export const log10: ElementwiseUnary<"async", "float"> = asyncForm(operations.log10, 1);
/** The logarithm to base 10. At once: {@link log10} leaves the event loop free. */
export const log10Sync: ElementwiseUnary<"sync", "float"> = syncForm(operations.log10, 1);

/** The natural logarithm of 1 + a, precisely also near 0. */
export const log1p: ElementwiseUnary<"async", "float"> = asyncForm(operations.log1p, 1);
/** The natural logarithm of 1 + a, precisely also near 0. At once: {@link log1p} leaves the event loop free. */
export const log1pSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.log1p, 1);

/** The length of the hypotenuse: the root of a² + b², without overflow between. */
export const hypot: ElementwiseBinary<"async", "float"> = asyncForm(operations.hypot, 2);
/** The length of the hypotenuse: the root of a² + b², without overflow between. At once: {@link hypot} leaves the event loop free. */
export const hypotSync: ElementwiseBinary<"sync", "float"> = syncForm(operations.hypot, 2);

/** a with the sign of b. */
export const copysign: ElementwiseBinary<"async", "float"> = asyncForm(operations.copysign, 2);
/** a with the sign of b. At once: {@link copysign} leaves the event loop free. */
export const copysignSync: ElementwiseBinary<"sync", "float"> = syncForm(operations.copysign, 2);

/** Rounded down. Integers stay what they are. */
export const floor: ElementwiseUnary<"async", "promoted"> = asyncForm(operations.floor, 1);
/** Rounded down. Integers stay what they are. At once: {@link floor} leaves the event loop free. */
export const floorSync: ElementwiseUnary<"sync", "promoted"> = syncForm(operations.floor, 1);

/** Rounded up. Integers stay what they are. */
export const ceil: ElementwiseUnary<"async", "promoted"> = asyncForm(operations.ceil, 1);
/** Rounded up. Integers stay what they are. At once: {@link ceil} leaves the event loop free. */
export const ceilSync: ElementwiseUnary<"sync", "promoted"> = syncForm(operations.ceil, 1);

/** Without the fraction. Integers stay what they are. */
export const trunc: ElementwiseUnary<"async", "promoted"> = asyncForm(operations.trunc, 1);
/** Without the fraction. Integers stay what they are. At once: {@link trunc} leaves the event loop free. */
export const truncSync: ElementwiseUnary<"sync", "promoted"> = syncForm(operations.trunc, 1);

/** To the nearest whole number, halves to the even one. Integers stay what they are. */
export const rint: ElementwiseUnary<"async", "promoted"> = asyncForm(operations.rint, 1);
/** To the nearest whole number, halves to the even one. Integers stay what they are. At once: {@link rint} leaves the event loop free. */
export const rintSync: ElementwiseUnary<"sync", "promoted"> = syncForm(operations.rint, 1);
