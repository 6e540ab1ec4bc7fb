/**
 * C types as koffi is told of them. Memory that is passed by its address is checked on our side, so that to koffi it is
 * a plain pointer; koffi lays out strings, structs and callbacks.
 *
 * @module
 */
import { type KoffiType, koffi } from "./koffi.js";
import { type CType, isChar, type Parameter, type StructShape } from "./types.js";

const structs = new WeakMap<StructShape, KoffiType>();

/** A struct's layout. */
export function structType(shape: StructShape): KoffiType {
  const known = structs.get(shape);
  if (known) return known;
  const members = shape.members.map(({ name, type }) => [name, memberType(type)] as const);
  const made = koffi().struct(Object.fromEntries(members));
  structs.set(shape, made);
  return made;
}

/** Of a member of a struct, and of what `decode` reads. */
export function memberType(type: CType): string | KoffiType {
  if (type.kind === "array") return koffi().array(memberType(type.of), type.length);
  return resultType(type);
}

/** Of what a function returns, or a callback takes. */
export function resultType(type: CType): string | KoffiType {
  // of which arrays are text
  if (isChar(type)) return "char";
  if (type.kind === "integer") return `${type.signed ? "" : "u"}int${type.bits}_t`;
  if (type.kind === "struct") return structType(type);
  if (type.kind === "pointer") return isChar(type.to) ? "str" : "void *";
  return type.kind;
}

/** Of a parameter. */
export function parameterType({ type, direction }: Parameter): unknown {
  if (type.kind !== "pointer") return resultType(type);
  const { to, isConst } = type;
  if (to.kind === "function") return koffi().pointer(callbackType(to));
  if (to.kind === "struct") {
    const pointer = koffi().pointer(structType(to));
    return direction === "in" ? pointer : direction === "out" ? koffi().out(pointer) : koffi().inout(pointer);
  }
  if (isChar(to) && isConst) return "str";
  // a list of strings, which is read only
  if (isStringList({ type, direction, name: "" })) return koffi().pointer("str");
  return "void *";
}

/** `const char **` and its kin, unless they are said to be written. */
export function isStringList({ type, direction }: Parameter): boolean {
  if (type.kind !== "pointer" || type.to.kind !== "pointer" || direction === "out") return false;
  return isChar(type.to.to) && type.to.isConst;
}

function callbackType(type: Extract<CType, { kind: "function" }>): KoffiType {
  return koffi().proto(
    resultType(type.returns),
    type.parameters.map((parameter) => resultType(parameter.type)),
  );
}
