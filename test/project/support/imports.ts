/** The import rules of the house: who may import whom, and no cycles. */
import path from "node:path";
import ts from "typescript";
import { filesIn, readText } from "./project.js";

/** One import of one file by another; paths are relative to `src`. */
export interface Import {
  readonly from: string;
  readonly to: string;
  readonly line: number;
  /** Gone at run time (`import type`), or of a file that is started rather than linked (`new URL`). */
  readonly weak: boolean;
}

/** The floors from the ground up. Whoever adds a folder to src/ says here which floor it is on. */
export const floors: readonly (readonly string[])[] = [
  [
    "abort.ts",
    "async-context.ts",
    "clock.ts",
    "elapsed.ts",
    "errors.ts",
    "events.ts",
    "fifo.ts",
    "file-system.ts",
    "koffi.ts",
    "optional-package.ts",
    "package-home.ts",
    "portable.ts",
    "system-thread.ts",
    "validate.ts",
  ],
  ["sync"],
  ["functions", "wire"],
  ["futures"],
  ["pool"],
  ["target"],
  ["asyncio", "threading", "multiprocessing", "numeric", "native", "python", "cluster", "testing"],
  ["lab", "dashboard"],
  ["index.ts"],
  ["cli"],
];

/** All imports of source files by source files. */
export function importsOf(files: ReadonlyMap<string, string>): Import[] {
  return [...files].flatMap(([from, text]) => importsIn(from, text));
}

/** The source files below `src`, by path relative to it. */
export function sourceFiles(base?: string): Map<string, string> {
  return new Map(
    filesIn("src", ".ts", base).map((file) => [path.posix.relative("src", file), readText(file, base)]),
  );
}

function importsIn(from: string, text: string): Import[] {
  const source = ts.createSourceFile(from, text, ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, weak: boolean): void => {
    if (!specifier || !ts.isStringLiteralLike(specifier) || !/^\..*\.js$/.test(specifier.text)) return;
    const to = path.posix.join(path.posix.dirname(from), specifier.text.replace(/\.js$/, ".ts"));
    const { line } = source.getLineAndCharacterOfPosition(specifier.getStart());
    found.push({ from, to, line: line + 1, weak });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], true);
    } else if (ts.isNewExpression(node) && node.expression.getText() === "URL")
      add(node.arguments?.[0], true);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** What breaks the floors, as sentences. */
export function floorViolations(imports: readonly Import[], files: Iterable<string>): string[] {
  const violations: string[] = [];
  for (const file of files) {
    if (floorOf(file) < 0) violations.push(`src/${file} is on no floor: name ${homeOf(file)} in \`floors\``);
  }
  for (const { from, to, line } of imports) {
    const [here, there] = [floorOf(from), floorOf(to)];
    if (here < 0 || there < 0) continue;
    const where = `src/${from}:${line} imports src/${to}`;
    if (there > here) violations.push(`${where}, which is above it`);
    else if (there === here && here > 0 && homeOf(from) !== homeOf(to)) {
      violations.push(`${where}, which is beside it: share through a floor below`);
    }
  }
  return violations;
}

/** The cycles of imports that exist at run time, each as its files in order. */
export function cycles(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, to, weak } of imports) {
    if (!weak) targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const found: string[][] = [];
  const walk = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file);
    if (at >= 0) found.push([...trail.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    for (const target of targets.get(file) ?? []) walk(target, [...trail, file]);
    done.add(file);
  };
  for (const file of targets.keys()) walk(file, []);
  return found;
}

function homeOf(file: string): string {
  return file.split("/", 1)[0] ?? file;
}

function floorOf(file: string): number {
  return floors.findIndex((homes) => homes.includes(homeOf(file)));
}
