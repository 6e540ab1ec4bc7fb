/**
 * Values and errors on the wire: what travels as it is, what needs a mark, what moves, what is refused.
 *
 * @module
 */
export { ReadShapes, type Shape, ShapeTable } from "./codec/shapes.js";
export { noSmallWord, smallValueOf, smallWordOf } from "./codec/small-values.js";
export { ValueReader } from "./codec/value-reader.js";
export { ValueWriter } from "./codec/value-writer.js";
export { type DecodeHooks, decode } from "./decode.js";
export { type EncodedValue, type EncodeHooks, encode, isPrimitive, refusal } from "./encode.js";
export { memoryArrived } from "./moved-memory.js";
export { type Transferable, transfer } from "./transfer.js";
