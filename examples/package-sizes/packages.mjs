// Finds the packages below a node_modules folder and the JavaScript files of each.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/**
 * @typedef {object} Package
 * @property {string} folder
 * @property {string} name
 * @property {string} version
 * @property {{ name: string, bytes: number }[]} files
 * @property {number} bytes
 */

/**
 * Every package with JavaScript in it, the heaviest first. Packages inside packages count by themselves.
 * @param {string} modules - a node_modules folder.
 * @returns {Package[]}
 */
export function findPackages(modules) {
  const packages = [];
  for (const folder of packageFolders(modules)) {
    const files = [];
    const inner = collect(folder, "", files);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    if (files.length > 0) packages.push({ folder, ...manifest(folder), files, bytes });
    for (const nested of inner) packages.push(...findPackages(nested));
  }
  return packages.toSorted((left, right) => right.bytes - left.bytes);
}

/** Folders directly in node_modules, or in a scope's folder; links lead to what is found elsewhere. */
function packageFolders(modules) {
  if (!existsSync(modules)) return [];
  return readdirSync(modules, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .flatMap((entry) => {
      const folder = path.join(modules, entry.name);
      return entry.name.startsWith("@") ? packageFolders(folder) : [folder];
    });
}

/** Adds a folder's JavaScript files to `files`; answers with the node_modules folders inside. */
function collect(root, below, files) {
  const inner = [];
  for (const entry of readdirSync(path.join(root, below), { withFileTypes: true })) {
    const name = path.join(below, entry.name);
    if (entry.isDirectory()) {
      if (entry.name === "node_modules") inner.push(path.join(root, name));
      else inner.push(...collect(root, name, files));
    } else if (entry.isFile() && /\.[mc]?js$/.test(entry.name)) {
      files.push({ name, bytes: statSync(path.join(root, name)).size });
    }
  }
  return inner;
}

function manifest(folder) {
  const file = path.join(folder, "package.json");
  if (!existsSync(file)) return { name: path.basename(folder), version: "" };
  const { name = path.basename(folder), version = "" } = JSON.parse(readFileSync(file, "utf8"));
  return { name, version };
}

/**
 * Cuts packages into batches of about `bytes`, the largest first, so that no core ends long after the others.
 * @param {readonly Package[]} packages
 * @returns {import("./task.ts").Batch[]}
 */
export function toBatches(packages, bytes) {
  const batches = [];
  for (const { folder, files } of packages) {
    let batch;
    for (const file of files.toSorted((left, right) => right.bytes - left.bytes)) {
      if (!batch || batch.bytes + file.bytes > bytes) batches.push((batch = { folder, files: [], bytes: 0 }));
      batch.files.push(file.name);
      batch.bytes += file.bytes;
    }
  }
  return batches
    .toSorted((left, right) => right.bytes - left.bytes)
    .map(({ folder, files }) => ({ folder, files }));
}
