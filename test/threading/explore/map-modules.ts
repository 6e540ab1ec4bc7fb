// The algorithm of SharedMap as it is built: no public entry exports it, so that tests import the built files.
import type * as contents from "../../../dist/threading/shared/content.js";
import type * as keys from "../../../dist/threading/shared/map/key.js";
import type * as layouts from "../../../dist/threading/shared/map/layout.js";
import type * as tables from "../../../dist/threading/shared/map/table.js";
import { type Algorithms, algorithmsIn, builtFolder } from "./modules.js";

export type MapAlgorithms = typeof contents &
  typeof keys &
  typeof layouts &
  typeof tables & {
    /** What it is built on. */
    readonly sync: Algorithms;
  };

/** Below `dist`. */
export const mapFolder = "threading/shared/map";

/** Loads the modules from a folder of built modules. */
export async function mapAlgorithmsIn(folder: URL): Promise<MapAlgorithms> {
  const load = (file: string, from: URL): Promise<object> =>
    import(new URL(file, from).href) as Promise<object>;
  const modules = await Promise.all([
    load("threading/shared/content.js", builtFolder),
    ...["key", "layout", "table"].map((file) => load(`${mapFolder}/${file}.js`, folder)),
  ]);
  return Object.assign({ sync: await algorithmsIn(builtFolder) }, ...modules) as MapAlgorithms;
}
