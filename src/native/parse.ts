/**
 * C declarations: the prototype of a function, the type of a member.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.js";
import { nearest } from "../validate.js";
import { describedNames, describedType } from "./described.js";
import { DeclarationFault, TokenReader } from "./tokens.js";
import {
  builtinNames,
  builtinType,
  type CType,
  type Direction,
  inC,
  type Parameter,
  type Prototype,
} from "./types.js";

const qualifiers = new Set([
  "const",
  "volatile",
  "restrict",
  "__restrict",
  "__restrict__",
  "extern",
  "static",
]);
const numberWords = new Set(["unsigned", "signed", "long", "short", "int", "char"]);
const directions: Readonly<Record<string, Direction>> = { _In_: "in", _Out_: "out", _Inout_: "inout" };

/** One less than koffi takes: a submitted call has one more. */
const mostParameters = 63;

/** @throws InvalidArgumentError that says what is wrong with the signature, and where. */
export function parsePrototype(signature: unknown): Prototype {
  if (typeof signature !== "string") throw refusal(signature, "a string");
  return parsed(
    "signature",
    signature,
    'a C prototype such as "double pow(double x, double y)"',
    (reader) => {
      const { type: returns, name } = declarator(reader, specifiers(reader));
      if (name === "") throw reader.fault("expected the function's name");
      if (returns.kind === "opaque" || returns.kind === "array")
        throw reader.fault(`${inC(returns)} can't be returned, only a pointer to it`);
      reader.expect("(", "behind the function's name");
      const parameters = parameterList(reader);
      if (parameters.length > mostParameters)
        throw reader.fault(`a function with more than ${mostParameters} parameters can't be called`);
      reader.take(";");
      if (reader.peek() !== "") throw reader.fault("unexpected text behind the prototype");
      return { kind: "function", name, returns, parameters };
    },
  );
}

/**
 * A type such as `"const char *"` or `"int[3]"`.
 * @param argument - what it is given as, for errors.
 * @throws InvalidArgumentError that says what is wrong with it, and where.
 */
export function parseType(argument: string, text: string): CType {
  return parsed(argument, text, 'a C type such as "double", "const char *" or "int[3]"', (reader) => {
    const { type, name } = declarator(reader, specifiers(reader));
    if (name !== "") throw reader.fault(`unexpected name ${name}`);
    const sized = sizes(reader, type);
    if (reader.peek() !== "") throw reader.fault("unexpected text behind the type");
    return sized;
  });
}

function parsed<T>(argument: string, text: string, wanted: string, read: (reader: TokenReader) => T): T {
  try {
    return read(new TokenReader(text));
  } catch (error) {
    if (!(error instanceof DeclarationFault)) throw error;
    throw new InvalidArgumentError(argument, text, `${wanted}: ${error.message}`);
  }
}

function refusal(value: unknown, what: string): InvalidArgumentError {
  return new InvalidArgumentError(
    "signature",
    value,
    `${what}: a C prototype such as "double pow(double x, double y)"`,
  );
}

interface Specifiers {
  readonly type: CType;
  readonly isConst: boolean;
}

function specifiers(reader: TokenReader): Specifiers {
  let isConst = false;
  const words: string[] = [];
  let named: CType | undefined;
  for (; reader.isWord; reader.next()) {
    const word = reader.peek();
    if (word === "const") isConst = true;
    if (qualifiers.has(word)) continue;
    if (numberWords.has(word) && !named) words.push(word);
    else if (words.length > 0 || named) {
      // no name: `long double` is not a long that is called double
      const type = builtinType(word);
      if (numberWords.has(word) || (type && type.kind !== "integer"))
        throw reader.fault(`there is no type ${[...words, ...(named ? [inC(named)] : []), word].join(" ")}`);
      break;
    } else named = namedType(reader);
  }
  if (words.length > 0) return { type: numberType(reader, words), isConst };
  if (!named) throw reader.fault("expected a type");
  return { type: named, isConst };
}

/** The type whose name comes next; the reader stays before its last word. */
function namedType(reader: TokenReader): CType {
  const tag = reader.peek();
  if (tag === "struct") {
    reader.next();
    if (!reader.isWord) throw reader.fault("expected a name behind struct");
    return describedType(reader.peek()) ?? { kind: "opaque", name: `struct ${reader.peek()}` };
  }
  if (tag === "enum" || tag === "union")
    throw reader.fault(`${tag} is not supported; name the integer type instead`);
  const type = builtinType(tag) ?? describedType(tag);
  if (type) return type;
  const near = nearest(tag, [...builtinNames, ...describedNames()]);
  const hint = near
    ? `did you mean ${near}?`
    : `describe it before with struct("${tag}", { … }), or opaque("${tag}") for a pointer to it`;
  throw reader.fault(`there is no type ${tag}; ${hint}`);
}

