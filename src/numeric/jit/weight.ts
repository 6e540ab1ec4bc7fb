import type { ElementwiseKernel } from "./emit-kernel.js";
import { partsOf } from "./emit-vector.js";
import type { Vector } from "./vector.js";

/**
 * So many steps of vectors count as two elements of a sum. Two threads were measured to be faster from 15 to 20 µs of work
 * on, in calls that follow each other, and with this it is there that operations are cut.
 */
const stepsOfTwo = 7;

/** A function that is called for each lane, in steps. */
const stepsOfCall = 40;

/** How long an element takes, as `chunksFor` wants it: by the steps of a vector, without what is rare; at least 1. */
export function weightOf({ value, output }: ElementwiseKernel): number {
  const known = new Set<Vector["form"]>();
  const open = [value];
  let steps = 0;
  let elements = output.dtype === "float64" ? 2 : 4;
  for (let vector = open.pop(); vector; vector = open.pop()) {
    const { form, lanes } = vector;
    if (known.has(form)) continue;
    known.add(form);
    if (lanes.endsWith("64")) elements = 2;
    if (form.kind !== "input" && form.kind !== "constant") steps += form.kind === "call" ? stepsOfCall : 1;
    open.push(...(form.kind === "either" ? [form.mask, form.usual] : partsOf(form)));
  }
  return Math.max(1, Math.round(((steps / stepsOfTwo) * 2) / elements));
}
