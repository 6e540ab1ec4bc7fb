/**
 * A number as V8 keeps small whole ones. One that was read from a `Float64Array` is a double even if it is
 * whole: a function that gets such numbers is compiled for doubles, and runs slower with them.
 */
export function asSmallInteger(value: number): number {
  const whole = value | 0;
  return whole === value && (whole !== 0 || 1 / value > 0) ? whole : value;
}
