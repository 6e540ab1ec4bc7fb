import type { Handle } from "../sharing/index.js";

/**
 * Handles of what this isolate holds. A handle that is collected says that its isolate has done with the object, and
 * what it holds would come back as that of one who has died (rule 4).
 */
const kept = new Map<Handle, number>();

/** Keeps a handle for something more that is held by it. */
export function keep(handle: Handle): void {
  kept.set(handle, (kept.get(handle) ?? 0) + 1);
}

/** Something less is held by it. */
export function unkeep(handle: Handle): void {
  const left = (kept.get(handle) ?? 0) - 1;
  if (left > 0) kept.set(handle, left);
  else kept.delete(handle);
}
