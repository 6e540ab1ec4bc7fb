/**
 * Task modules in TypeScript, run as they are: by Node itself where it strips types, through tsx where it does not.
 *
 * @module
 */
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UsageError } from "./usage-error.js";

/** Whether a file is TypeScript by its name. */
export function isTypeScript(file: string): boolean {
  return /\.([mc]?ts|tsx)$/i.test(file);
}

/**
 * Makes this process able to import a file, TypeScript or not. tsx is looked for from the file's folder, then from
 * the working directory, then from ungil's own.
 * @returns Node options that make workers able to import it too; none where they are anyway.
 * @throws UsageError naming the install command where tsx is needed and not installed.
 */
export async function enableTypeScript(file: string): Promise<readonly string[]> {
  if (!isTypeScript(file) || tsxIsActive()) return [];
  const { typescript } = process.features as { typescript?: "strip" | "transform" | false };
  // Node strips types of .ts, .mts and .cts; .tsx is no syntax of its
  if (typescript && !/\.tsx$/i.test(file)) return [];
  const loader = findTsx([path.dirname(file), process.cwd(), path.dirname(fileURLToPath(import.meta.url))]);
  if (!loader) {
    throw new UsageError(
      `${file} is TypeScript, which Node ${process.version} needs tsx for: npm install --save-dev tsx`,
    );
  }
  await import(loader);
  return [`--import=${loader}`];
}

/** Whether this process was started with tsx, whose workers inherit it. */
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
