/**
 * Lexical scopes of a parsed text: one walk finds every declaration, every reference with the scope it
 * stands in, and what the text takes from the code around it (`this`, `arguments`, `super`, private names).
 * Pure: no knowledge of V8 or of files.
 *
 * @module
 */
import type { AnyNode, Class, Function as FunctionSyntax, Node, Pattern, Program, Statement } from "acorn";
import type { Span } from "../payload.js";
import { type BindingKind, declareLexicals, declarePattern, declareVars, Scope } from "./declarations.js";

/** A use of a name. */
export interface Reference {
  readonly name: string;
  readonly scope: Scope;
  readonly span: Span;
  readonly write: boolean;
  readonly onlyTypeof: boolean;
  readonly shorthand: boolean;
  readonly called: boolean;
  /** Names of the members read from it: `["a", "b"]` for `x.a.b`. */
  readonly members: readonly string[];
}

/** What a text takes from the code around it, besides variables. */
export interface OuterUses {
  this: boolean;
  arguments: boolean;
  newTarget: boolean;
  super: boolean;
  /** First private name that no class of the text declares. */
  privateName: string | undefined;
  importMeta: Span[];
  dynamicImport: boolean;
  directEval: boolean;
  with: boolean;
  /** Whether sloppy and strict mode could run the text differently. */
  strictnessMatters: boolean;
}

interface ReferenceTraits {
  readonly write?: boolean;
  readonly onlyTypeof?: boolean;
  readonly shorthand?: boolean;
  readonly called?: boolean;
  readonly members?: readonly string[];
}

/** Walks a text once. `onReference` is called with all enclosing declarations known. */
export class ScopeWalker {
  readonly uses: OuterUses = {
    this: false,
    arguments: false,
    newTarget: false,
    super: false,
    privateName: undefined,
    importMeta: [],
    dynamicImport: false,
    directEval: false,
    with: false,
    strictnessMatters: false,
  };
  readonly #onReference: (reference: Reference) => void;
  /** How many boundaries that bring their own `this` lie between here and the outside. */
  #ownThis = 0;
  /** Whether `super` here belongs to an object or class of the text. */
  #ownSuper = 0;
  readonly #privateNames: Set<string>[] = [];
  readonly #skip: ReadonlySet<AnyNode>;
  readonly #strict: boolean;

  /**
   * @param strict - whether the text is known to be strict code.
   * @param skip - nodes that are left out of the walk, with all they hold.
   */
  constructor(
    onReference: (reference: Reference) => void,
    strict: boolean,
    skip: ReadonlySet<AnyNode> = new Set(),
  ) {
    this.#onReference = onReference;
    this.#strict = strict;
    this.#skip = skip;
  }

