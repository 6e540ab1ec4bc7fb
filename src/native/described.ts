/**
 * The types that a program has described, by name: signatures name them as C does.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.js";
import { builtinType, inC, type OpaqueType, type StructShape } from "./types.js";

const described = new Map<string, StructShape | OpaqueType>();

export const describedType = (name: string): StructShape | OpaqueType | undefined => described.get(name);

export const describedNames = (): Iterable<string> => described.keys();

/** Keeps a type under its name; a second time only if it is the same one. @throws InvalidArgumentError */
export function describe<T extends StructShape | OpaqueType>(type: T): T {
  const { name } = type;
  if (!/^[A-Za-z_]\w*$/.test(name) || builtinType(name) || name === "struct")
    throw new InvalidArgumentError("name", name, 'a name that C could give to a type, such as "Point"');
  const known = described.get(name);
  if (!known) {
    described.set(name, type);
    return type;
  }
  if (layoutOf(known) === layoutOf(type)) return known as T;
  throw new InvalidArgumentError(
    "name",
    name,
    `a name of its own: another type has it already (${layoutOf(known)}), and functions may use it`,
  );
}

function layoutOf(type: StructShape | OpaqueType): string {
  if (type.kind === "opaque") return "opaque";
  return `{ ${type.members.map(({ name, type }) => `${inC(type)} ${name};`).join(" ")} }`;
}
