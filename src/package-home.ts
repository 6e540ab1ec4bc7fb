/**
 * Where this package's own files are. In a program that was bundled they are nowhere: our modules then share
 * the bundle's URL, have none at all (CommonJS), and the files beside the bundle are somebody else's.
 *
 * @module
 */

const here = import.meta.url as string | undefined;

/** Of the file for each module, and of those in which the build puts many modules together (`scripts/build.mjs`). */
const [, folder] = /^(.*\/)(?:package-home\.js|node\/ungil-[0-9A-Z]{8}\.cjs)$/.exec(here ?? "") ?? [];

/** URL of the folder of the built files, with a slash at its end; undefined in a bundle. */
export const packageHome: string | undefined = folder;
