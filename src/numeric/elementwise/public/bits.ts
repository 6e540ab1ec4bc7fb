import { asyncForm, syncForm } from "../forms.js";
import * as operations from "../operations/truth.js";
import type { ElementwiseBinary, ElementwiseUnary } from "../types.js";

/** The bits that are set in both; of integers or truth values. */
export const bitwiseAnd: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.bitwiseAnd, 2);
/** The bits that are set in both; of integers or truth values. At once: {@link bitwiseAnd} leaves the event loop free. */
export const bitwiseAndSync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.bitwiseAnd, 2);

/** The bits that are set in either; of integers or truth values. */
export const bitwiseOr: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.bitwiseOr, 2);
/** The bits that are set in either; of integers or truth values. At once: {@link bitwiseOr} leaves the event loop free. */
export const bitwiseOrSync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.bitwiseOr, 2);

/** The bits that are set in just one; of integers or truth values. */
export const bitwiseXor: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.bitwiseXor, 2);
/** The bits that are set in just one; of integers or truth values. At once: {@link bitwiseXor} leaves the event loop free. */
export const bitwiseXorSync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.bitwiseXor, 2);

/** All bits turned over; of integers or truth values. */
export const invert: ElementwiseUnary<"async", "promoted"> = asyncForm(operations.invert, 1);
/** All bits turned over; of integers or truth values. At once: {@link invert} leaves the event loop free. */
export const invertSync: ElementwiseUnary<"sync", "promoted"> = syncForm(operations.invert, 1);

/** The bits of integers moved up by b; 0 where b is not less than their number. */
export const leftShift: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.leftShift, 2);
/** The bits of integers moved up by b; 0 where b is not less than their number. At once: {@link leftShift} leaves the event loop free. */
export const leftShiftSync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.leftShift, 2);

/** The bits of integers moved down by b; the sign stays. */
export const rightShift: ElementwiseBinary<"async", "promoted"> = asyncForm(operations.rightShift, 2);
/** The bits of integers moved down by b; the sign stays. At once: {@link rightShift} leaves the event loop free. */
export const rightShiftSync: ElementwiseBinary<"sync", "promoted"> = syncForm(operations.rightShift, 2);
