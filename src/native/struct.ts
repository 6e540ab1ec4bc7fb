/**
 * Types that a program describes: structs, and types of which only pointers are passed on.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.js";
import { describe } from "./described.js";
import { koffi } from "./koffi.js";
import { structType } from "./koffi-types.js";
import { parseType } from "./parse.js";
import type { MemberOf } from "./signature-types.js";
import { type CType, inC, type StructShape } from "./types.js";

let shapeOf: (type: StructType<object>) => StructShape;
let makeStruct: <V extends object>(shape: StructShape) => StructType<V>;

/** A struct of C: objects with its members can be passed and are returned. */
export class StructType<V extends object = Record<string, unknown>> {
  /** As signatures name it. */
  readonly name: string;
  /** For the compiler only: what objects of it are. */
  declare readonly valueType?: V;
  readonly #shape: StructShape;

  private constructor(shape: StructShape) {
    this.name = shape.name;
    this.#shape = shape;
  }

  /** Bytes that one takes. @throws MissingDependencyError without koffi. */
  get size(): number {
    return structType(this.#shape).size;
  }

  /** Its address is a multiple of so many bytes. @throws MissingDependencyError without koffi. */
  get alignment(): number {
    return structType(this.#shape).alignment;
  }

  /**
   * Bytes between its start and a member.
   * @throws InvalidArgumentError for a member that it does not have.
   */
  offsetOf(member: keyof V & string): number {
    if (!this.#shape.members.some(({ name }) => name === member))
      throw new InvalidArgumentError("member", member, `a member of ${this.name}`);
    return koffi().offsetof(structType(this.#shape), member);
  }

  static {
    shapeOf = (type) => type.#shape;
    makeStruct = (shape) => new StructType(shape);
  }
}

/** The C type that is meant by a name or by a struct. @throws InvalidArgumentError */
export function typeGiven(argument: string, type: unknown): CType {
  if (type instanceof StructType) return shapeOf(type as StructType<object>);
  if (typeof type === "string") return parseType(argument, type);
  throw new InvalidArgumentError(argument, type, 'a C type such as "double", or what struct() returned');
}

/**
 * Describes a struct, so that signatures can name it. Its members have C types (`"double"`, `"const char *"`, `"int[3]"`)
 * or are structs themselves. The same description a second time is the same struct.
 * @param name - as signatures name it, `Point` or `struct Point`.
 * @param members - in the order in which C has them.
 * @throws InvalidArgumentError for a bad name, an unknown type, or a name that another struct has.
 * @example
 * const Division = struct("div_t", { quot: "int", rem: "int" });
 * const div = load("c").func<(a: number, b: number) => { quot: number; rem: number }>("div_t div(int a, int b)");
 * div(7, 2); // { quot: 3, rem: 1 }
 */
export function struct<const M extends Readonly<Record<string, string | StructType<object>>>>(
  name: string,
  members: M,
): StructType<{ -readonly [K in keyof M]: MemberOf<M[K]> }> {
  if (typeof name !== "string") throw new InvalidArgumentError("name", name, "a string");
  if (typeof members !== "object" || members === null || Object.keys(members).length === 0)
    throw new InvalidArgumentError("members", members, 'an object such as { x: "double", y: "double" }');
  const shape: StructShape = {
    kind: "struct",
    name,
    members: Object.entries(members).map(([member, type]) => ({
      name: member,
      type: memberGiven(`members.${member}`, type),
    })),
  };
  return makeStruct(describe(shape));
}

function memberGiven(argument: string, given: unknown): CType {
  const type = typeGiven(argument, given);
  const part = type.kind === "array" ? type.of : type;
  if (part.kind !== "void" && part.kind !== "opaque" && part.kind !== "array") return type;
  throw new InvalidArgumentError(argument, given, `a type with a size; ${inC(type)} can only be pointed to`);
}

/**
 * Describes a type of which only pointers are passed on, such as C's `FILE`. An unknown `struct name` needs no
 * description.
 * @throws InvalidArgumentError for a bad name, or one that another type has.
 * @example
 * opaque("FILE");
 * const fclose = load("c").func("int fclose(FILE *file)");
 */
export function opaque(name: string): void {
  if (typeof name !== "string") throw new InvalidArgumentError("name", name, "a string");
  describe({ kind: "opaque", name });
}
