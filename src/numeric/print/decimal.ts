/**
 * Floats in decimal as NumPy's Dragon4 writes them: the fewest digits that give the same float again, and where there
 * is no room for as many, the nearest number that has room, from ties the even one.
 *
 * @module
 */

/** A positive number d.ddd × 10 ** exponent. */
interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

function decimal(text: string): Decimal {
  const [mantissa = "", exponent = ""] = text.split("e");
  return { digits: mantissa.replace(".", ""), exponent: Number(exponent) };
}

/** The fewest digits that stand for a positive float of one precision or the other. */
function shortest(x: number, single: boolean): Decimal {
  if (!single) return decimal(x.toExponential());
  const exact = exactly(x);
  for (let count = 1; count < 9; count++) {
    const found = rounded(exact, count);
    if (Math.fround(Number(`${found.digits}e${found.exponent + 1 - found.digits.length}`)) === x)
      return found;
  }
  return rounded(exact, 9);
}

function trimmed({ digits, exponent }: Decimal): Decimal {
  return { digits: digits.replace(/(?!^)0+$/, ""), exponent };
}

/** More than a number needs whose digits are cut off in the middle between two others. */
const manyDigits = 100;

function exactly(x: number): Decimal {
  return decimal(x.toExponential(manyDigits));
}

/** A number to so many digits. `toFixed` and `toExponential` would round ties up. */
function rounded({ digits, exponent }: Decimal, count: number): Decimal {
  const kept = digits.slice(0, count);
  const rest = digits.slice(count);
  const half = `5${"0".repeat(rest.length - 1)}`;
  const up = rest > half || (rest === half && Number(kept.at(-1)) % 2 === 1);
  if (!up) return trimmed({ digits: kept, exponent });
  const next = String(BigInt(kept) + 1n);
  return trimmed({ digits: next, exponent: exponent + next.length - kept.length });
}

const sign = (x: number): string => (x < 0 || Object.is(x, -0) ? "-" : "");

/**
 * A finite float as `-12.5`, in its parts.
 * @param precision - digits after the point at most.
 * @returns the whole part with its sign, and the digits after the point: none of a whole number.
 */
export function positional(
  x: number,
  single: boolean,
  precision: number,
): readonly [whole: string, fraction: string] {
  if (x === 0) return [`${sign(x)}0`, ""];
  let found = shortest(Math.abs(x), single);
  if (found.digits.length - 1 - found.exponent > precision) {
    const count = found.exponent + 1 + precision;
    if (count <= 0) return [`${sign(x)}0`, ""];
    found = rounded(exactly(Math.abs(x)), count);
  }
  const { digits, exponent } = found;
  if (exponent < 0) return [`${sign(x)}0`, `${"0".repeat(-exponent - 1)}${digits}`];
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return [sign(x) + whole, digits.slice(exponent + 1)];
}

/**
 * A finite float as `-1.25e+02`, in its parts.
 * @param most - digits after the point at most.
 * @param least - digits after the point at least, even if fewer stand for the number: they are those of its exact value.
 * @returns the digit before the point with its sign, those after it, and the exponent, which has its sign and at least
 *   two digits.
 */
export function scientific(
  x: number,
  single: boolean,
  most: number,
  least = 0,
): readonly [whole: string, fraction: string, exponent: string] {
  if (x === 0) return [`${sign(x)}0`, "".padEnd(least, "0"), "+00"];
  let found = shortest(Math.abs(x), single);
  const count = Math.min(Math.max(found.digits.length - 1, least), most) + 1;
  if (found.digits.length !== count) found = rounded(exactly(Math.abs(x)), count);
  const { digits, exponent } = found;
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return [sign(x) + digits[0], digits.slice(1).padEnd(least, "0"), `${exponent < 0 ? "-" : "+"}${power}`];
}
