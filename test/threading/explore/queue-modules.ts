// The algorithms of a queue as they are built: no public entry exports them, so that tests import the built files.
import type * as items from "../../../dist/threading/queue/item.js";
import type * as layouts from "../../../dist/threading/queue/layout.js";
import type * as cores from "../../../dist/threading/queue/queue-core.js";
import type * as flows from "../../../dist/threading/queue/queue-flow.js";
import type * as atomics from "../../../dist/threading/sync/atomics.js";
import type * as nodes from "../../../dist/threading/sync/layout.js";
import type * as waits from "../../../dist/threading/sync/waiting.js";
import type * as wordWaits from "../../../dist/threading/sync/word-wait.js";
import { builtFolder } from "./modules.js";

/** The modules that are explored, and what they are built on. */
export type QueueAlgorithms = typeof items &
  typeof layouts &
  typeof cores &
  typeof flows & { readonly sync: typeof atomics & typeof nodes & typeof waits & typeof wordWaits };

const load = (folder: URL, name: string): Promise<object> =>
  import(new URL(`threading/${name}.js`, folder).href) as Promise<object>;

/** Loads them from a folder of built modules. */
export async function queueAlgorithmsIn(folder: URL): Promise<QueueAlgorithms> {
  const own = ["item", "layout", "queue-core", "queue-flow"].map((name) => load(folder, `queue/${name}`));
  const below = ["atomics", "layout", "waiting", "word-wait"].map((name) =>
    load(builtFolder, `sync/${name}`),
  );
  const sync: unknown = Object.assign({}, ...(await Promise.all(below)));
  return Object.assign({ sync }, ...(await Promise.all(own))) as QueueAlgorithms;
}
