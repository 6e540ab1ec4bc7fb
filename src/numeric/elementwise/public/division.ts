import { asyncForm, syncForm } from "../forms.js";
import * as operations from "../operations/division.js";
import type { ElementwiseBinary, ElementwiseUnary } from "../types.js";

/** `a / b`, as floats. NumPy's `true_divide`. */
export const divide: ElementwiseBinary<"async", "divided"> = asyncForm(operations.divide, 2);
/** `a / b`, as floats. NumPy's `true_divide`. At once: {@link divide} leaves the event loop free. */
export const divideSync: ElementwiseBinary<"sync", "divided"> = syncForm(operations.divide, 2);

/** The quotient rounded down: Python's `a // b`. Of integers, 0 where b is 0. */
export const floorDivide: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.floorDivide, 2);
/** The quotient rounded down: Python's `a // b`. Of integers, 0 where b is 0. At once: {@link floorDivide} leaves the event loop free. */
export const floorDivideSync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.floorDivide, 2);

/** What the rounded-down quotient leaves, with the sign of b: Python's `a % b`. Of integers, 0 where b is 0. */
export const remainder: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.remainder, 2);
/** What the rounded-down quotient leaves, with the sign of b: Python's `a % b`. Of integers, 0 where b is 0. At once: {@link remainder} leaves the event loop free. */
export const remainderSync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.remainder, 2);

/** What the quotient without its fraction leaves, with the sign of a: JavaScript's and C's `a % b`. */
export const fmod: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.fmod, 2);
/** What the quotient without its fraction leaves, with the sign of a: JavaScript's and C's `a % b`. At once: {@link fmod} leaves the event loop free. */
export const fmodSync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.fmod, 2);

/** `1 / a`; of integers its whole part. */
export const reciprocal: ElementwiseUnary<"async", "promoted"> = asyncForm(operations.reciprocal, 1);
/** `1 / a`; of integers its whole part. At once: {@link reciprocal} leaves the event loop free. */
export const reciprocalSync: ElementwiseUnary<"sync", "promoted"> = syncForm(operations.reciprocal, 1);
