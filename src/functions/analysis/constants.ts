import type { Binding } from "./declarations.js";

/** Whether a variable holds the same value for as long as its scope lives, once it holds `value`. */
export function isConstant(binding: Binding | undefined, value: unknown): boolean {
  if (!binding || binding.writes > 0) return false;
  // a `var` is undefined until its one initialiser ran
  return !binding.initialisedVar || value !== undefined;
}
