/** The packed tarball, and folders outside the project that it is installed in. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import { root } from "../project/support/project.js";

/** A folder for this file's tests, gone afterwards. Outside the project: nothing resolves by accident. */
export const work: string = mkdtempSync(path.join(tmpdir(), "ungil-package-"));
after(() => rmSync(work, { recursive: true, force: true, maxRetries: 5 }));

/** How long a program under test may take, in ms. */
const patience = 60_000;

/** What a program wrote and how it ended. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `npm pack` says of the tarball. */
export interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[];
}

/** Runs npm; its output is in the error if it fails. */
export function npm(cwd: string, ...args: string[]): string {
  return execFileSync("npm", args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
  });
}

/** Packs what is built, without building it again. */
export function pack(): Packed {
  const output = npm(root, "pack", "--json", "--ignore-scripts", "--pack-destination", work);
  const [packed] = JSON.parse(output) as Packed[];
  if (!packed) throw new Error(`npm pack named no tarball: ${output}`);
  return packed;
}

/** Makes a folder with these files and the packed library installed from the tarball. */
export function installInto(
  name: string,
  packed: Packed,
  manifest: object,
  files: Record<string, string>,
): string {
  const folder = path.join(work, name);
  write(folder, { "package.json": JSON.stringify({ name, private: true, ...manifest }), ...files });
  const tarball = path.join(work, packed.filename);
  npm(folder, "install", tarball, "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts");
  return folder;
}

/** Writes files below a folder. */
export function write(folder: string, files: Record<string, string>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
}

/** Runs Node in a folder, without what this process was told by its environment. */
export function node(cwd: string, ...args: string[]): Outcome {
  const environment = { ...process.env };
  for (const name of ["NODE_OPTIONS", "NODE_TEST_CONTEXT", "NODE_PATH"]) delete environment[name];
  return spawnSync(process.execPath, args, {
    cwd,
    encoding: "utf8",
    timeout: patience,
    env: environment,
  });
}
