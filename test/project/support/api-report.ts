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
}

const printer = ts.createPrinter({ removeComments: true });

/** What each entry exports, by name of the entry. `files` replaces the built declarations, for tests. */
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
  return new Map(
    of.map((entry) => {
      const source = program.getSourceFile(fileOf(entry));
      const module = source && checker.getSymbolAtLocation(source);
      // a file without exports has no symbol
      const symbols = module ? checker.getExportsOfModule(module) : [];
      const names = symbols.map((symbol) => describe(symbol, checker));
      return [entry.name, names.toSorted((a, b) => (a.name < b.name ? -1 : 1))];
    }),
  );
}

function describe(symbol: ts.Symbol, checker: ts.TypeChecker): ExportedName {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declarations = target.declarations ?? [];
  return {
    name: symbol.name,
    declaration: declarations.map(print).join("\n"),
    documented: target.getDocumentationComment(checker).length > 0,
  };
}

function print(declaration: ts.Declaration): string {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return printer
    .printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile())
    .replace(/^(export )?(declare )?/, "");
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
