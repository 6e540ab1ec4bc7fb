import type { FunctionDescription } from "./inspector.js";
import type { Script, TextPosition } from "./scripts.js";

/** What is known of where a function was defined. */
export interface Definition {
  readonly description: FunctionDescription & { kind: "function" };
  readonly script: Script;
  /** Whether the function sees the scope of an ES module. */
  readonly inModule: boolean;
  readonly position: TextPosition | undefined;
}

/** Captured variables that the program gave itself. */
export interface GivenCaptures {
  /** The callable that stands for the function. */
  readonly key: (...args: never[]) => unknown;
  readonly captures: Readonly<Record<string, unknown>>;
}
