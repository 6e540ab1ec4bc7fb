/** The process warnings of type UngilWarning that a body sets off, as `[message, detail]`. */
export async function warningsOf(body: () => unknown): Promise<[string, string][]> {
  const warnings: [string, string][] = [];
  const listener = (warning: Error & { detail?: string }): void => {
    if (warning.name === "UngilWarning") warnings.push([warning.message, warning.detail ?? ""]);
  };
  process.on("warning", listener);
  try {
    await body();
    // a warning is emitted in the next tick
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  } finally {
    process.off("warning", listener);
  }
  return warnings;
}

/** Rejections that nobody handled while a body ran. */
export async function unhandledOf(body: () => unknown): Promise<unknown[]> {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown): void => {
    unhandled.push(reason);
  };
  process.on("unhandledRejection", listener);
  try {
    await body();
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  } finally {
    process.off("unhandledRejection", listener);
  }
  return unhandled;
}
