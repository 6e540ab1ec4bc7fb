/**
 * TypeScript in workers: a worker runs under the loader of the program, without configuration.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";

interface Registrable {
  register(): unknown;
}

/**
 * Call at the start of a worker. From Node 22 on, worker threads inherit loaders by themselves. On Node 20,
 * tsx does not register in worker threads (known since 20.6): where the program runs under tsx, by its command
 * or by `node --import tsx`, it is registered here, from where the program's own copy lies.
 *
 * @throws whatever importing tsx's API throws.
 */
export async function inheritLoader(): Promise<void> {
  const major = Number(process.versions.node.split(".")[0]);
  if (isMainThread || major >= 22) return;
  const loader = tsxLoader();
  if (loader === undefined) return;
  const manifest = createRequire(loader).resolve("tsx/package.json");
  for (const api of ["./esm/api", "./cjs/api"]) {
    const { register } = (await import(importedFile(manifest, api))) as Registrable;
    register();
  }
}

/** The URL of what `import` finds for an export of tsx: what `require` finds can't register on Node 20. */
function importedFile(manifest: string, name: string): string {
  const { exports } = JSON.parse(readFileSync(manifest, "utf8")) as {
    exports: Record<string, { import: { default: string } }>;
  };
  const file = exports[name]?.import.default;
  if (file === undefined) throw new Error(`${manifest} has no export ${name}`);
  return new URL(file, pathToFileURL(manifest)).href;
}

/** A file from which `tsx` resolves to the copy that the program runs under. */
function tsxLoader(): string | undefined {
  const options = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/)];
  for (const [index, option] of options.entries()) {
    const value = option.includes("=") ? option.slice(option.indexOf("=") + 1) : options[index + 1];
    if (!/^(--import|--loader|--experimental-loader|--require|-r)(=|$)/.test(option) || !value) continue;
    const unquoted = value.replaceAll('"', "");
    if (/^tsx(\/|$)/.test(unquoted)) return `${process.cwd()}/package.json`;
    // the command `tsx` passes the files of its own package
    if (/[\\/]tsx[\\/]dist[\\/]/.test(unquoted))
      return unquoted.startsWith("file:") ? fileURLToPath(unquoted) : unquoted;
  }
  return undefined;
}