/** `long unsigned int` and its kin in one form. */
function numberType(reader: TokenReader, words: readonly string[]): CType {
  const count = (word: string): number => words.filter((each) => each === word).length;
  const base =
    count("char") > 0 ? "char" : count("short") > 0 ? "short" : ["int", "long", "long long"][count("long")];
  const name =
    count("unsigned") > 0
      ? `unsigned ${base}`
      : base === "char" && count("signed") > 0
        ? "signed char"
        : base;
  const type = name === undefined ? undefined : builtinType(name);
  const isOdd =
    (count("char") > 0 && count("int") + count("long") + count("short") > 0) ||
    (count("short") > 0 && count("long") > 0) ||
    (count("unsigned") > 0 && count("signed") > 0) ||
    ["unsigned", "signed", "short", "int", "char"].some((word) => count(word) > 1);
  if (!type || isOdd) throw reader.fault(`there is no type ${words.join(" ")}`);
  return type;
}

/** Stars and a name behind specifiers; a pointer to a function as C writes it. */
function declarator(reader: TokenReader, { type: base, isConst }: Specifiers): Specifiers & { name: string } {
  let type = base;
  let targetIsConst = isConst;
  while (reader.peek() === "*" || qualifiers.has(reader.peek())) {
    if (reader.next() !== "*") continue;
    type = { kind: "pointer", to: type, isConst: targetIsConst };
    targetIsConst = false;
    // of the pointer itself: it counts for the next star
    while (qualifiers.has(reader.peek())) if (reader.next() === "const") targetIsConst = true;
  }
  if (reader.peek() === "(" && reader.peek(1) === "*") {
    reader.next();
    reader.next();
    const name = reader.isWord ? reader.next() : "";
    reader.expect(")", "behind the name of the function pointer");
    reader.expect("(", "before the parameters of the function pointer");
    return { type: functionPointer(reader, type), isConst: false, name };
  }
  return { type, isConst: targetIsConst, name: reader.isWord ? reader.next() : "" };
}

function functionPointer(reader: TokenReader, returns: CType): CType {
  if (returns.kind === "struct" || returns.kind === "opaque")
    throw reader.fault("a callback can't return a struct; let it write through a pointer");
  const parameters = parameterList(reader);
  if (parameters.some(({ type }) => type.kind === "struct"))
    throw reader.fault("a callback can't take a struct by value; let it take a pointer");
  return { kind: "pointer", to: { kind: "function", returns, parameters }, isConst: false };
}

function parameterList(reader: TokenReader): Parameter[] {
  const parameters: Parameter[] = [];
  if (reader.peek() === "void" && reader.peek(1) === ")") reader.next();
  if (reader.take(")")) return parameters;
  do parameters.push(parameter(reader));
  while (reader.take(","));
  reader.expect(")", "behind the parameters");
  return parameters;
}

function parameter(reader: TokenReader): Parameter {
  if (reader.peek() === "...")
    throw reader.fault(
      "functions with any number of arguments (...) can't be called; bind a function that takes a list",
    );
  const stated = directions[reader.peek()];
  if (stated) reader.next();
  const { type, isConst, name } = declarator(reader, specifiers(reader));
  const passed = decayed(reader, type, isConst);
  if (passed.kind === "void" || passed.kind === "opaque")
    throw reader.fault(`${passed.name} can't be a parameter, only a pointer to it`);
  if (stated && stated !== "in" && passed.kind !== "pointer")
    throw reader.fault("only a pointer can be _Out_ or _Inout_");
  return { name, type: passed, direction: stated ?? usualDirection(passed) };
}

const usualDirection = (type: CType): Direction =>
  type.kind === "pointer" && !type.isConst ? "inout" : "in";

/** An array as a parameter is a pointer. */
function decayed(reader: TokenReader, type: CType, isConst: boolean): CType {
  if (!reader.take("[")) return type;
  if (reader.peek() !== "]") reader.next();
  reader.expect("]", "behind the length of the array");
  return { kind: "pointer", to: type, isConst };
}

function sizes(reader: TokenReader, type: CType): CType {
  if (!reader.take("[")) return type;
  const length = Number(reader.next());
  if (!Number.isInteger(length) || length < 1) throw reader.fault("expected the length of the array");
  reader.expect("]", "behind the length of the array");
  return { kind: "array", of: type, length };
}
