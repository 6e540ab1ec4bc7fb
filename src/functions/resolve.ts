/**
 * Finds what a reference names, in the isolate that received it.
 *
 * @module
 */
import vm from "node:vm";
import { BoundedCache } from "./bounded-cache.js";
import { createRequire } from "./create-require.js";
import { noteSource } from "./origins.js";
import type { ReferenceNode } from "./payload.js";
import { withoutExperimentalWarning } from "./quiet.js";

type Importer = (
  specifier: string,
  options?: { with: Record<string, string> },
) => Promise<Record<string, unknown>>;

/** The loader of the program: relative names, package exports and loader hooks work as in the defining module. */
export const programLoader = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;

let warned = false;

/** What a text holds that imports a module by `import()`, be it in code that it makes of texts. */
const mayImport = /import|eval|Function|constructor/;

/** Compiles a script whose `import()` is that of a module at `filename`. */
export function compileScript(source: string, options: vm.ScriptOptions): unknown {
  if (!warned && mayImport.test(source)) {
    warned = true;
    // Node warns once, at the first import() of such a script; asking for it here takes several ms
    withoutExperimentalWarning("USE_MAIN_CONTEXT_DEFAULT_LOADER", () => compile("import('node:module')", {}));
  }
  return compile(source, options);
}

const compile = (source: string, options: vm.ScriptOptions): unknown =>
  new vm.Script(source, { ...options, importModuleDynamically: programLoader }).runInThisContext();

const importers = new BoundedCache<string, Importer>(500);

/** Imports as if from within the module at `from`. */
export function importFrom(
  from: string,
  specifier: string,
  attributes?: Record<string, string>,
): Promise<Record<string, unknown>> {
  let importer = importers.get(from);
  if (!importer) {
    importer = compileScript("(specifier, options) => import(specifier, options)", {
      filename: from,
    }) as Importer;
    importers.set(from, importer);
  }
  return attributes ? importer(specifier, { with: attributes }) : importer(specifier);
}

/**
 * The value that a reference names.
 * @throws TypeError where the module has no such export; whatever loading the module throws.
 */
export async function findReferenced(node: ReferenceNode): Promise<unknown> {
  const value = await find(node);
  noteSource(value, node);
  return value;
}

async function find(node: ReferenceNode): Promise<unknown> {
  switch (node.type) {
    case "global":
      return member(globalThis, node.path, "the global object");
    case "constructor":
      return constructors[node.of];
    case "builtin":
      return member(process.getBuiltinModule(node.module), node.path, node.module);
    case "module": {
      const exports: unknown =
        node.file === undefined ? await import(node.url) : createRequire(node.url)(node.file);
      return member(exports, node.path, node.url);
    }
    case "import": {
      const module = await importFrom(node.from, node.specifier, node.attributes);
      if (node.name === "*") return module;
      if (!(node.name in module))
        throw new TypeError(`${node.specifier} (imported by ${node.from}) has no export ${node.name}`);
      return module[node.name];
    }
    default:
      return node satisfies never;
  }
}

function member(holder: unknown, path: readonly string[], where: string): unknown {
  let value = holder;
  for (const name of path) {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || !(name in value))
      throw new TypeError(`${where} has no ${path.join(".")} here`);
    value = Reflect.get(value, name);
  }
  return value;
}

const constructors = {
  generator: (function* () {} as { constructor: unknown }).constructor,
  async: (async () => {}).constructor,
  "async generator": (async function* () {} as { constructor: unknown }).constructor,
};
