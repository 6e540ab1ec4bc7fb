// Sizes have classes, four for each power of two, so that at most a fifth of a block is unused.

export const CLASSES: i32 = 104;

/** The smallest class whose blocks have so many units at least. */
export function classOf(units: u32): i32 {
  if (units <= 4) return <i32>units - 1;
  const exponent = 31 - clz(units - 1);
  const quarter = (units - 1) >>> (exponent - 2);
  return (exponent - 2) * 4 + <i32>quarter;
}

/** The largest class of which a block of so many units is: it has as many at least as the class asks for. */
export function classWithin(units: u32): i32 {
  if (units <= 4) return <i32>units - 1;
  const exponent = 31 - clz(units);
  return (exponent - 2) * 4 + <i32>(units >>> (exponent - 2)) - 1;
}

/** How many units a block of this class has at least, header included. */
export function unitsOf(kind: i32): u32 {
  if (kind < 4) return <u32>kind + 1;
  const k = kind - 4;
  return <u32>(5 + (k & 3)) << (<u32>k >>> 2);
}
