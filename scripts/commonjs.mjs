// What Node loads of this package is CommonJS behind small ES modules: it is read and run at once, where an ES module
// waits for the event loop several times, and the rest of it can be loaded in the middle of a call. esbuild splits ES
// modules only, so its output is rewritten here: only imports and exports at the top, nothing else.
import path from "node:path";
import { parse } from "acorn";

/** The CommonJS file that an ES module of the output becomes. */
const renamed = (name) => name.replace(/\.js$/, ".cjs");

const isOurs = (name) => /^\.\/[\w-]+\.js$/.test(name) && name !== "./lab-report.js";

function* nodesIn(node) {
  if (!node || typeof node.type !== "string") return;
  yield node;
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) for (const each of value) yield* nodesIn(each);
    else if (value && typeof value === "object") yield* nodesIn(value);
  }
}

/** Calls that load a file in the middle of another call. */
const loads = new Map([
  ["requireLater", `require("./later.cjs")`],
  ["requireAnalysis", `require("./analysis.cjs")`],
]);

/** `a as b` of an import or export as properties of an object. */
const property = (key, value) => (key === value ? key : `${key}:${value}`);

/** What is put in the place of a node; the number of lines stays the same for the source map. */
function replacement(node) {
  switch (node.type) {
    case "ImportDeclaration": {
      const names = node.specifiers.map(({ type, imported, local }) => {
        if (type !== "ImportSpecifier") throw new Error(`a ${type} can't be rewritten`);
        return property(imported.name, local.name);
      });
      const loaded = `require("${renamed(node.source.value)}");`;
      return names.length > 0 ? `var{${names}}=${loaded}` : loaded;
    }
    case "ExportNamedDeclaration":
      if (node.source || node.declaration) throw new Error("such an export can't be rewritten");
      return `module.exports={${node.specifiers.map(({ local, exported }) => property(exported.name, local.name))}};`;
    case "ImportExpression": {
      const { value } = node.source;
      if (typeof value !== "string" || !isOurs(value)) return undefined;
      return `Promise.resolve().then(()=>require("${renamed(value)}"))`;
    }
    case "CallExpression":
      // stands in the modules of scripts/deferred.mjs
      return loads.get(node.callee.name);
    case "MetaProperty":
      return node.meta.name === "import" ? "importMeta" : undefined;
    default:
      return undefined;
  }
}

/** Exports are copied by whoever imports them: none may change afterwards. */
function assertConstant(program, names) {
  const visit = (node, isLater) => {
    if (!node || typeof node.type !== "string") return;
    const target =
      node.type === "AssignmentExpression"
        ? node.left
        : node.type === "UpdateExpression"
          ? node.argument
          : undefined;
    if (isLater && target?.type === "Identifier" && names.has(target.name))
      throw new Error(`${target.name} is exported, and changes later`);
    const within = isLater || /Function/.test(node.type);
    for (const value of Object.values(node)) {
      if (Array.isArray(value)) for (const each of value) visit(each, within);
      else if (value && typeof value === "object") visit(value, within);
    }
  };
  visit(program, false);
}

/** In a bundle of ES modules there is no name of the file, and nothing beside it that it could lead to. */
const metaText = `var importMeta={url:typeof __filename=="string"?require("node:url").pathToFileURL(__filename).href:void 0};`;

/** An ES module of esbuild's output as a CommonJS script. */
function toCommonJs(text) {
  const program = parse(text, { ecmaVersion: "latest", sourceType: "module" });
  const edits = [];
  let usesMeta = false;
  for (const node of nodesIn(program)) {
    const put = replacement(node);
    if (put === undefined) continue;
    usesMeta ||= node.type === "MetaProperty";
    const lines = text.slice(node.start, node.end).split("\n").length - 1;
    edits.push({ start: node.start, end: node.end, put: put + "\n".repeat(lines) });
  }
  const exported = program.body.flatMap((node) =>
    node.type === "ExportNamedDeclaration" ? node.specifiers : [],
  );
  assertConstant(program, new Set(exported.map(({ local }) => local.name)));
  const meta = usesMeta ? metaText : "";
  const start = program.body[0]?.start ?? text.length;
  edits.push({ start, end: start, put: `"use strict";${meta}`, isFirst: true });
  edits.sort((one, other) => one.start - other.start || (one.isFirst ? -1 : 1));
  let result = "";
  let at = 0;
  for (const { start, end, put } of edits) {
    result += text.slice(at, start) + put;
    at = end;
  }
  result += text.slice(at);
  // an `await` at the top of a module has no equal in a script
  parse(result, { ecmaVersion: "latest", sourceType: "commonjs" });
  return { text: result, exported: exported.map((each) => each.exported.name) };
}

/**
 * Rewrites files of a build.
 * @param files - as esbuild answers them: `path` and `text`.
 * @param facades - names of those that are imported from ES modules, by anybody.
 * @returns files to write, by name.
 */
export function commonJsFiles(files, facades) {
  const result = new Map();
  for (const { path: file, text } of files) {
    const name = path.basename(file);
    if (name.endsWith(".map")) {
      result.set(name.replace(/\.js\.map$/, ".cjs.map"), text);
      continue;
    }
    const { text: script, exported } = toCommonJs(text);
    result.set(renamed(name), script.replace(/(\/\/# sourceMappingURL=.*)\.js\.map/, "$1.cjs.map"));
    if (facades.includes(name.replace(/\.js$/, ""))) result.set(name, facade(name, exported, text));
  }
  return result;
}

/** An ES module that has the exports of a script, for whoever loads it; a bundler finds what it leads to. */
function facade(name, exported, text) {
  const first = text.startsWith("#!") ? `${text.slice(0, text.indexOf("\n"))}\n` : "";
  const file = JSON.stringify(`./${renamed(name)}`);
  if (exported.length === 0) return `${first}import ${file};\n`;
  return `${first}import $ungil from ${file};\n\nexport const {\n${exported.map((each) => `  ${each},\n`).join("")}} = $ungil;\n`;
}
