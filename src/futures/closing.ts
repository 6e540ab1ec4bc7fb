import type { ChunkRoute } from "./chunks.js";

/** Tells a stream that its executor closes, without keeping it from being collected. */
export function whileAlive(engine: { handOver(): void }, route: ChunkRoute): () => void {
  const reference = new WeakRef(engine);
  const detach = route.onClosing(() => {
    const found = reference.deref();
    if (found) found.handOver();
    else detach();
  });
  return detach;
}
