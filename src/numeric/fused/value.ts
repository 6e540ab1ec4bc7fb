import { as, bit, type FloatLanes, i32, maskOf, select, type Vector } from "../jit/vector.js";

/** What an expression is for each element: a number, or whether something is so. */
export interface Value {
  readonly kind: "number" | "truth";
  /** In the lanes that the whole is computed in, or a mask. */
  readonly vector: Vector;
  /** A number for some elements, and a truth value, as the number 1 or 0, for others: which, nobody knows any more. */
  readonly mixed?: boolean;
}

export const numberValue = (vector: Vector): Value => ({ kind: "number", vector });
export const truthValue = (vector: Vector): Value => ({ kind: "truth", vector });

/** The value as a number: 1 for what is so, else 0. */
export function asNumber(lanes: FloatLanes, { kind, vector }: Value): Vector {
  return kind === "number" ? vector : select(vector, lanes.of(1), lanes.of(0));
}

/** Whether JavaScript takes the value for true: any number but 0 and NaN. */
export function asTruth(lanes: FloatLanes, { kind, vector }: Value): Vector {
  return kind === "truth" ? vector : lanes.gt(lanes.abs(vector), lanes.of(0));
}

/** One of two values; both as numbers where they are not of a kind. */
export function choose(lanes: FloatLanes, mask: Vector, yes: Value, no: Value): Value {
  if (yes.kind === "number" || no.kind === "number") {
    const mixed = yes.kind !== no.kind || yes.mixed === true || no.mixed === true;
    return { kind: "number", vector: select(mask, asNumber(lanes, yes), asNumber(lanes, no)), mixed };
  }
  const [condition, one, other] = [mask, yes.vector, no.vector].map((vector) => maskOf("m32", vector));
  return truthValue(bit.or(bit.and(condition!, one!), bit.andNot(other!, condition!)));
}

/** Both masks in lanes of the same width. */
export function together(combine: (a: Vector, b: Vector) => Vector, a: Vector, b: Vector): Vector {
  return a.lanes === b.lanes ? combine(a, b) : combine(maskOf("m32", a), maskOf("m32", b));
}

/** True or false everywhere. */
export const constantTruth = (value: boolean): Value => truthValue(as("m32", i32.of(value ? -1 : 0)));
