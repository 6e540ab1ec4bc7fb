/**
 * Decompositions by the package ml-matrix, where there is no LAPACK.
 *
 * @module
 */
import { requireOptional } from "../../../optional-package.js";
import type { MixedSteps } from "../../crew/steps.js";
import type { Engine } from "./engine.js";
import { type Package, packageOperations } from "./package-operations.js";

/** Matrices of so few elements take less time than sending them to another thread. */
const fewElements = 256;

type Name = keyof typeof packageOperations;
type Operation = (ml: Package, ...args: readonly unknown[]) => boolean;

const isArray = (value: unknown): value is Float64Array => value instanceof Float64Array;

/** In another thread, which finds the package where it was found. */
function inThread(file: string, name: Name, args: readonly unknown[]): [boolean, ...Float64Array[]] {
  const { createRequire } = process.getBuiltinModule("node:module");
  const ml = createRequire(file)(file) as Package;
  const isFine = (packageOperations[name] as Operation)(ml, ...args);
  return [isFine, ...args.filter(isArray)];
}

/** @throws MissingDependencyError, which says how to install it. */
export function packageEngine(): Engine {
  const { module, file } = requireOptional("ml-matrix", "linear algebra without LAPACK");
  const call = (name: Name) =>
    function* (...args: readonly unknown[]): MixedSteps<boolean> {
      let isFine = false;
      const arrays = args.filter(isArray);
      yield {
        now: () => {
          isFine = (packageOperations[name] as Operation)(module as Package, ...args);
        },
        later: async () => {
          const { toThread } = await import("ungil/asyncio");
          // memory of the arena can't be sent as typed arrays
          const copies = args.map((each) => (isArray(each) ? each.slice() : each));
          const [outcome, ...results] = await toThread(inThread, file, name, copies);
          isFine = outcome;
          for (const [k, result] of results.entries()) arrays[k]!.set(result);
        },
        isShort: arrays.every(({ length }) => length <= fewElements),
      };
      return isFine;
    };
  return {
    solve: call("solve"),
    cholesky: call("cholesky"),
    qr: call("qr"),
    svd: call("svd"),
    eigh: call("eigh"),
  };
}
