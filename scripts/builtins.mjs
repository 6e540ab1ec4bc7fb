// Node's own modules without an import: for each one, Node makes a module of its exports and reads them all, which
// loads what lies behind some of them. Together that took longer than all else that a worker does before its first task.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const statement = /^import\s+(?<what>[^"']+?)\s+from\s*["'](?<name>node:[^"']+)["']/gm;

/** Names that the modules of a folder use of each builtin module. */
function namesUsed(folder) {
  const used = new Map();
  for (const file of readdirSync(folder, { recursive: true })) {
    if (!file.endsWith(".js")) continue;
    const text = readFileSync(path.join(folder, file), "utf8");
    for (const { groups } of text.matchAll(statement)) {
      const names = used.get(groups.name) ?? new Set();
      used.set(groups.name, names);
      for (const name of namesIn(groups.what, text)) names.add(name);
    }
  }
  return used;
}

/** Names that one statement imports. */
function namesIn(what, text) {
  const [, namespace] = /^\* as (\w+)$/.exec(what) ?? [];
  if (namespace) {
    const members = [...text.matchAll(new RegExp(`\\b${namespace}\\.(\\w+)`, "g"))].map(([, name]) => name);
    const taken = [...text.matchAll(new RegExp(`\\{([^{}]*)\\} = ${namespace}\\b`, "g"))];
    return [...members, ...taken.flatMap(([, list]) => listed(list))];
  }
  return listed(/\{([^}]*)\}/.exec(what)?.[1] ?? "");
}

/** The names in front of `as` or a colon. */
const listed = (list) => list.split(",").flatMap((each) => /\w+/.exec(each)?.[0] ?? []);

/** For esbuild: takes what is imported of Node's own modules from `process.getBuiltinModule`. */
export function takeBuiltins(folder) {
  const used = namesUsed(folder);
  return {
    name: "take-builtins",
    setup(build) {
      build.onResolve({ filter: /^node:/ }, ({ path: name, kind }) =>
        kind === "import-statement" ? { path: name, namespace: "builtin" } : { path: name, external: true },
      );
      build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path: name }) => ({
        contents:
          `const builtin = process.getBuiltinModule("${name}"); export default builtin;\n` +
          `export const { ${[...(used.get(name) ?? [])].toSorted((one, other) => one.localeCompare(other)).join(", ")} } = builtin;`,
      }));
    },
  };
}
