import { asyncForm, syncForm } from "../forms.js";
import * as operations from "../operations/arithmetic.js";
import type { ElementwiseBinary, ElementwiseUnary } from "../types.js";

/** `a + b`. Of truth values: whether either is true. */
export const add: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.add, 2);
/** `a + b`. Of truth values: whether either is true. At once: {@link add} leaves the event loop free. */
export const addSync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.add, 2);

/** `a - b`. */
export const subtract: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.subtract, 2);
/** `a - b`. At once: {@link subtract} leaves the event loop free. */
export const subtractSync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.subtract, 2);

/** `a * b`. Of truth values: whether both are true. */
export const multiply: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.multiply, 2);
/** `a * b`. Of truth values: whether both are true. At once: {@link multiply} leaves the event loop free. */
export const multiplySync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.multiply, 2);

/** `-a`. */
export const negative: ElementwiseUnary<"async", "promoted"> = asyncForm(operations.negative, 1);
/** `-a`. At once: {@link negative} leaves the event loop free. */
export const negativeSync: ElementwiseUnary<"sync", "promoted"> = syncForm(operations.negative, 1);

/** A copy of numbers: NumPy's `+a`. */
export const positive: ElementwiseUnary<"async", "promoted"> = asyncForm(operations.positive, 1);
/** A copy of numbers: NumPy's `+a`. At once: {@link positive} leaves the event loop free. */
export const positiveSync: ElementwiseUnary<"sync", "promoted"> = syncForm(operations.positive, 1);

/** How far from 0. The least number of an integer type stays what it is, as in C. */
export const absolute: ElementwiseUnary<"async", "promoted"> = asyncForm(operations.absolute, 1);
/** How far from 0. The least number of an integer type stays what it is, as in C. At once: {@link absolute} leaves the event loop free. */
export const absoluteSync: ElementwiseUnary<"sync", "promoted"> = syncForm(operations.absolute, 1);

/** `a * a`. */
export const square: ElementwiseUnary<"async", "promoted"> = asyncForm(operations.square, 1);
/** `a * a`. At once: {@link square} leaves the event loop free. */
export const squareSync: ElementwiseUnary<"sync", "promoted"> = syncForm(operations.square, 1);

/** -1, 0 or 1; what is not a number stays so. */
export const sign: ElementwiseUnary<"async", "promoted"> = asyncForm(operations.sign, 1);
/** -1, 0 or 1; what is not a number stays so. At once: {@link sign} leaves the event loop free. */
export const signSync: ElementwiseUnary<"sync", "promoted"> = syncForm(operations.sign, 1);

/** The smaller one; not a number where either is not. */
export const minimum: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.minimum, 2);
/** The smaller one; not a number where either is not. At once: {@link minimum} leaves the event loop free. */
export const minimumSync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.minimum, 2);

/** The greater one; not a number where either is not. */
export const maximum: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.maximum, 2);
/** The greater one; not a number where either is not. At once: {@link maximum} leaves the event loop free. */
export const maximumSync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.maximum, 2);

/** The smaller one; where one is not a number, the other. */
export const fmin: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.fmin, 2);
/** The smaller one; where one is not a number, the other. At once: {@link fmin} leaves the event loop free. */
export const fminSync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.fmin, 2);

/** The greater one; where one is not a number, the other. */
export const fmax: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.fmax, 2);
/** The greater one; where one is not a number, the other. At once: {@link fmax} leaves the event loop free. */
export const fmaxSync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.fmax, 2);
