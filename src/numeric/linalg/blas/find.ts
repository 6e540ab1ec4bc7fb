/**
 * The system's BLAS, by the chapter `ungil/native`: it is loaded when a call can use it, so that nobody else pays for it.
 *
 * @module
 */
import type { Blas } from "ungil/native";
import { MissingDependencyError } from "../../../errors.js";
import { requireOptional } from "../../../optional-package.js";
import type { BlasChoice } from "./setting.js";

let native: typeof import("ungil/native") | undefined;
let isMissing = false;

/**
 * The BLAS of this system, if it is wanted and there.
 * @throws LibraryLoadError if the environment variable `UNGIL_BLAS` names a library that can't be used.
 */
export function findBlas(choice: BlasChoice): Blas | undefined {
  if (choice === "none" || isMissing) return undefined;
  try {
    native ??= requireOptional("ungil/native", "BLAS").module as NonNullable<typeof native>;
    return native.findBlas();
  } catch (error) {
    if (!(error instanceof MissingDependencyError)) throw error;
    isMissing = true;
    return undefined;
  }
}
