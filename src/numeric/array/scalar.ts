import { InvalidArgumentError } from "../../errors.js";
import { type DType, dtypes } from "../dtype.js";
import { rangeOf } from "./promotion.js";

/** What an element is in JavaScript: a boolean of `bool` arrays, a number of all others. */
export type ScalarOf<T extends DType> = T extends "bool" ? boolean : number;

/** An element as it is given to users. */
export function scalarOf<T extends DType>(dtype: T, stored: number): ScalarOf<T> {
  return (dtype === "bool" ? stored !== 0 : stored) as ScalarOf<T>;
}

/** The name of an argument; a function where it takes time to make it. */
type Name = string | (() => string);

type Storer = (value: unknown, argument: Name) => number;

/**
 * A value as the memory of an array of this type holds it. Integers take the whole part of a number, as NumPy does;
 * what they can't hold is refused, where a typed array would wrap it silently.
 * @throws InvalidArgumentError
 */
export function storedValue(dtype: DType, value: unknown, argument: Name): number {
  return storerOf(dtype)(value, argument);
}

const storers = new Map<DType, Storer>();

/** `storedValue` for many values of one type. */
export function storerOf(dtype: DType): Storer {
  let storer = storers.get(dtype);
  if (!storer) storers.set(dtype, (storer = makeStorer(dtype)));
  return storer;
}

function makeStorer(dtype: DType): Storer {
  const { kind } = dtypes[dtype];
  if (kind === "float") return numberOf;
  if (kind === "bool") return (value, argument) => (numberOf(value, argument) === 0 ? 0 : 1);
  const [least, most] = rangeOf(dtype);
  return (value, argument) => {
    const whole = Math.trunc(numberOf(value, argument));
    if (whole >= least && whole <= most) return whole;
    throw new InvalidArgumentError(nameOf(argument), value, `from ${least} to ${most}, which ${dtype} holds`);
  };
}

function numberOf(value: unknown, argument: Name): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  const expected = `a number or a boolean${typeof value === "bigint" ? ": Number(value) makes one of it" : ""}`;
  throw new InvalidArgumentError(nameOf(argument), value, expected);
}

function nameOf(argument: Name): string {
  return typeof argument === "string" ? argument : argument();
}
