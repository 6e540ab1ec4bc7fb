/**
 * TypeScript in workers: a worker runs under the loader of the program, without configuration.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import { importFrom } from "./resolve.js";

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
  for (const api of ["tsx/esm/api", "tsx/cjs/api"]) {
    const { register } = await importFrom(pathToFileURL(loader).href, api);
    if (typeof register !== "function") throw new TypeError(`${api} has no register function`);
    Reflect.apply(register, undefined, []);
  }
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
