/** Compiled-down private members keep their names in the helpers of esbuild and TypeScript. */
export const compiledPrivate = /__private|__?classPrivate/;
