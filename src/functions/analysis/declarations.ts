/**
 * Declarations of a text, scope by scope: what each scope declares and whether it is ever assigned again.
 *
 * @module
 */
import type { AnyNode, ModuleDeclaration, Node, Pattern, Statement } from "acorn";
import type { Span } from "../payload.js";

/** How a name was declared. */
export type BindingKind = "import" | "const" | "let" | "var" | "function" | "class" | "parameter" | "catch";

/** One declared name. */
export interface Binding {
  kind: BindingKind;
  /** The declaration it stands in. */
  readonly span: Span;
  /** Assignments besides its initialisation; a second declaration of the same name counts as one. */
  writes: number;
  /** Whether a `var` has an initialiser, which is undefined before it ran. */
  initialisedVar: boolean;
}

type Body = readonly (Statement | ModuleDeclaration)[];

/** A region of the text with names of its own. */
export class Scope {
  readonly bindings = new Map<string, Binding>();
  readonly children: Scope[] = [];
  /** Whether code of this function reads `arguments`, which sloppy code can use to assign parameters. */
  usesArguments = false;

  /**
   * @param isFunction - whether `var` declarations end up here.
   * @param sharesArguments - whether `arguments` here is that of the function around it.
   */
  constructor(
    readonly parent: Scope | undefined,
    readonly start: number,
    readonly end: number,
    readonly isFunction = false,
    readonly sharesArguments = !isFunction,
  ) {
    parent?.children.push(this);
  }

  /** @param write - how often the declaration itself assigns the name beyond once. */
  declare(name: string, kind: BindingKind, span: Span, write = 0, initialisedVar = false): void {
    const known = this.bindings.get(name);
    if (known) {
      if (kind !== "var") known.kind = kind;
      known.writes += 1 + write;
    } else {
      this.bindings.set(name, { kind, span, writes: write, initialisedVar });
    }
  }

  /** The binding a name means here. */
  find(name: string): { readonly binding: Binding; readonly scope: Scope } | undefined {
    const binding = this.bindings.get(name);
    return binding ? { binding, scope: this } : this.parent?.find(name);
  }

  /** The parameter scope of the function whose `arguments` is meant here. */
  functionWithArguments(): Scope | undefined {
    return this.sharesArguments ? this.parent?.functionWithArguments() : this;
  }

  /** The innermost scope around an offset. */
  at(offset: number): Scope {
    for (const child of this.children)
      if (child.start <= offset && offset < child.end) return child.at(offset);
    return this;
  }
}

/** Declares the names of a pattern. */
export function declarePattern(
  pattern: Pattern | AnyNode,
  kind: BindingKind,
  scope: Scope,
  { start, end }: Node,
): void {
  for (const name of patternNames(pattern)) scope.declare(name, kind, [start, end]);
}

/** Every name that a pattern binds. */
export function patternNames(pattern: Pattern | AnyNode): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        patternNames(property.type === "RestElement" ? property.argument : property.value),
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => (element ? patternNames(element) : []));
    case "AssignmentPattern":
      return patternNames(pattern.left);
    case "RestElement":
      return patternNames(pattern.argument);
    default:
      return [];
  }
}

/** `let`, `const`, classes, functions and imports of a list of statements. */
export function declareLexicals(body: Body, scope: Scope): void {
  for (const outer of body) {
    const statement = declarationIn(outer);
    const span: Span = [statement.start, statement.end];
    if (statement.type === "VariableDeclaration" && statement.kind !== "var") {
      const kind = statement.kind === "let" ? "let" : "const";
      for (const declarator of statement.declarations) declarePattern(declarator.id, kind, scope, declarator);
    } else if (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration") {
      const kind = statement.type === "ClassDeclaration" ? "class" : "function";
      if (statement.id) scope.declare(statement.id.name, kind, span);
    } else if (statement.type === "ImportDeclaration") {
      for (const { local } of statement.specifiers) scope.declare(local.name, "import", span);
    }
  }
}

function declarationIn(statement: Statement | ModuleDeclaration): AnyNode {
  if (statement.type === "ExportNamedDeclaration") return statement.declaration ?? statement;
  if (statement.type === "ExportDefaultDeclaration") return statement.declaration;
  return statement;
}

/**
 * `var` declarations of a function's statements, wherever they are nested, but not those of functions within.
 * Functions declared in blocks count too: sloppy code makes a `var` of them (ECMAScript annex B.3.2).
 */
export function declareVars(body: Body, scope: Scope, strict: boolean): void {
  for (const statement of body) hoist(declarationIn(statement), { scope, strict, inLoop: false, top: true });
}

interface HoistContext {
  readonly scope: Scope;
  readonly strict: boolean;
  readonly inLoop: boolean;
  readonly top: boolean;
}

function hoist(node: AnyNode | null | undefined, context: HoistContext): void {
  const { scope, inLoop } = context;
  const inner = context.top ? { ...context, top: false } : context;
  const loop = { ...inner, inLoop: true };
  switch (node?.type) {
    case "VariableDeclaration":
      if (node.kind !== "var") return;
      for (const { id, init, start, end } of node.declarations)
        for (const name of patternNames(id))
          scope.declare(name, "var", [start, end], init && inLoop ? 1 : 0, Boolean(init));
      return;
    case "FunctionDeclaration":
      if (!context.top && !context.strict && node.id && !scope.parent?.bindings.has(node.id.name))
        scope.declare(node.id.name, "var", [node.start, node.end], 1);
      return;
    case "BlockStatement":
      for (const statement of node.body) hoist(statement, inner);
      return;
    case "IfStatement":
      hoist(node.consequent, inner);
      return hoist(node.alternate, inner);
    case "ForStatement":
      hoist(node.init, inner);
      return hoist(node.body, loop);
    case "ForInStatement":
    case "ForOfStatement":
      if (node.left.type === "VariableDeclaration" && node.left.kind === "var")
        for (const { id, start, end } of node.left.declarations)
          for (const name of patternNames(id)) scope.declare(name, "var", [start, end], 1);
      return hoist(node.body, loop);
    case "WhileStatement":
    case "DoWhileStatement":
      return hoist(node.body, loop);
    case "WithStatement":
    case "LabeledStatement":
      return hoist(node.body, inner);
    case "TryStatement":
      hoist(node.block, inner);
      hoist(node.handler?.body, inner);
      return hoist(node.finalizer, inner);
    case "SwitchStatement":
      for (const { consequent } of node.cases) for (const statement of consequent) hoist(statement, inner);
      return;
    default:
  }
}
