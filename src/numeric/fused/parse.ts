import * as acorn from "acorn";
import { InvalidArgumentError } from "../../errors.js";

/** A function of arithmetic only: its parameters, names for what is computed on the way, and the result. */
export interface Formula {
  readonly text: string;
  readonly parameters: readonly string[];
  readonly steps: readonly { readonly name: string; readonly value: acorn.Expression }[];
  readonly result: acorn.Expression;
}

/** Says what can't be compiled, and where. */
export function refuse(
  text: string,
  node: { start: number; end: number },
  advice: string,
): InvalidArgumentError {
  const before = text.slice(0, node.start).split("\n");
  const place = `line ${before.length}, column ${before.at(-1)!.length + 1}`;
  return new InvalidArgumentError(
    `fn, at ${place} of its text,`,
    text.slice(node.start, node.end),
    `arithmetic: ${advice}`,
  );
}

/** The text before a function, so that methods and arrows parse alike. */
const prefix = "(";

/** @throws InvalidArgumentError for what is no function. */
export function textOf(fn: unknown): string {
  if (typeof fn !== "function")
    throw new InvalidArgumentError("fn", fn, "a function of numbers, such as (a, b) => a * b");
  return Function.prototype.toString.call(fn);
}

/**
 * Reads a function's text.
 * @throws InvalidArgumentError for what is not a function of parameters alone, with one result.
 */
export function parseFormula(text: string): Formula {
  let program: acorn.Program;
  try {
    program = acorn.parse(`${prefix}${text})`, { ecmaVersion: "latest" });
  } catch (error) {
    throw new InvalidArgumentError(
      "fn",
      text,
      `an arrow function or a function expression that is written in JavaScript: ${(error as Error).message}`,
    );
  }
  const [statement] = program.body;
  const node = statement?.type === "ExpressionStatement" ? statement.expression : undefined;
  if (node?.type !== "ArrowFunctionExpression" && node?.type !== "FunctionExpression")
    throw new InvalidArgumentError("fn", text, "an arrow function or a function expression");
  const found = readFunction(text, node);
  if (found.parameters.length === 0)
    throw refuse(text, { start: 0, end: text.length }, "it needs a parameter for each array");
  return found;
}

function readFunction(text: string, node: acorn.ArrowFunctionExpression | acorn.FunctionExpression): Formula {
  if (node.async || node.generator) throw refuseAt(text, node, "no async function, and no generator");
  const parameters = node.params.map((parameter) => {
    if (parameter.type !== "Identifier")
      throw refuseAt(text, parameter, "parameters are plain names, without defaults or patterns");
    return parameter.name;
  });
  if (node.body.type !== "BlockStatement") return { text, parameters, steps: [], result: node.body };
  const steps: { name: string; value: acorn.Expression }[] = [];
  const statements = node.body.body;
  for (const statement of statements.slice(0, -1)) {
    // minifiers make let and var of const; what would change one later is refused
    if (statement.type !== "VariableDeclaration" || !["const", "let", "var"].includes(statement.kind))
      throw refuseAt(text, statement, "before the result there are only constants: const d = a - b;");
    for (const { id, init } of statement.declarations) {
      if (id.type !== "Identifier" || !init) throw refuseAt(text, id, "a constant has a plain name");
      steps.push({ name: id.name, value: init });
    }
  }
  const last = statements.at(-1);
  if (last?.type !== "ReturnStatement" || !last.argument)
    throw refuseAt(text, last ?? node.body, "the last statement returns the result");
  return { text, parameters, steps, result: last.argument };
}

/** Positions in what was parsed are behind the prefix. */
export function refuseAt(
  text: string,
  node: { start: number; end: number },
  advice: string,
): InvalidArgumentError {
  return refuse(text, { start: node.start - prefix.length, end: node.end - prefix.length }, advice);
}