  /** Walks a whole script or module; answers its top scope. */
  program(program: Program): Scope {
    const scope = new Scope(undefined, program.start, program.end, true);
    declareVars(program.body, scope, this.#strict);
    declareLexicals(program.body, scope);
    for (const statement of program.body) this.walk(statement, scope);
    return scope;
  }

  walk(node: AnyNode, scope: Scope): void {
    if (this.#skip.has(node)) return;
    switch (node.type) {
      case "Identifier":
        return this.#refer(node.name, node, scope);
      case "ThisExpression":
        if (this.#ownThis === 0) this.uses.this = true;
        else this.uses.strictnessMatters = true;
        return;
      case "Super":
        if (this.#ownSuper === 0) this.uses.super = true;
        return;
      case "MetaProperty":
        if (node.meta.name === "import") this.uses.importMeta.push([node.start, node.end]);
        else if (this.#ownThis === 0) this.uses.newTarget = true;
        return;
      case "ImportExpression":
        this.uses.dynamicImport = true;
        return this.#children(node, scope);
      case "PrivateIdentifier":
        if (!this.#privateNames.some((names) => names.has(node.name)))
          this.uses.privateName ??= `#${node.name}`;
        return;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return this.function(node, scope);
      case "ClassDeclaration":
      case "ClassExpression":
        return this.class(node, scope);
      case "MemberExpression":
        return this.#member(node, scope);
      case "Property":
        if (node.computed) this.walk(node.key, scope);
        if (node.shorthand && node.value.type === "Identifier")
          return this.#refer(node.value.name, node.value, scope, { shorthand: true });
        if (node.method || node.kind !== "init") return this.#withSuper(() => this.walk(node.value, scope));
        return this.walk(node.value, scope);
      case "UnaryExpression":
        if (node.operator === "delete") this.uses.strictnessMatters = true;
        if (node.operator === "typeof" && node.argument.type === "Identifier")
          return this.#refer(node.argument.name, node.argument, scope, { onlyTypeof: true });
        return this.walk(node.argument, scope);
      case "AssignmentExpression":
        this.#pattern(node.left, scope, true);
        return this.walk(node.right, scope);
      case "UpdateExpression":
        return this.#pattern(node.argument, scope, true);
      case "CallExpression":
        return this.#call(node, scope);
      case "VariableDeclaration":
        for (const { id, init } of node.declarations) {
          this.#pattern(id, scope, false);
          if (init) this.walk(init, scope);
        }
        return;
      case "BlockStatement":
        return this.#block(node.body, node, scope);
      case "SwitchStatement":
        return this.#switch(node, scope);
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
        return this.#for(node, scope);
      case "CatchClause": {
        const inner = new Scope(scope, node.start, node.end);
        if (node.param) {
          declarePattern(node.param, "catch", inner, node.param);
          this.#pattern(node.param, inner, false);
        }
        return this.walk(node.body, inner);
      }
      case "LabeledStatement":
        return this.walk(node.body, scope);
      case "BreakStatement":
      case "ContinueStatement":
      case "ImportDeclaration":
      case "ExportAllDeclaration":
        return;
      case "ExportNamedDeclaration":
        if (node.declaration) return this.walk(node.declaration, scope);
        if (!node.source)
          for (const { local } of node.specifiers)
            if (local.type === "Identifier") this.#refer(local.name, local, scope);
        return;
      case "WithStatement":
        this.uses.with = true;
        return this.#children(node, scope);
      default:
        return this.#children(node, scope);
    }
  }

  /** Walks a function. Its parameters get a scope of their own, its body another. */
  function(node: FunctionSyntax | AnyNode, scope: Scope): void {
    const fn = node as FunctionSyntax;
    const isArrow = fn.type === "ArrowFunctionExpression";
    let outer = scope;
    if (fn.type === "FunctionExpression" && fn.id) {
      outer = new Scope(scope, fn.start, fn.end);
      outer.declare(fn.id.name, "const", [fn.start, fn.end]);
    }
    const parameters = new Scope(outer, fn.start, fn.end, true, isArrow);
    for (const parameter of fn.params) declarePattern(parameter, "parameter", parameters, fn);
    if (!isArrow) this.#ownThis++;
    for (const parameter of fn.params) this.#pattern(parameter, parameters, false);
    const body = new Scope(parameters, fn.body.start, fn.body.end, true, true);
    if (fn.body.type === "BlockStatement") {
      declareVars(fn.body.body, body, this.#strict);
      declareLexicals(fn.body.body, body);
      for (const statement of fn.body.body) this.walk(statement, body);
    } else {
      this.walk(fn.body, body);
    }
    if (!isArrow) this.#ownThis--;
  }

  /** Walks a class. Field initialisers and static blocks have their own `this`, like methods. */
  class(node: Class, scope: Scope): void {
    const inner = new Scope(scope, node.start, node.end);
    if (node.id) inner.declare(node.id.name, "const", [node.start, node.end]);
    if (node.superClass) this.walk(node.superClass, inner);
    const names = new Set<string>();
    for (const member of node.body.body)
      if ("key" in member && member.key.type === "PrivateIdentifier") names.add(member.key.name);
    this.#privateNames.push(names);
    for (const member of node.body.body) {
      if (member.type === "StaticBlock") {
        const body = new Scope(inner, member.start, member.end, true);
        declareVars(member.body, body, true);
        declareLexicals(member.body, body);
        this.#withThis(() => member.body.forEach((statement) => this.walk(statement, body)));
        continue;
      }
      if (member.computed) this.walk(member.key, inner);
      const { value } = member;
      if (!value) continue;
      if (member.type === "MethodDefinition") this.#withSuper(() => this.walk(value, inner));
      else this.#withThis(() => this.walk(value, new Scope(inner, value.start, value.end, true)));
    }
    this.#privateNames.pop();
  }

  #refer(name: string, node: Node, scope: Scope, traits: ReferenceTraits = {}): void {
    if (name === "arguments") {
      const owner = scope.functionWithArguments();
      if (owner) owner.usesArguments = true;
      if (!scope.find(name)) {
        if (this.#ownThis === 0) this.uses.arguments = true;
        return;
      }
    }
    this.#onReference({
      name,
      scope,
      span: [node.start, node.end],
      write: traits.write ?? false,
      onlyTypeof: traits.onlyTypeof ?? false,
      shorthand: traits.shorthand ?? false,
      called: traits.called ?? false,
      members: traits.members ?? [],
    });
  }

  /** Defaults and computed keys of a pattern; its leaves too where they are assigned rather than declared. */
  #pattern(pattern: Pattern | AnyNode, scope: Scope, assigned: boolean): void {
    switch (pattern.type) {
      case "Identifier":
        if (assigned) this.#refer(pattern.name, pattern, scope, { write: true });
        return;
      case "ObjectPattern":
        for (const property of pattern.properties) {
          if (property.type === "RestElement") {
            this.#pattern(property.argument, scope, assigned);
            continue;
          }
          if (property.computed) this.walk(property.key, scope);
          const target = property.value.type === "AssignmentPattern" ? property.value.left : property.value;
          if (assigned && property.shorthand && target.type === "Identifier") {
            this.#refer(target.name, target, scope, { write: true, shorthand: true });
            if (property.value.type === "AssignmentPattern") this.walk(property.value.right, scope);
          } else {
            this.#pattern(property.value, scope, assigned);
          }
        }
        return;
      case "ArrayPattern":
        for (const element of pattern.elements) if (element) this.#pattern(element, scope, assigned);
        return;
      case "AssignmentPattern":
        this.#pattern(pattern.left, scope, assigned);
        return this.walk(pattern.right, scope);
      case "RestElement":
        return this.#pattern(pattern.argument, scope, assigned);
      default:
        // an assignment to a member: of a frozen object, it throws in strict mode only
        this.uses.strictnessMatters = true;
        return this.walk(pattern, scope);
    }
  }

  #member(node: AnyNode & { type: "MemberExpression" }, scope: Scope): void {
    const members: string[] = [];
    let object: AnyNode = node;
    for (;;) {
      if (object.type === "ChainExpression") {
        object = object.expression;
      } else if (
        object.type === "MemberExpression" &&
        (object.computed
          ? object.property.type === "Literal" && typeof object.property.value === "string"
          : object.property.type === "Identifier")
      ) {
        const { property } = object;
        members.unshift(
          property.type === "Identifier" ? property.name : String((property as { value?: unknown }).value),
        );
        object = object.object;
      } else break;
    }
    if (object.type === "Identifier") return this.#refer(object.name, object, scope, { members });
    this.walk(node.object, scope);
    if (node.computed || node.property.type === "PrivateIdentifier") this.walk(node.property, scope);
  }

  #call(node: AnyNode & { type: "CallExpression" }, scope: Scope): void {
    if (node.callee.type === "Identifier") {
      if (node.callee.name === "eval" && !scope.find("eval")) this.uses.directEval = true;
      this.#refer(node.callee.name, node.callee, scope, { called: true });
    } else {
      this.walk(node.callee, scope);
    }
    for (const argument of node.arguments) this.walk(argument, scope);
  }

  #block(statements: readonly Statement[], node: Node, scope: Scope): void {
    const inner = new Scope(scope, node.start, node.end);
    this.#noteBlockFunctions(statements);
    declareLexicals(statements, inner);
    for (const statement of statements) this.walk(statement, inner);
  }

  #switch(node: AnyNode & { type: "SwitchStatement" }, scope: Scope): void {
    this.walk(node.discriminant, scope);
    const inner = new Scope(scope, node.start, node.end);
    for (const { consequent } of node.cases) {
      this.#noteBlockFunctions(consequent);
      declareLexicals(consequent, inner);
    }
    for (const { test, consequent } of node.cases) {
      if (test) this.walk(test, inner);
      for (const statement of consequent) this.walk(statement, inner);
    }
  }

