import { checkOptionNames } from "../../validate.js";
import { checkDType, type DType } from "../dtype.js";

/** The option that all functions have that make arrays. */
export interface DTypeOptions<T extends DType = DType> {
  /** Type of the elements. */
  readonly dtype?: T | undefined;
}

/** The type that the options name, or the other one. @throws InvalidArgumentError for names that there are not. */
export function dtypeOption<T extends DType>(
  options: DTypeOptions<T> | undefined,
  otherwise: DType,
  known: readonly string[] = [],
): T {
  checkOptionNames("options", options, ["dtype", ...known]);
  return (options?.dtype === undefined ? otherwise : checkDType("dtype", options.dtype)) as T;
}
