/** How many callbacks of the user's were called while something settled: unless one was, hardly any time has passed. */
export const foreignCalls = { count: 0 };
