/**
 * What the text of one function says: its form, its free variables and how it uses them, and what it takes
 * from the code around it.
 *
 * @module
 */
import * as acorn from "acorn";
import { BoundedCache } from "../bounded-cache.js";
import type { Span } from "../payload.js";
import { compiledPrivate } from "./compiled-private.js";
import { Scope } from "./declarations.js";
import { type OuterUses, type Reference, ScopeWalker } from "./scopes.js";

/** The members of a variable that a text names; `whole` where it uses the variable in any other way. */
export interface MemberTree {
  whole: boolean;
  readonly members: Map<string, MemberTree>;
}

/** A variable that a text uses and does not declare. */
export interface FreeVariable {
  readonly name: string;
  assigned: boolean;
  /** Used as `typeof x` only, which is allowed for names that do not exist. */
  onlyTypeof: boolean;
  readonly uses: { readonly span: Span; readonly shorthand: boolean; readonly called: boolean }[];
  readonly tree: MemberTree;
}

/** A computed member name of a class. */
export interface ComputedMember {
  readonly key: Span;
  readonly member: Span;
  readonly isStatic: boolean;
  readonly isField: boolean;
  readonly kind: "method" | "get" | "set" | "constructor";
}

/** Everything the text of a function says. Spans count from the start of the text. */
export interface TextAnalysis {
  readonly form: "expression" | "method" | "get" | "set";
  /** Key of a member whose name is neither computed nor private. */
  readonly key: string | undefined;
  /** A key that has to be replaced by a fixed one: a computed or private one. */
  readonly replacedKey: Span | undefined;
  readonly isArrow: boolean;
  readonly isClass: boolean;
  /** Whether `f.caller` tells strict from sloppy: only for plain functions. */
  readonly isPlainFunction: boolean;
  readonly hasStrictDirective: boolean;
  readonly free: ReadonlyMap<string, FreeVariable>;
  readonly outer: OuterUses;
  readonly heritage: Span | undefined;
  readonly computedMembers: readonly ComputedMember[];
  /** Whether instances of this class have private members, native or compiled down. */
  readonly hasPrivateMembers: boolean;
}

const strictTexts = new BoundedCache<string, TextAnalysis>(2_000);
const sloppyTexts = new BoundedCache<string, TextAnalysis>(500);

/**
 * Analyses the text of a function; a text is analysed once.
 * @throws SyntaxError where the text is of no known form.
 */
export function analyseText(text: string, strict: boolean): TextAnalysis {
  const cache = strict ? strictTexts : sloppyTexts;
  let analysis = cache.get(text);
  if (!analysis) {
    analysis = analyse(text, strict);
    cache.set(text, analysis);
  }
  return analysis;
}

interface ParsedText {
  readonly offset: number;
  readonly expression: acorn.Expression;
  readonly member: acorn.Property | acorn.MethodDefinition | undefined;
}

/** A text is an expression, or a member of an object or class; a constructor or `#method` needs a class around it. */
const wrappings: readonly {
  before: string;
  after: string;
  readonly unwrap: (outer: acorn.AnyNode) => acorn.AnyNode;
}[] = [
  { before: "(", after: "\n)", unwrap: (outer) => outer },
  { before: "({", after: "\n})", unwrap: (outer) => (outer as acorn.ObjectExpression).properties[0]! },
  {
    before: "(class extends null {",
    after: "\n})",
    unwrap: (outer) => (outer as acorn.ClassExpression).body.body[0]!,
  },
  {
    // an arrow that uses `new.target`
    before: "(function(){(",
    after: "\n)})",
    unwrap: (outer) =>
      ((outer as acorn.FunctionExpression).body.body[0] as acorn.ExpressionStatement).expression,
  },
];

function parse(text: string): ParsedText {
  let firstError: unknown;
  for (const { before, after, unwrap } of wrappings) {
    for (const sourceType of ["module", "script"] as const) {
      try {
        const program = acorn.parse(before + text + after, {
          ecmaVersion: "latest",
          sourceType,
          allowReserved: true,
          allowSuperOutsideMethod: true,
          checkPrivateFields: false,
        });
        const inner = unwrap((program.body[0] as acorn.ExpressionStatement).expression);
        const member =
          inner.type === "Property" || inner.type === "MethodDefinition"
            ? (inner as acorn.Property | acorn.MethodDefinition)
            : undefined;
        return { offset: before.length, expression: (member?.value ?? inner) as acorn.Expression, member };
      } catch (error) {
        firstError ??= error;
      }
    }
  }
  throw firstError;
}

