// The algorithms as they are built: no public entry exports them, so that tests import the built files.

import type * as atomics from "../../../dist/threading/sync/atomics.js";
import type * as barriers from "../../../dist/threading/sync/barrier-queue.js";
import type * as events from "../../../dist/threading/sync/event-word.js";
import type * as latches from "../../../dist/threading/sync/latch-word.js";
import type * as layouts from "../../../dist/threading/sync/layout.js";
import type * as locks from "../../../dist/threading/sync/lock-queue.js";
import type * as notices from "../../../dist/threading/sync/notice-queue.js";
import type * as permits from "../../../dist/threading/sync/permit-queue.js";
import type * as shares from "../../../dist/threading/sync/share-queue.js";
import type * as waits from "../../../dist/threading/sync/waiting.js";

/** The modules that are explored. */
export type Algorithms = typeof atomics &
  typeof barriers &
  typeof events &
  typeof latches &
  typeof layouts &
  typeof locks &
  typeof notices &
  typeof permits &
  typeof shares &
  typeof waits;

const files = [
  "atomics",
  "barrier-queue",
  "event-word",
  "latch-word",
  "layout",
  "lock-queue",
  "notice-queue",
  "permit-queue",
  "share-queue",
  "waiting",
];

/** Loads them from a folder of built modules. */
export async function algorithmsIn(folder: URL): Promise<Algorithms> {
  const modules = await Promise.all(
    files.map((file) => import(new URL(`threading/sync/${file}.js`, folder).href) as Promise<object>),
  );
  return Object.assign({}, ...modules) as Algorithms;
}

/** The folder of the built modules. */
export const builtFolder = new URL("../", import.meta.resolve("ungil"));
