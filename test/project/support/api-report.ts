/** The public surface as text: what each entry exports, from the built declarations. */
import path from "node:path";
import ts from "typescript";
import { type Entry, entries, root } from "./project.js";

/** One exported name of an entry. */
export interface ExportedName {
  readonly name: string;
  /** Its declarations without comments, as they stand in the `.d.ts`. */
  readonly declaration: string;
  /** Whether it has a docstring, with it or with each overload. */
  readonly documented: boolean;
  /** Types of ours that its declarations name and no entry exports. A base class may stay unnamed. */
  readonly hidden: readonly string[];
}

const printer = ts.createPrinter({ removeComments: true });

/** What each entry exports, by name of the entry. The first entry is the package's root. */
export function exportsOf(
  of: readonly Entry[] = entries,
  base: string = root,
): Map<string, readonly ExportedName[]> {
  const fileOf = (entry: Entry): string => path.join(base, entry.types);
  const program = ts.createProgram(of.map(fileOf), {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    types: ["node"],
    noEmit: true,
  });
  const checker = program.getTypeChecker();
  const original = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const symbolsOf = new Map(
    of.map((entry) => {
      const source = program.getSourceFile(fileOf(entry));
      const module = source && checker.getSymbolAtLocation(source);
      // a file without exports has no symbol
      return [entry.name, module ? checker.getExportsOfModule(module) : []];
    }),
  );
  const exported = new Set([...symbolsOf.values()].flat().map(original));
  const ours = path.dirname(fileOf(of[0]!));

  /** Names of types below the first entry's folder that no entry exports. */
  const hiddenIn = (declarations: readonly ts.Declaration[]): string[] => {
    const hidden = new Set<string>();
    const visit = (node: ts.Node): void => {
      if (isInternal(node)) return;
      const name = ts.isTypeReferenceNode(node)
        ? node.typeName
        : ts.isExpressionWithTypeArguments(node) && !ts.isClassDeclaration(node.parent.parent)
          ? node.expression
          : undefined;
      const symbol = name && checker.getSymbolAtLocation(name);
      if (symbol) {
        const target = original(symbol);
        const declaration = target.declarations?.[0];
        const file = declaration?.getSourceFile().fileName ?? "";
        const isParameter = (target.flags & ts.SymbolFlags.TypeParameter) !== 0;
        // an alias that its own file keeps to itself is a shorthand, not a type to name
        const isShorthand =
          declaration !== undefined &&
          ts.isTypeAliasDeclaration(declaration) &&
          !declaration.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
        if (
          !isParameter &&
          !isShorthand &&
          path.normalize(file).startsWith(ours + path.sep) &&
          !exported.has(target)
        )
          hidden.add(target.name);
      }
      ts.forEachChild(node, visit);
    };
    for (const declaration of declarations) visit(declaration);
    return [...hidden];
  };

  const describe = (symbol: ts.Symbol): ExportedName => {
    const target = original(symbol);
    const declarations = target.declarations ?? [];
    return {
      name: symbol.name,
      declaration: declarations.map(print).join("\n"),
      documented: target.getDocumentationComment(checker).length > 0,
      hidden: hiddenIn(declarations),
    };
  };
  return new Map(
    [...symbolsOf].map(([entry, symbols]) => [
      entry,
      symbols.map(describe).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    ]),
  );
}

/** Whether a member is marked `@internal`: the package's own modules use it, nobody else may. */
function isInternal(node: ts.Node): boolean {
  return ts.isClassElement(node) && ts.getJSDocTags(node).some((tag) => tag.tagName.text === "internal");
}

function print(declaration: ts.Declaration): string {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return printer
    .printNode(ts.EmitHint.Unspecified, withoutInternals(statement), statement.getSourceFile())
    .replace(/^(export )?(declare )?/, "");
}

function withoutInternals(statement: ts.Node): ts.Node {
  if (!ts.isClassDeclaration(statement)) return statement;
  const { modifiers, name, typeParameters, heritageClauses, members } = statement;
  const shown = members.filter((member) => !isInternal(member));
  return ts.factory.updateClassDeclaration(
    statement,
    modifiers,
    name,
    typeParameters,
    heritageClauses,
    shown,
  );
}

/** The committed form: each exported name under a comment line, in alphabetical order. */
export function reportOf(entry: string, names: readonly ExportedName[]): string {
  const blocks = names.map(({ name, declaration }) => `// ${name}\n${declaration}\n`);
  return [`// What "${entry}" exports. Update with \`npm run api\`.\n`, ...blocks].join("\n");
}

/** How two reports differ, export by export, as lines a reader can judge; empty when they don't. */
export function compareReports(committed: string, built: string): string[] {
  const [before, after] = [blocksOf(committed), blocksOf(built)];
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return names.flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === is) return [];
    if (was === undefined) return [`added ${name}:`, ...marked("+", is!)];
    if (is === undefined) return [`removed ${name}:`, ...marked("-", was)];
    const [oldLines, newLines] = [was.split("\n"), is.split("\n")];
    return [
      `changed ${name}:`,
      ...marked("-", oldLines.filter((line) => !newLines.includes(line)).join("\n")),
      ...marked("+", newLines.filter((line) => !oldLines.includes(line)).join("\n")),
    ];
  });
}

function blocksOf(report: string): Map<string, string> {
  const parts = report.split(/^\/\/ (\S+)$/m).slice(1);
  const blocks = new Map<string, string>();
  for (let at = 0; at < parts.length; at += 2) blocks.set(parts[at]!, parts[at + 1]!.trim());
  return blocks;
}

function marked(mark: string, text: string): string[] {
  return text === "" ? [] : text.split("\n").map((line) => `  ${mark} ${line}`);
}
