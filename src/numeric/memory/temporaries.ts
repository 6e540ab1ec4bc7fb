/** What is made while a scope is open. */
export interface Temporary {
  dispose(): void;
}

const open: Set<Temporary>[] = [];

/** Something was made that the innermost scope disposes, if there is one. */
export function noteTemporary(temporary: Temporary): void {
  open.at(-1)?.add(temporary);
}

/**
 * Runs a function, and disposes what was made meanwhile.
 * @param kept - of its result, and of what it throws: these stay, in the scope around it.
 */
export function disposing<R>(fn: () => R, kept: (result: R) => Iterable<Temporary>): R {
  const made = new Set<Temporary>();
  open.push(made);
  try {
    const result = fn();
    for (const each of kept(result)) {
      if (made.delete(each)) open.at(-2)?.add(each);
    }
    return result;
  } finally {
    open.splice(open.indexOf(made), 1);
    for (const each of made) each.dispose();
  }
}
