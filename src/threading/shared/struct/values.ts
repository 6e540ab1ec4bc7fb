import { InvalidArgumentError } from "../../../errors.js";
import { checkBoolean, checkOptionNames } from "../../../validate.js";
import { Content } from "../content.js";
import type { Field } from "./fields.js";

/** Values of fields that are known to be right. */
export type CheckedValues = ReadonlyMap<string, unknown>;

const text = new Content();

/**
 * Finds all that is wrong with the values of a new struct, before anything is made.
 * @throws InvalidArgumentError
 */
export function checkValues(argument: string, values: unknown, fields: readonly Field[]): CheckedValues {
  const names = fields.map(({ name }) => name);
  checkOptionNames(argument, values, names);
  const checked = new Map<string, unknown>();
  const given = (values ?? {}) as Readonly<Record<string, unknown>>;
  for (const field of fields) {
    const value = given[field.name];
    if (value !== undefined) checked.set(field.name, checkField(`${argument}.${field.name}`, value, field));
  }
  return checked;
}

/** Sets fields of a struct. */
export function assign(struct: object, values: CheckedValues): void {
  const target = struct as unknown as Record<string, unknown>;
  for (const [name, value] of values) {
    if (Array.isArray(value)) (target[name] as Float64Array).set(value as number[]);
    else target[name] = value;
  }
}

function checkField(argument: string, value: unknown, { kind, type, length }: Field): unknown {
  switch (kind) {
    case "number":
      return checkNumber(argument, value, type);
    case "boolean":
      return checkBoolean(argument, value);
    case "string":
      if (typeof value !== "string") throw new InvalidArgumentError(argument, value, "a string");
      text.setText(argument, value, length, "a string");
      return value;
    case "numbers": {
      const wanted = `${length} numbers`;
      if (typeof value !== "object" || value === null || !(Symbol.iterator in value))
        throw new InvalidArgumentError(argument, value, wanted);
      const all = [...(value as Iterable<unknown>)];
      if (all.length !== length) throw new InvalidArgumentError(argument, value, wanted);
      return all.map((each, i) => checkNumber(`${argument}[${i}]`, each, type));
    }
  }
}

function checkNumber(argument: string, value: unknown, type: string): unknown {
  const wanted = type.startsWith("big") ? "bigint" : "number";
  // oxlint-disable-next-line valid-typeof
  if (typeof value !== wanted) throw new InvalidArgumentError(argument, value, `a ${wanted}`);
  return value;
}
