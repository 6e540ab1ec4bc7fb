import type * as acorn from "acorn";
import { jsPowerIn } from "../elementwise/functions/index.js";
import { bit, call, type FloatLanes, type Vector } from "../jit/vector.js";
import { mathConstants, mathFunctions } from "./math.js";
import { type Formula, refuseAt } from "./parse.js";
import {
  asNumber,
  asTruth,
  choose,
  constantTruth,
  numberValue,
  together,
  truthValue,
  type Value,
} from "./value.js";

/** How many levels of a formula may be in each other. */
const deepest = 500;

/**
 * The value of a formula.
 * @param inputs - the parameters' values.
 * @throws InvalidArgumentError that names the place, for what can't be compiled.
 */
export function translate(formula: Formula, lanes: FloatLanes, inputs: readonly Value[]): Value {
  const { text, parameters, steps, result } = formula;
  const names = new Map<string, Value>(parameters.map((name, k) => [name, inputs[k]!]));
  for (const { name, value } of steps) names.set(name, valueOf(value, 0));
  return valueOf(result, 0);

  function valueOf(
    node: acorn.Expression | acorn.PrivateIdentifier | acorn.SpreadElement,
    depth: number,
  ): Value {
    if (depth > deepest) throw refuseAt(text, node, "fewer levels; constants can hold parts");
    const of = (part: acorn.Expression): Value => valueOf(part, depth + 1);
    switch (node.type) {
      case "Literal":
        if (typeof node.value === "number") return numberValue(lanes.of(node.value));
        if (typeof node.value === "boolean") return constantTruth(node.value);
        throw refuseAt(text, node, "numbers, true and false are the only literals");
      case "Identifier":
        return named(node);
      case "ParenthesizedExpression":
        return of(node.expression);
      case "UnaryExpression":
        return unary(node, of(node.argument));
      case "BinaryExpression":
        if (node.left.type === "PrivateIdentifier") throw refuseAt(text, node, "no private names");
        return binary(node, of(node.left), of(node.right));
      case "LogicalExpression":
        return logical(node, of(node.left), of(node.right));
      case "ConditionalExpression":
        return choose(lanes, asTruth(lanes, of(node.test)), of(node.consequent), of(node.alternate));
      case "MemberExpression":
        return member(node);
      case "CallExpression":
        return mathCall(node, depth);
      default:
        throw refuseAt(text, node, "only numbers, parameters, operators, ?: and functions of Math");
    }
  }

  function named(node: acorn.Identifier): Value {
    const known = names.get(node.name);
    if (known) return known;
    if (node.name === "Infinity") return numberValue(lanes.of(Infinity));
    if (node.name === "NaN") return numberValue(lanes.of(NaN));
    throw refuseAt(
      text,
      node,
      "a variable from outside is to be a parameter, for which a number can be given",
    );
  }

  function unary(node: acorn.UnaryExpression, value: Value): Value {
    switch (node.operator) {
      case "-":
        return numberValue(lanes.neg(asNumber(lanes, value)));
      case "+":
        return numberValue(asNumber(lanes, value));
      case "!":
        return truthValue(bit.not(asTruth(lanes, value)));
      default:
        throw refuseAt(text, node, "of operators before a value there are -, + and !");
    }
  }

  function binary(node: acorn.BinaryExpression, left: Value, right: Value): Value {
    if (node.operator === "===" || node.operator === "!==") {
      if (left.mixed || right.mixed)
        throw refuseAt(text, node, "what may be a number or a truth value is compared by == or !=");
      // no number is the same as true or false
      if (left.kind !== right.kind) return constantTruth(node.operator === "!==");
    }
    const [a, b] = [asNumber(lanes, left), asNumber(lanes, right)];
    const build = (binaryOperators as Readonly<Record<string, BinaryOperator>>)[node.operator];
    if (build) return build(lanes, a, b);
    if (node.operator !== "**")
      throw refuseAt(
        text,
        node,
        `of operators between values there are ${Object.keys(binaryOperators).join(" ")} **`,
      );
    const exponent = node.right;
    if (exponent.type === "Literal" && exponent.value === 2) return numberValue(lanes.mul(a, a));
    return numberValue(jsPowerIn(lanes.lanes, a, b));
  }

  function logical(node: acorn.LogicalExpression, left: Value, right: Value): Value {
    if (node.operator === "??") throw refuseAt(text, node, "numbers are never null: use ||");
    const both = left.kind === "truth" && right.kind === "truth";
    if (both) {
      const combine = node.operator === "&&" ? bit.and : bit.or;
      return truthValue(together(combine, left.vector, right.vector));
    }
    const truth = asTruth(lanes, left);
    return node.operator === "&&" ? choose(lanes, truth, right, left) : choose(lanes, truth, left, right);
  }

  /** The name after `Math.`; undefined for any other expression. */
  function ofMath(node: acorn.Expression | acorn.Super): string | undefined {
    if (node.type !== "MemberExpression" || node.computed || node.optional) return undefined;
    const { object, property } = node;
    if (object.type !== "Identifier" || object.name !== "Math" || names.has("Math")) return undefined;
    return property.type === "Identifier" ? property.name : undefined;
  }

  function member(node: acorn.MemberExpression): Value {
    const name = ofMath(node);
    if (name !== undefined && Object.hasOwn(mathConstants, name))
      return numberValue(lanes.of(mathConstants[name]!));
    throw refuseAt(text, node, "of properties there are only the constants of Math");
  }

  function mathCall(node: acorn.CallExpression, depth: number): Value {
    const name = ofMath(node.callee);
    if (name === undefined || !Object.hasOwn(mathFunctions, name))
      throw refuseAt(text, node, `of functions there are Math.${Object.keys(mathFunctions).join(", ")}`);
    const { arity, build } = mathFunctions[name]!;
    const args: Vector[] = node.arguments.map((arg) => {
      if (arg.type === "SpreadElement") throw refuseAt(text, arg, "arguments are given one by one");
      return asNumber(lanes, valueOf(arg, depth + 1));
    });
    if (arity === "any" ? args.length === 0 : args.length !== arity)
      throw refuseAt(text, node, `Math.${name} takes ${arity === "any" ? "at least one argument" : arity}`);
    return numberValue(build(lanes, args));
  }
}

