import { asyncForm, syncForm } from "../forms.js";
import * as operations from "../operations/floating.js";
import type { ElementwiseBinary, ElementwiseUnary } from "../types.js";

/** The sine of an angle in radians. */
export const sin: ElementwiseUnary<"async", "float"> = asyncForm(operations.sin, 1);
/** The sine of an angle in radians. At once: {@link sin} leaves the event loop free. */
export const sinSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.sin, 1);

/** The cosine of an angle in radians. */
export const cos: ElementwiseUnary<"async", "float"> = asyncForm(operations.cos, 1);
/** The cosine of an angle in radians. At once: {@link cos} leaves the event loop free. */
export const cosSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.cos, 1);

/** The tangent of an angle in radians. */
export const tan: ElementwiseUnary<"async", "float"> = asyncForm(operations.tan, 1);
/** The tangent of an angle in radians. At once: {@link tan} leaves the event loop free. */
export const tanSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.tan, 1);

/** The angle in radians of which a is the sine. */
export const arcsin: ElementwiseUnary<"async", "float"> = asyncForm(operations.arcsin, 1);
/** The angle in radians of which a is the sine. At once: {@link arcsin} leaves the event loop free. */
export const arcsinSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.arcsin, 1);

/** The angle in radians of which a is the cosine. */
export const arccos: ElementwiseUnary<"async", "float"> = asyncForm(operations.arccos, 1);
/** The angle in radians of which a is the cosine. At once: {@link arccos} leaves the event loop free. */
export const arccosSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.arccos, 1);

/** The angle in radians of which a is the tangent. */
export const arctan: ElementwiseUnary<"async", "float"> = asyncForm(operations.arctan, 1);
/** The angle in radians of which a is the tangent. At once: {@link arctan} leaves the event loop free. */
export const arctanSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.arctan, 1);

/** The angle in radians of the point with ordinate a and abscissa b. */
export const arctan2: ElementwiseBinary<"async", "float"> = asyncForm(operations.arctan2, 2);
/** The angle in radians of the point with ordinate a and abscissa b. At once: {@link arctan2} leaves the event loop free. */
export const arctan2Sync: ElementwiseBinary<"sync", "float"> = syncForm(operations.arctan2, 2);

/** The hyperbolic sine. */
export const sinh: ElementwiseUnary<"async", "float"> = asyncForm(operations.sinh, 1);
/** The hyperbolic sine. At once: {@link sinh} leaves the event loop free. */
export const sinhSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.sinh, 1);

/** The hyperbolic cosine. */
export const cosh: ElementwiseUnary<"async", "float"> = asyncForm(operations.cosh, 1);
/** The hyperbolic cosine. At once: {@link cosh} leaves the event loop free. */
export const coshSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.cosh, 1);

/** The hyperbolic tangent. */
export const tanh: ElementwiseUnary<"async", "float"> = asyncForm(operations.tanh, 1);
/** The hyperbolic tangent. At once: {@link tanh} leaves the event loop free. */
export const tanhSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.tanh, 1);

/** The inverse of the hyperbolic sine. */
export const arcsinh: ElementwiseUnary<"async", "float"> = asyncForm(operations.arcsinh, 1);
/** The inverse of the hyperbolic sine. At once: {@link arcsinh} leaves the event loop free. */
export const arcsinhSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.arcsinh, 1);

/** The inverse of the hyperbolic cosine. */
export const arccosh: ElementwiseUnary<"async", "float"> = asyncForm(operations.arccosh, 1);
/** The inverse of the hyperbolic cosine. At once: {@link arccosh} leaves the event loop free. */
export const arccoshSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.arccosh, 1);

/** The inverse of the hyperbolic tangent. */
export const arctanh: ElementwiseUnary<"async", "float"> = asyncForm(operations.arctanh, 1);
/** The inverse of the hyperbolic tangent. At once: {@link arctanh} leaves the event loop free. */
export const arctanhSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.arctanh, 1);

/** From radians to degrees. */
export const degrees: ElementwiseUnary<"async", "float"> = asyncForm(operations.degrees, 1);
/** From radians to degrees. At once: {@link degrees} leaves the event loop free. */
export const degreesSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.degrees, 1);

/** From degrees to radians. */
export const radians: ElementwiseUnary<"async", "float"> = asyncForm(operations.radians, 1);
/** From degrees to radians. At once: {@link radians} leaves the event loop free. */
export const radiansSync: ElementwiseUnary<"sync", "float"> = syncForm(operations.radians, 1);