function analyse(text: string, strict: boolean): TextAnalysis {
  const { offset, expression, member } = parse(text);
  const relative = ({ start, end }: { start: number; end: number }): Span => [start - offset, end - offset];
  const isClass = expression.type === "ClassExpression";
  const plain = expression.type === "FunctionExpression" ? expression : undefined;
  const hasStrictDirective =
    (plain !== undefined && hasDirective(plain.body.body)) ||
    (expression.type === "ArrowFunctionExpression" &&
      expression.body.type === "BlockStatement" &&
      hasDirective(expression.body.body));

  const free = new Map<string, FreeVariable>();
  const evaluatedBefore = new Set<acorn.AnyNode>();
  const computedMembers: ComputedMember[] = [];
  if (isClass) {
    // heritage and computed names were evaluated when the class was defined: their results are sent instead
    if (expression.superClass) evaluatedBefore.add(expression.superClass);
    for (const part of expression.body.body) {
      if (part.type === "StaticBlock" || !part.computed || isConstantKey(part.key)) continue;
      evaluatedBefore.add(part.key);
      const isField = part.type !== "MethodDefinition";
      computedMembers.push({
        key: relative(part.key),
        member: relative(part),
        isStatic: part.static,
        isField,
        kind: isField ? "method" : part.kind,
      });
    }
  }
  const walker = new ScopeWalker(
    (reference) => {
      if (!reference.scope.find(reference.name)) noteFree(free, reference, offset);
    },
    strict || isClass || hasStrictDirective,
    evaluatedBefore,
  );
  const outside = new Scope(undefined, 0, text.length + offset, true);
  walker.walk(expression, outside);
  walker.uses.importMeta = walker.uses.importMeta.map(([start, end]) => relative({ start, end }));

  const replacesKey = member !== undefined && (member.computed || member.key.type === "PrivateIdentifier");
  return {
    form: member?.kind === "get" || member?.kind === "set" ? member.kind : member ? "method" : "expression",
    key: member && !replacesKey ? keyName(member.key) : undefined,
    replacedKey: member && replacesKey ? relative(member.key) : undefined,
    isArrow: expression.type === "ArrowFunctionExpression",
    isClass,
    isPlainFunction: !member && plain !== undefined && !plain.async && !plain.generator,
    hasStrictDirective,
    free,
    outer: walker.uses,
    heritage: isClass && expression.superClass ? relative(expression.superClass) : undefined,
    computedMembers,
    hasPrivateMembers:
      (isClass &&
        expression.body.body.some((part) => "key" in part && part.key.type === "PrivateIdentifier")) ||
      compiledPrivate.test(text),
  };
}

function noteFree(free: Map<string, FreeVariable>, reference: Reference, offset: number): void {
  let variable = free.get(reference.name);
  if (!variable) {
    variable = {
      name: reference.name,
      assigned: false,
      onlyTypeof: true,
      uses: [],
      tree: { whole: false, members: new Map() },
    };
    free.set(reference.name, variable);
  }
  const { span, shorthand, called } = reference;
  variable.uses.push({ span: [span[0] - offset, span[1] - offset], shorthand, called });
  if (reference.write) variable.assigned = true;
  if (reference.onlyTypeof) return;
  variable.onlyTypeof = false;
  let { tree } = variable;
  for (const name of reference.members) {
    let next = tree.members.get(name);
    if (!next) {
      next = { whole: false, members: new Map() };
      tree.members.set(name, next);
    }
    tree = next;
  }
  tree.whole = true;
}

const hasDirective = (body: readonly acorn.Statement[]): boolean =>
  body.some((statement) => "directive" in statement && statement.directive === "use strict");

const isConstantKey = (key: acorn.AnyNode): boolean =>
  key.type === "Literal" ||
  (key.type === "MemberExpression" &&
    !key.computed &&
    key.object.type === "Identifier" &&
    key.object.name === "Symbol");

function keyName(key: acorn.AnyNode): string {
  if (key.type === "Identifier") return key.name;
  return String((key as acorn.Literal).value);
}
