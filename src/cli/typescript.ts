/**
 * Task modules in TypeScript, run as they are: by Node itself where it strips types, through tsx where it does not,
 * or where the module has syntax that stripping can't handle, as enums.
 *
 * @module
 */
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UsageError } from "./usage-error.js";

/** An imported module. */
export interface ImportedModule {
  readonly namespace: Record<string, unknown>;
  /** Node options that workers need to import it too. */
  readonly execArgv: readonly string[];
}

/**
 * Imports a file, TypeScript or not. tsx is looked for from the file's folder, then from the working directory, then
 * from ungil's own.
 * @throws UsageError naming the install command where tsx is needed and not installed; what the import throws.
 */
export async function importFile(file: string): Promise<ImportedModule> {
  const url = pathToFileURL(file).href;
  if (!isTypeScript(file) || tsxIsActive()) return { namespace: await importUrl(url), execArgv: [] };
  if (stripsTypes(file)) {
    try {
      return { namespace: await importUrl(url), execArgv: [] };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") throw error;
    }
  }
  const loader = findTsx([path.dirname(file), process.cwd(), path.dirname(fileURLToPath(import.meta.url))]);
  if (!loader) {
    throw new UsageError(
      `${path.relative("", file)} is TypeScript that Node ${process.version} needs tsx for: npm install --save-dev tsx`,
    );
  }
  await import(loader);
  return { namespace: await importUrl(url), execArgv: [`--import=${loader}`] };
}

async function importUrl(url: string): Promise<Record<string, unknown>> {
  return (await import(url)) as Record<string, unknown>;
}

function isTypeScript(file: string): boolean {
  return /\.([mc]?ts|tsx)$/i.test(file);
}

/** Whether Node runs the file by itself: .ts, .mts and .cts; JSX is no type that could be stripped. */
function stripsTypes(file: string): boolean {
  const { typescript } = process.features as { typescript?: "strip" | "transform" | false };
  return Boolean(typescript) && !/\.tsx$/i.test(file);
}

/** Whether this process was started with tsx, which its workers inherit. */
function tsxIsActive(): boolean {
  const options = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" ");
  return /(^|[\s=/\\])tsx([\s/\\]|$)/.test(options);
}

/** The URL of tsx's loader, from the first folder that sees one. */
function findTsx(folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    try {
      return pathToFileURL(createRequire(path.join(folder, "task.js")).resolve("tsx")).href;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  return undefined;
}
