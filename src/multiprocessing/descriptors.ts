/** File descriptors of a worker beyond the standard ones. */
export const descriptors = { toWorker: 3, fromWorker: 4, claims: 5 } as const;
