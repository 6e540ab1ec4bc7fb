import { InvalidArgumentError } from "../../errors.js";
import { checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import { run, runSync } from "../crew/steps.js";
import type { DType } from "../dtype.js";
import { applySteps, type Operand, type OutOption, type Plan, plan } from "../elementwise/apply.js";
import { commonType, type OperandLike, type Operation } from "../elementwise/operation.js";
import type { IntoOption } from "../elementwise/types.js";
import { fits } from "../jit/emit-kernel.js";
import type { OperandType } from "../jit/operand.js";
import { convert, floatOf, typedInput } from "../jit/typed.js";
import { type Formula, parseFormula, refuse, textOf } from "./parse.js";
import { translate } from "./translate.js";
import { asNumber, numberValue, truthValue, type Value } from "./value.js";

/** An array or a number for each parameter. */
export type CompiledOperands<P extends readonly unknown[]> = {
  readonly [K in keyof P]: NDArray | number | boolean;
};

/** What a compiled function answers: truth values, or numbers. */
export type CompiledResult<R> = R extends boolean ? NDArray<"bool"> : NDArray<"float64"> | NDArray<"float32">;

/** What {@link compile} makes: it takes an array or a number for each parameter, and leaves the event loop free. */
export interface Compiled<P extends readonly unknown[], R> {
  (...operands: CompiledOperands<P>): Promise<CompiledResult<R>>;
  <O extends DType>(...operands: [...CompiledOperands<P>, IntoOption<O>]): Promise<NDArray<O>>;
  /** The same, at once. */
  readonly sync: {
    (...operands: CompiledOperands<P>): CompiledResult<R>;
    <O extends DType>(...operands: [...CompiledOperands<P>, IntoOption<O>]): NDArray<O>;
  };
}

/**
 * Turns a function of arithmetic into one kernel, which goes over memory once, however many arrays and operators there are:
 * no array is made for what is between. It works on arrays, whose shapes are broadcast, and on numbers.
 *
 * What is compiled is the function's text: numbers, parameters, the operators `+ - * / % **`, comparisons, `&& || !`, `?:`,
 * functions and constants of `Math`, and `const` for parts. It means what it means in JavaScript. It is computed in float32 if
 * the arrays together are float32, as `resultType` says, else in float64; a condition gives truth values.
 *
 * @throws InvalidArgumentError that names the place of what can't be compiled, such as a variable from outside.
 * @example
 * ```ts
 * const distance = compile((x, y) => Math.sqrt(x * x + y * y));
 * const lengths = await distance(xs, ys);
 * const near = compile((x, y, limit) => x * x + y * y < limit * limit);
 * const mask = near.sync(xs, ys, 0.5); // NDArray<"bool">
 * ```
 */
export function compile<P extends readonly number[], R extends number | boolean>(
  fn: (...parameters: P) => R,
): Compiled<P, R> {
  const { parameters, operations } = programOf(textOf(fn));
  const planOf = (given: readonly unknown[]): Plan => {
    const count = parameters.length;
    if (given.length < count)
      throw new InvalidArgumentError(
        parameters[given.length]!,
        undefined,
        "an NDArray, a number or a boolean",
      );
    const options = given[count];
    if (options !== undefined) checkOptionNames("options", options, ["out"]);
    const operands = given.slice(0, count) as Operand[];
    const type = computedIn(operands);
    return plan(operations[type], operands, options as OutOption | undefined);
  };
  const compiled = (...given: unknown[]): unknown => run(applySteps(planOf(given)));
  const sync = (...given: unknown[]): unknown => runSync(applySteps(planOf(given)));
  return Object.assign(compiled, { sync }) as unknown as Compiled<P, R>;
}

/** What a text was compiled to. */
interface Program {
  readonly parameters: readonly string[];
  readonly operations: Readonly<Record<"float64" | "float32", Operation>>;
}

/** By texts: kernels stay in the heap for ever, so that the same function, however often compiled, is to have the same. */
const programs = new Map<string, Program>();

/** @throws InvalidArgumentError for a text that can't be compiled: here, not when it is used. */
function programOf(text: string): Program {
  const known = programs.get(text);
  if (known) return known;
  const formula = parseFormula(text);
  const float64 = operationOf(formula, "float64");
  float64.check();
  const operations = { float64: float64.operation, float32: operationOf(formula, "float32").operation };
  const program = { parameters: formula.parameters, operations };
  programs.set(text, program);
  return program;
}

function computedIn(operands: readonly Operand[]): "float64" | "float32" {
  // what has float64 in it is float64
  for (const operand of operands)
    if (operand instanceof NDArray && operand.dtype === "float64") return "float64";
  const types: OperandLike[] = operands.flatMap((operand) =>
    operand instanceof NDArray ? [operand.dtype] : [],
  );
  return types.length > 0 && commonType(types) === "float32" ? "float32" : "float64";
}

function operationOf(
  formula: Formula,
  type: "float64" | "float32",
): { operation: Operation; check: () => void } {
  const lanes = floatOf(type);
  const numbers = formula.parameters.map((_name, k) => typedInput(type, k));
  const result = (): Value =>
    translate(
      formula,
      lanes,
      numbers.map(({ vector }) => numberValue(vector)),
    );
  let kind: Value["kind"] | undefined;
  const kindOf = (): Value["kind"] => (kind ??= result().kind);
  const operation: Operation = {
    name: "compiled",
    signature: (operands) => ({
      inputs: operands.map((operand) => (operand === "bool" || typeof operand === "boolean" ? "bool" : type)),
      result: kindOf() === "truth" ? "bool" : type,
    }),
    build(operands, dtype) {
      const inputs = operands.map(({ dtype: own, vector }) =>
        own === "bool" ? truthValue(vector) : numberValue(vector),
      );
      const value = translate(formula, lanes, inputs);
      // with truth values for parameters the result may be one where it is none for numbers
      return dtype === "bool" && value.kind === "truth"
        ? value.vector
        : convert({ dtype: type, vector: asNumber(lanes, value) }, dtype);
    },
  };
  const check = (): void => {
    const { kind: found, vector } = result();
    kind = found;
    const inputs = numbers.map(({ dtype }): OperandType => ({ dtype, pattern: "strided" }));
    const output: OperandType = { dtype: found === "truth" ? "bool" : type, pattern: "strided" };
    if (fits({ inputs, output, value: vector })) return;
    const whole = { start: 0, end: formula.text.length };
    throw refuse(formula.text, whole, "less of it; compile its parts as functions of their own");
  };
  return { operation, check };
}
