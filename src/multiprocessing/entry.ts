import { fileSystem } from "../file-system.js";
import { packageHome } from "../package-home.js";

/** A script: its file, or what loads its text where it has none. */
export type Script = URL | (() => Promise<string>);

/** The entry file; a bundle does not have it. */
let entry: URL | false | undefined;

/** What every process that ungil starts begins with. */
export function workerScript(): Script {
  entry ??= entryFile();
  return entry || (async () => (await import("./worker-source.js")).workerSource);
}

function entryFile(): URL | false {
  const url = packageHome && new URL("node/process-worker.js", packageHome);
  return url && url.protocol === "file:" && fileSystem().existsSync(url) ? url : false;
}
