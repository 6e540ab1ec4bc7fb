/**
 * Runs a synchronous action without Node's ExperimentalWarning of one feature. Node emits it through the
 * property `process.emitWarning` and knows no switch for a single feature, so that the property is replaced
 * while the action runs; nothing else can run meanwhile, and every other warning passes.
 */
export function withoutExperimentalWarning<Result>(feature: string, action: () => Result): Result {
  const { emitWarning: original } = process as { emitWarning: (...args: unknown[]) => void };
  const filtered = (warning: string | Error, ...rest: unknown[]): void => {
    if (!String(warning).includes(feature)) Reflect.apply(original, process, [warning, ...rest]);
  };
  process.emitWarning = filtered;
  try {
    return action();
  } finally {
    process.emitWarning = original;
  }
}