type BinaryOperator = (lanes: FloatLanes, a: Vector, b: Vector) => Value;

const arithmetic =
  (build: (lanes: FloatLanes, a: Vector, b: Vector) => Vector): BinaryOperator =>
  (lanes, a, b) =>
    numberValue(build(lanes, a, b));

const comparison =
  (build: (lanes: FloatLanes, a: Vector, b: Vector) => Vector): BinaryOperator =>
  (lanes, a, b) =>
    truthValue(build(lanes, a, b));

const equal = comparison((lanes, a, b) => lanes.eq(a, b));
const unequal = comparison((lanes, a, b) => lanes.ne(a, b));

const binaryOperators = {
  "+": arithmetic((lanes, a, b) => lanes.add(a, b)),
  "-": arithmetic((lanes, a, b) => lanes.sub(a, b)),
  "*": arithmetic((lanes, a, b) => lanes.mul(a, b)),
  "/": arithmetic((lanes, a, b) => lanes.div(a, b)),
  "%": arithmetic(({ lanes }, a, b) => call(lanes, `scalar_fmod_${lanes}`, a, b)),
  "<": comparison((lanes, a, b) => lanes.lt(a, b)),
  "<=": comparison((lanes, a, b) => lanes.le(a, b)),
  ">": comparison((lanes, a, b) => lanes.gt(a, b)),
  ">=": comparison((lanes, a, b) => lanes.ge(a, b)),
  "==": equal,
  "===": equal,
  "!=": unequal,
  "!==": unequal,
} as const satisfies Readonly<Record<string, BinaryOperator>>;
