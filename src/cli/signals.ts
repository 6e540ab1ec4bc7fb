import { constants } from "node:os";

/** The signals that end a run. */
const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * Calls `first` for the first SIGINT or SIGTERM and `again` for any further one.
 * @returns a function that gives the signals back.
 */
export function onSignals(
  first: (signal: NodeJS.Signals) => void,
  again: (signal: NodeJS.Signals) => void,
): () => void {
  let seen = false;
  const handle = (signal: NodeJS.Signals): void => {
    if (seen) return again(signal);
    seen = true;
    first(signal);
  };
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
}

/** The exit code that shells give a program which a signal ended: 130 for SIGINT, 143 for SIGTERM. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
