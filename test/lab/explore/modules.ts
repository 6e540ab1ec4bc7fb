// The algorithm as it is built: no public entry exports it, so that tests import the built files.

import type * as cores from "../../../dist/lab/gil/core.js";
import type * as layouts from "../../../dist/lab/gil/layout.js";
import type * as turns from "../../../dist/lab/gil/turn.js";
import type * as waits from "../../../dist/threading/sync/waiting.js";
import { builtFolder } from "../../threading/explore/modules.js";

/** The modules that are explored, and what they wait with. */
export type GilModules = typeof cores & typeof layouts & typeof turns & typeof waits;

/** Where they are among the built modules. */
export const gilFolder = "lab/gil";

/** Loads them from a folder of built modules. */
export async function gilIn(folder: URL): Promise<GilModules> {
  const own = ["core", "layout", "turn"].map((file) => new URL(`${gilFolder}/${file}.js`, folder));
  const files = [...own, new URL("threading/sync/waiting.js", builtFolder)];
  const modules = await Promise.all(files.map(({ href }) => import(href) as Promise<object>));
  return Object.assign({}, ...modules) as GilModules;
}
