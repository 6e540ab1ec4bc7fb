/** Where the project's files are, for the tests that look at the project itself. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** The folder that holds package.json. */
export const root: string = findRoot(import.meta.dirname);

function findRoot(from: string): string {
  let folder = from;
  while (!existsSync(path.join(folder, "package-lock.json"))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`no package-lock.json above ${from}`);
    folder = parent;
  }
  return folder;
}

/** What the tests read of package.json. */
export interface Manifest {
  readonly name: string;
  readonly files: readonly string[];
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<
    Record<string, string | { readonly types: string; readonly module: string; readonly default: string }>
  >;
}

export const manifest = JSON.parse(readText("package.json")) as Manifest;

/** A public entry of the package. */
export interface Entry {
  /** What users import: `"ungil"`, `"ungil/testing"`. */
  readonly specifier: string;
  /** Short name for files: `"ungil"`, `"testing"`. */
  readonly name: string;
  /** Built files, relative to the root. */
  readonly types: string;
  readonly code: string;
  /** The same, one file for each module: for bundlers. */
  readonly modules: string;
}

/** The entries that hold code, as package.json lists them. */
export const entries: readonly Entry[] = Object.entries(manifest.exports).flatMap(([subpath, target]) =>
  typeof target === "string"
    ? []
    : [
        {
          specifier: manifest.name + subpath.slice(1),
          name: subpath === "." ? manifest.name : subpath.slice(2).replaceAll("/", "-"),
          types: target.types,
          code: target.default,
          modules: target.module,
        },
      ],
);

/** A file's text; the path is relative to the root, as is every path here. */
export function readText(file: string, base: string = root): string {
  return readFileSync(path.join(base, file), "utf8");
}

/** The files below a folder whose path ends in `suffix`, with forward slashes. */
export function filesIn(folder: string, suffix: string, base: string = root): string[] {
  const full = path.join(base, folder);
  if (!existsSync(full)) return [];
  return readdirSync(full, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(suffix))
    .map((name) => path.posix.join(folder, name.replaceAll("\\", "/")))
    .toSorted();
}
