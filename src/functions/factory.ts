/**
 * Emits and compiles the code that makes a function again: its text within a function whose local constants
 * are the captured variables. `const` keeps the speed of the original: V8 folds them, which it doesn't do for
 * a `let` that some other function assigns, let alone for `with` (rule 10).
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import type { CellBinding, CodeRecord, Span } from "./payload.js";
import { compileScript } from "./resolve.js";

/** What a factory is called with. */
export interface FactoryInput {
  readonly name: string;
  readonly meta: unknown;
  readonly superclass: unknown;
  readonly keys: readonly unknown[];
  readonly cells: readonly { value: unknown }[];
  /** Variables that are known before the function is made. */
  readonly init: Readonly<Record<string, unknown>>;
}

/** What a factory answers. */
export interface FactoryOutput {
  make(): (...args: unknown[]) => unknown;
  /** Setters of the variables that are known only later: back edges of a cycle of functions. */
  readonly set: Readonly<Record<string, (value: unknown) => void>>;
}

/** The names that decide a factory's code. */
export interface FactoryShape {
  readonly known: readonly string[];
  readonly late: readonly string[];
  /** The variable by which the function refers to itself. */
  readonly self: string | undefined;
  readonly cells: readonly CellBinding[];
}

/** The form of a function's code that a shape asks for, as a key. */
export const shapeKey = ({ known, late, self, cells }: FactoryShape): string =>
  [known.join(), late.join(), self ?? "", cells.map((cell) => `${cell.name}=${cell.cell}`).join()].join(";");

/** Suffix of the file name of code that runs at positions of transformed source: see {@link mapStack}. */
export const transformedMark = "?ungil-transformed";

/** Compiles the factory of a code record. */
export function compileFactory(
  code: CodeRecord,
  shape: FactoryShape,
): (input: FactoryInput) => FactoryOutput {
  // a name that the text can't contain, even where the text was emitted by a factory before
  let prefix = "$ungil";
  while (code.text.includes(prefix)) prefix += "_";
  const { known, late, self, cells } = shape;
  const assigned = new Set(code.assigned);
  const constants = known.filter((name) => !assigned.has(name));
  const variables = known.filter((name) => assigned.has(name));
  const from = `${prefix}.init`;
  const declarations = [
    code.strict ? '"use strict"' : "",
    constants.length > 0 ? `const { ${constants.join(", ")} } = ${from}` : "",
    variables.length > 0 ? `let { ${variables.join(", ")} } = ${from}` : "",
    late.length > 0 ? `let ${late.join(", ")}` : "",
    code.metaSpans.length > 0 ? `const ${prefix}meta = ${prefix}.meta` : "",
    ...[...new Set(cells.map(({ cell }) => cell))].map(
      (cell) => `const ${prefix}cell${cell} = ${prefix}.cells[${cell}]`,
    ),
  ].filter(Boolean);
  const setters = late.map((name) => `${JSON.stringify(name)}: (${prefix}v) => { ${name} = ${prefix}v; }`);
  const [before, after] = expressionAround(code, prefix);
  const text = edited(code, cells, prefix);
  const make = self === undefined ? `return ${before}` : `const ${self} = ${before}`;
  const head = `(function (${prefix}) { ${declarations.join("; ")}; return { set: { ${setters.join(", ")} }, make: () => { ${make}`;
  const tail = `${after}; ${self === undefined ? "" : `return ${self};`} } }; })`;
  return compileScript(head + text + tail, {
    filename: fileName(code),
    lineOffset: code.line,
    columnOffset: code.column - head.length,
  }) as (input: FactoryInput) => FactoryOutput;
}

function fileName({ url, transformed }: CodeRecord): string {
  if (!/^[a-z][a-z+.-]+:/i.test(url)) return pathToFileURL(`${process.cwd()}/[eval]`).href;
  return transformed ? url + transformedMark : url;
}

/** Code around the text that turns it into an expression of the right name. */
function expressionAround({ form, key, replacedKey }: CodeRecord, prefix: string): [string, string] {
  if (form === "expression") return [`({ [${prefix}.name]: (`, `\n) })[${prefix}.name]`];
  const name = replacedKey ? '"x"' : JSON.stringify(key);
  if (form === "method") return ["({ ", `\n})[${name}]`];
  return ["Object.getOwnPropertyDescriptor({ ", `\n}, ${name}).${form}`];
}

interface Edit {
  readonly span: Span;
  readonly text: string;
}

function edited(code: CodeRecord, cells: readonly CellBinding[], prefix: string): string {
  const edits: Edit[] = code.metaSpans.map((span) => ({ span, text: `${prefix}meta` }));
  for (const { name, cell, uses } of cells) {
    const value = `${prefix}cell${cell}.value`;
    for (const { span, shorthand, called } of uses) {
      // a call through a member would pass the cell as `this`
      edits.push({ span, text: shorthand ? `${name}: ${value}` : called ? `(0, ${value})` : value });
    }
  }
  if (code.replacedKey) edits.push({ span: code.replacedKey, text: '"x"' });
  if (code.heritage) edits.push({ span: code.heritage, text: `${prefix}.superclass` });
  code.keySpans.forEach((span, index) => edits.push({ span, text: `${prefix}.keys[${index}]` }));
  let { text } = code;
  for (const { span, text: replacement } of edits.toSorted((one, other) => other.span[0] - one.span[0]))
    text = text.slice(0, span[0]) + replacement + text.slice(span[1]);
  return text;
}
