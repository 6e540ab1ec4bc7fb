/**
 * The link between a scheduler and a worker: one exact order over messages and frames, and no wake-up too many or
 * too few.
 *
 * @module
 */
export type { AtomicsLike } from "./atomics.js";
export { type FrameEnvelope, Link, type LinkPort, type LinkReceiver } from "./link.js";
export { createLinkMemory, type LinkMemory, type LinkSide } from "./memory.js";
export type { WantsFrame } from "./ring.js";
export { threadPort } from "./thread-port.js";
