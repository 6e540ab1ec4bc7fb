import { InvalidArgumentError } from "../../errors.js";

/** Classes of views, by the names of their elements. */
const classes = {
  int8: Int8Array,
  uint8: Uint8Array,
  uint8Clamped: Uint8ClampedArray,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
  bigint64: BigInt64Array,
  biguint64: BigUint64Array,
} as const;

/** Names of the types of numbers that threads can share. */
export type ElementType = keyof typeof classes;

/** The typed array that holds numbers of a type. */
export type ViewOf<T extends ElementType> = InstanceType<(typeof classes)[T]>;

/** What a number of a type is in JavaScript. */
export type ElementOf<T extends ElementType> = T extends "bigint64" | "biguint64" ? bigint : number;

/** The class of views for a type. */
export type ViewClass = (typeof classes)[ElementType];

/** @throws InvalidArgumentError */
export function viewClassOf(
  type: ElementType,
  but: readonly ElementType[] = [],
  argument = "type",
  wanted?: string,
): ViewClass {
  const names = (Object.keys(classes) as ElementType[]).filter((each) => !but.includes(each));
  if (!names.includes(type)) {
    const all = names.map((each) => `"${each}"`).join(", ");
    throw new InvalidArgumentError(argument, type, wanted ?? `one of ${all}`);
  }
  return classes[type];
}