  #for(node: AnyNode & { type: "ForStatement" | "ForInStatement" | "ForOfStatement" }, scope: Scope): void {
    const inner = new Scope(scope, node.start, node.end);
    const head = node.type === "ForStatement" ? node.init : node.left;
    if (head?.type === "VariableDeclaration") {
      const kind: BindingKind = head.kind === "const" ? "const" : "let";
      if (head.kind !== "var") for (const { id } of head.declarations) declarePattern(id, kind, inner, head);
      this.walk(head, inner);
    } else if (head) {
      if (node.type === "ForStatement") this.walk(head, inner);
      else this.#pattern(head, inner, true);
    }
    if (node.type === "ForStatement") {
      if (node.test) this.walk(node.test, inner);
      if (node.update) this.walk(node.update, inner);
    } else {
      this.walk(node.right, inner);
    }
    this.walk(node.body, inner);
  }

  /** A function declared in a block is visible around it in sloppy code only. */
  #noteBlockFunctions(statements: readonly Statement[]): void {
    if (statements.some(({ type }) => type === "FunctionDeclaration")) this.uses.strictnessMatters = true;
  }

  #withSuper(action: () => void): void {
    this.#ownSuper++;
    action();
    this.#ownSuper--;
  }

  #withThis(action: () => void): void {
    this.#ownThis++;
    this.#withSuper(action);
    this.#ownThis--;
  }

  #children(node: AnyNode, scope: Scope): void {
    for (const value of Object.values(node) as unknown[]) {
      if (Array.isArray(value)) {
        for (const child of value) if (isNode(child)) this.walk(child, scope);
      } else if (isNode(value)) this.walk(value, scope);
    }
  }
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"
  );
}
