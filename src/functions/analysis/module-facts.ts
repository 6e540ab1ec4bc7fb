/**
 * What the source of a module or script says: its imports and exports by local name, and which variables are
 * never assigned after their initialisation.
 *
 * @module
 */
import * as acorn from "acorn";
import type { Span } from "../payload.js";
import { type Binding, patternNames, type Scope } from "./declarations.js";
import { ScopeWalker } from "./scopes.js";

/** Where an imported name comes from; `name` is `"*"` for a namespace. */
export interface ImportedName {
  readonly specifier: string;
  readonly name: string;
  readonly attributes?: Record<string, string>;
}

/** An export whose value is decided by the module's own text, once. */
export interface FixedExport {
  readonly exported: string;
  /** Name inside the module; undefined for an anonymous default export. */
  readonly local: string | undefined;
  /** The text that makes the value. */
  readonly span: Span;
}

/** Facts of one source text. */
export interface ModuleFacts {
  readonly imports: ReadonlyMap<string, ImportedName>;
  readonly exports: readonly FixedExport[];
  /** What the source declares outside its functions and blocks. */
  readonly top: ReadonlyMap<string, Binding>;
  /** Whether a strict directive heads the source. */
  readonly hasStrictDirective: boolean;
  /**
   * The binding that a name means at an offset; undefined where that can't be told, as in a text with a
   * direct `eval` or `with`.
   */
  bindingAt(name: string, offset: number): Binding | undefined;
  /** What surrounds an offset: whether it has a `this` of its own, and whether code there is strict. */
  surroundingsAt(offset: number): Surroundings;
}

/** What surrounds a place in a source. */
export interface Surroundings {
  /** Whether it lies in a function or class part that has its own `this`. */
  readonly ownThis: boolean;
  /** Whether it lies in any function at all. */
  readonly inFunction: boolean;
  readonly strict: boolean;
}

/** @throws SyntaxError where acorn can't parse the source. */
export function analyseModule(source: string, isModule: boolean): ModuleFacts {
  const program = acorn.parse(source, {
    ecmaVersion: "latest",
    sourceType: isModule ? "module" : "script",
    allowReserved: true,
    allowHashBang: true,
    allowReturnOutsideFunction: !isModule,
    allowAwaitOutsideFunction: isModule,
  });
  const hasStrictDirective = isModule || hasDirective(program);
  const walker = new ScopeWalker(({ name, scope, write }) => {
    const found = write ? scope.find(name) : undefined;
    if (found) found.binding.writes++;
  }, hasStrictDirective);
  const top = walker.program(program);
  const opaque = walker.uses.directEval || walker.uses.with;
  return {
    imports: importsOf(program),
    exports: opaque ? [] : fixedExports(program, top),
    top: top.bindings,
    hasStrictDirective,
    bindingAt: (name, offset) => (opaque ? undefined : bindingAt(top, name, offset)),
    surroundingsAt: (offset) =>
      surroundings(program, offset, { ownThis: false, inFunction: false, strict: hasStrictDirective }),
  };
}

function bindingAt(top: Scope, name: string, offset: number): Binding | undefined {
  const found = top.at(offset).find(name);
  if (!found) return undefined;
  // `arguments[0] = …` assigns a parameter in sloppy code
  if (found.binding.kind === "parameter" && found.scope.usesArguments) return undefined;
  return found.binding;
}

const hasDirective = ({ body }: { body: readonly acorn.AnyNode[] }): boolean =>
  body.some((statement) => "directive" in statement && statement.directive === "use strict");

const nameOf = (node: acorn.Identifier | acorn.Literal): string =>
  node.type === "Identifier" ? node.name : String(node.value);

function importsOf(program: acorn.Program): Map<string, ImportedName> {
  const imports = new Map<string, ImportedName>();
  for (const statement of program.body) {
    if (statement.type !== "ImportDeclaration") continue;
    const specifier = String(statement.source.value);
    const attributes = Object.fromEntries(
      statement.attributes.map(({ key, value }) => [nameOf(key), String(value.value)]),
    );
    for (const each of statement.specifiers) {
      const name =
        each.type === "ImportDefaultSpecifier"
          ? "default"
          : each.type === "ImportNamespaceSpecifier"
            ? "*"
            : nameOf(each.imported);
      imports.set(each.local.name, {
        specifier,
        name,
        ...(statement.attributes.length > 0 ? { attributes } : {}),
      });
    }
  }
  return imports;
}

/** Exports by function or class declaration, `const`, or a default expression: an `export let` may change. */
function fixedExports(program: acorn.Program, top: Scope): FixedExport[] {
  const exports: FixedExport[] = [];
  const add = (local: string, exported: string): void => {
    const binding = top.bindings.get(local);
    if (!binding || binding.writes > 0 || !["const", "function", "class"].includes(binding.kind)) return;
    exports.push({ exported, local, span: binding.span });
  };
  for (const statement of program.body) {
    if (statement.type === "ExportNamedDeclaration" && !statement.source) {
      const { declaration } = statement;
      if (declaration?.type === "VariableDeclaration") {
        for (const { id } of declaration.declarations)
          if (id.type === "Identifier") add(id.name, id.name);
          else for (const name of patternNames(id)) add(name, name);
      } else if (declaration) {
        add(declaration.id.name, declaration.id.name);
      }
      for (const { local, exported } of statement.specifiers) add(nameOf(local), nameOf(exported));
    } else if (statement.type === "ExportDefaultDeclaration") {
      const { declaration } = statement;
      if (declaration.type === "Identifier") add(declaration.name, "default");
      else if ("id" in declaration && declaration.id && declaration.type.endsWith("Declaration"))
        add(declaration.id.name, "default");
      else
        exports.push({ exported: "default", local: undefined, span: [declaration.start, declaration.end] });
    }
  }
  return exports;
}

const ownThisTypes = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "PropertyDefinition",
  "StaticBlock",
]);

function surroundings(node: acorn.AnyNode, offset: number, outer: Surroundings): Surroundings {
  for (const value of Object.values(node) as unknown[]) {
    const children = (Array.isArray(value) ? value : [value]) as (acorn.AnyNode | null)[];
    for (const child of children) {
      if (typeof child !== "object" || child === null || typeof child.type !== "string") continue;
      if (offset <= child.start || offset >= child.end) continue;
      const body =
        "body" in child && !Array.isArray(child.body) ? (child.body as acorn.AnyNode | undefined) : undefined;
      return surroundings(child, offset, {
        ownThis: outer.ownThis || ownThisTypes.has(child.type),
        inFunction:
          outer.inFunction || ownThisTypes.has(child.type) || child.type === "ArrowFunctionExpression",
        strict:
          outer.strict ||
          child.type === "ClassBody" ||
          (body?.type === "BlockStatement" && hasDirective(body)),
      });
    }
  }
  return outer;
}
