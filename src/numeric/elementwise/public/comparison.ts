import { asyncForm, syncForm } from "../forms.js";
import * as operations from "../operations/truth.js";
import type { ElementwiseBinary, ElementwiseUnary } from "../types.js";

/** Whether a is b; what is not a number is never. */
export const equal: ElementwiseBinary<"async", "bool"> = asyncForm(operations.equal, 2);
/** Whether a is b; what is not a number is never. At once: {@link equal} leaves the event loop free. */
export const equalSync: ElementwiseBinary<"sync", "bool"> = syncForm(operations.equal, 2);

/** Whether a is not b; what is not a number never is. */
export const notEqual: ElementwiseBinary<"async", "bool"> = asyncForm(operations.notEqual, 2);
/** Whether a is not b; what is not a number never is. At once: {@link notEqual} leaves the event loop free. */
export const notEqualSync: ElementwiseBinary<"sync", "bool"> = syncForm(operations.notEqual, 2);

/** Whether a is less than b. */
export const less: ElementwiseBinary<"async", "bool"> = asyncForm(operations.less, 2);
/** Whether a is less than b. At once: {@link less} leaves the event loop free. */
export const lessSync: ElementwiseBinary<"sync", "bool"> = syncForm(operations.less, 2);

/** Whether a is not greater than b, and both are numbers. */
export const lessEqual: ElementwiseBinary<"async", "bool"> = asyncForm(operations.lessEqual, 2);
/** Whether a is not greater than b, and both are numbers. At once: {@link lessEqual} leaves the event loop free. */
export const lessEqualSync: ElementwiseBinary<"sync", "bool"> = syncForm(operations.lessEqual, 2);

/** Whether a is greater than b. */
export const greater: ElementwiseBinary<"async", "bool"> = asyncForm(operations.greater, 2);
/** Whether a is greater than b. At once: {@link greater} leaves the event loop free. */
export const greaterSync: ElementwiseBinary<"sync", "bool"> = syncForm(operations.greater, 2);

/** Whether a is not less than b, and both are numbers. */
export const greaterEqual: ElementwiseBinary<"async", "bool"> = asyncForm(operations.greaterEqual, 2);
/** Whether a is not less than b, and both are numbers. At once: {@link greaterEqual} leaves the event loop free. */
export const greaterEqualSync: ElementwiseBinary<"sync", "bool"> = syncForm(operations.greaterEqual, 2);

/** Whether it is not a number. */
export const isnan: ElementwiseUnary<"async", "bool"> = asyncForm(operations.isnan, 1);
/** Whether it is not a number. At once: {@link isnan} leaves the event loop free. */
export const isnanSync: ElementwiseUnary<"sync", "bool"> = syncForm(operations.isnan, 1);

/** Whether it is infinite. */
export const isinf: ElementwiseUnary<"async", "bool"> = asyncForm(operations.isinf, 1);
/** Whether it is infinite. At once: {@link isinf} leaves the event loop free. */
export const isinfSync: ElementwiseUnary<"sync", "bool"> = syncForm(operations.isinf, 1);

/** Whether it is a number and not infinite. */
export const isfinite: ElementwiseUnary<"async", "bool"> = asyncForm(operations.isfinite, 1);
/** Whether it is a number and not infinite. At once: {@link isfinite} leaves the event loop free. */
export const isfiniteSync: ElementwiseUnary<"sync", "bool"> = syncForm(operations.isfinite, 1);

/** Whether the sign is negative, of -0 too. */
export const signbit: ElementwiseUnary<"async", "bool"> = asyncForm(operations.signbit, 1);
/** Whether the sign is negative, of -0 too. At once: {@link signbit} leaves the event loop free. */
export const signbitSync: ElementwiseUnary<"sync", "bool"> = syncForm(operations.signbit, 1);

/** Whether both are other than 0. */
export const logicalAnd: ElementwiseBinary<"async", "bool"> = asyncForm(operations.logicalAnd, 2);
/** Whether both are other than 0. At once: {@link logicalAnd} leaves the event loop free. */
export const logicalAndSync: ElementwiseBinary<"sync", "bool"> = syncForm(operations.logicalAnd, 2);

/** Whether either is other than 0. */
export const logicalOr: ElementwiseBinary<"async", "bool"> = asyncForm(operations.logicalOr, 2);
/** Whether either is other than 0. At once: {@link logicalOr} leaves the event loop free. */
export const logicalOrSync: ElementwiseBinary<"sync", "bool"> = syncForm(operations.logicalOr, 2);

/** Whether just one is other than 0. */
export const logicalXor: ElementwiseBinary<"async", "bool"> = asyncForm(operations.logicalXor, 2);
/** Whether just one is other than 0. At once: {@link logicalXor} leaves the event loop free. */
export const logicalXorSync: ElementwiseBinary<"sync", "bool"> = syncForm(operations.logicalXor, 2);

/** Whether it is 0. */
export const logicalNot: ElementwiseUnary<"async", "bool"> = asyncForm(operations.logicalNot, 1);
/** Whether it is 0. At once: {@link logicalNot} leaves the event loop free. */
export const logicalNotSync: ElementwiseUnary<"sync", "bool"> = syncForm(operations.logicalNot, 1);
