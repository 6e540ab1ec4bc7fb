/**
 * Finds packages that not every user needs: where this package is, where the program is, or where somebody else found
 * them.
 *
 * @module
 */
import { createRequire } from "node:module";
import path from "node:path";
import { MissingDependencyError } from "./errors.js";
import { packageHome } from "./package-home.js";

/**
 * Loads a package, and waits for it.
 * @param feature - what needs it, for the error.
 * @param elsewhere - a file beside which it may be as well.
 * @returns the package, and its file.
 * @throws MissingDependencyError, which says how to install it.
 */
export function requireOptional(
  name: string,
  feature: string,
  elsewhere?: string,
): { readonly module: unknown; readonly file: string } {
  // a bundle has no folder of the package: its own comes next, then the program's
  const here = import.meta.url as string | undefined;
  const places = [packageHome ?? here, process.argv[1], path.join(process.cwd(), "noop.js"), elsewhere];
  let cause: unknown;
  for (const place of places) {
    // a worker's script may be "-", or a text with a name
    if (place === undefined || !/^file:|^\/|^[A-Za-z]:[\\/]/.test(place)) continue;
    try {
      const require = createRequire(place);
      return { module: require(name) as unknown, file: require.resolve(name) };
    } catch (error) {
      // one that is there and can't be loaded says why
      if (cause === undefined || (error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") cause = error;
    }
  }
  throw new MissingDependencyError(name, feature, { cause });
}
