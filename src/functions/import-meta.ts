import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createRequire } from "./create-require.js";
import { noteSource } from "./origins.js";

/** What `import.meta` is to a function that was defined in the module at `url`. */
export function importMetaOf(url: string): object {
  const isFile = url.startsWith("file:");
  const meta: Record<string, unknown> = Object.assign(Object.create(null) as object, {
    ...(isFile ? { dirname: path.dirname(fileURLToPath(url)), filename: fileURLToPath(url) } : {}),
    main: false,
    resolve: (specifier: string): string => {
      if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, url).href;
      if (URL.canParse(specifier)) return specifier;
      const found = createRequire(url).resolve(specifier);
      return path.isAbsolute(found) ? pathToFileURL(found).href : found;
    },
    url,
  });
  noteSource(meta, { type: "import.meta", from: url });
  return meta;
}
